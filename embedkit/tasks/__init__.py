"""What can be trained or opened: one folder a task, and here the registry of them, by kind of run and by command.

A task's folder holds all that is particular to its kind of run: options, data, network, objective, scores, sections of
reports, commands. The rest of the kit meets it only through its `TASK`, which names what lies in the folder as
"module:attribute"; nothing is imported before it is used. A package that somebody else writes registers a task of its
own through the entry-point group `embedkit.tasks`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from embedkit.errors import RunError, UsageError, unknown
from embedkit.registry import Registry

LAB = "lab"
"""The kind of a run that keeps an experiment's trials."""


class UnknownKindError(RunError):
    """A kind of run or an experiment that no installed task brings."""


@dataclass(frozen=True)
class Command:
    """A command, loaded from `target` ("module:attribute", the whole module name) when it is called. The first line of
    `help` stands in lists of commands."""

    name: str
    target: str
    help: str
    example: str


@dataclass(frozen=True, kw_only=True)
class RunKind:
    """What is asked about a kind of run, be it of a task or of an experiment. What is empty is not there.

    References are "module:attribute" under `package`; nothing is imported before `load`.

    Attributes:
        package: the folder of the task as a module, its `__name__`.
        kind: of its runs; of an experiment its name.
        noun: what a reader calls such a run, in the middle of a sentence: "a language model".
        unit: what its loss is an average over, where that is always the same: "char", "bit". Empty where a run's
            options say, as "level" or "target_level".
        spaces: names of the spaces of such a run; the first is meant where none is named.
        word_spaces: those of them whose points are words or characters.
        derived_spaces: those of `spaces` that are made only where somebody names them, out of others or by reading a
            text; nothing else offers them before.
        text_spaces: spaces of texts that somebody chose, which `encode` can add to.
        extract: (Run, name of a space, progress) → EmbeddingSpace, out of the weights. Empty where vectors are what is
            trained.
        reread: (Run, name of a space) → studies.verdicts.Verdict: whether a space that is of no weights is that of the
            file or the text that it was made from.
        counted: Run → the figures of its metrics.json that are counts of its spaces and of its corpus, counted again.
        encode: (Run, texts) → EmbeddingSpace of them.
        encoder: Run → an object that has `dimensions` D and whose codes(texts) gives (N, D) vectors.
        reader: (Run, Vocabulary → ids) → studies.tracing.Reading: how its recurrent core reads a text.
        tracer: (Run, path of a file, number of a layer) → HiddenTrace: what the units do over what is in a file, where
            no text is read.
        retrace: (Run, name of a trace, layer) → HiddenTrace of the same again; None where what it is of is not kept.
        files: what such a run is read from beside its configuration, weights and vocabulary, as glob patterns in its
            folder; reports keep their checksums.
        study: (Run, points of a map, 0 for all, or None, Steps) → None: makes what the report needs. One that also
            takes `stratify` draws samples stratified by a column.
        evaluate: (Run, cli.evaluate.Evaluation) → None: scores held-out examples and prints what came of it.
        evaluate_options: the options of `embedkit evaluate` that it looks at; others are refused.
        evaluate_pairs: (Run, a set of minimal pairs by name or path, JSON or not) → None: the same for minimal pairs.
        checksum: Run → the checksum of its corpus as it is now; None where it cannot be read again.
        remade: a sequence of studies.verdicts.Remade: artefacts that verification makes again.
        material: Run → report.material.OwnMaterial: what its sections share that is not of words.
        recipe: the name of the recipe of its report, which is recipe.toml in its folder, or one of reports/.
        newest_in: recipes that are about the newest run of this kind where no run is named; a recipe in which no kind
            says so is about the newest run of any kind.
        report_beside: whether its report can show word vectors and phrases of other runs beside its own.
        baseline: whether reports can compare others with it, as the baseline.
        snapshots: whether its training can keep the embeddings on the way.
        probed: whether its units can be probed: it reads running text, and has one to read that it never saw.
        fuses: whether a language model can take part in the search for what it writes.
        summary: Run → one sentence about it.
        headlines: report.material.Material → the figures that matter (Headline), the first of them first.
        sections: a sequence of report.sections.spec.SectionSpec.
        network: Run → report.embedded_network.EmbeddedNetwork: what a page carries so that its reader can ask the
            network; None of a run that keeps no weights.
        answers: a class of what the explorer can ask of a network: built of a Run, with a method for each of its
            QUESTIONS; its `questions(run)` are those that can be asked of this one.
    """

    package: str
    kind: str = ""
    noun: str = ""
    unit: str = ""
    spaces: tuple[str, ...] = ()
    word_spaces: tuple[str, ...] = ()
    derived_spaces: tuple[str, ...] = ()
    text_spaces: tuple[str, ...] = ()
    extract: str = ""
    reread: str = ""
    counted: str = ""
    encode: str = ""
    encoder: str = ""
    reader: str = ""
    tracer: str = ""
    retrace: str = ""
    files: tuple[str, ...] = ()
    study: str = ""
    evaluate: str = ""
    evaluate_options: tuple[str, ...] = ("split", "pairs", "beams", "length_penalty")
    evaluate_pairs: str = ""
    checksum: str = ""
    remade: str = ""
    material: str = ""
    recipe: str = ""
    newest_in: tuple[str, ...] = ()
    report_beside: bool = False
    baseline: bool = False
    snapshots: bool = False
    probed: bool = False
    fuses: bool = False
    summary: str = ""
    headlines: str = ""
    sections: str = ""
    network: str = ""
    answers: str = ""

    @property
    def folder(self) -> Path | None:
        """Where its files lie; None where its package is a script."""
        module = import_module(self.package)
        return Path(module.__path__[0]) if hasattr(module, "__path__") else None

    def load(self, hook: str) -> Any:
        """What the attribute `hook` refers to: `task.load("study")`.

        Raises:
            RunError: this kind of run has nothing of the sort.
        """
        if not getattr(self, hook):
            raise RunError(f"the task of a {self.kind} run has no `{hook}`")
        return self.resolve(getattr(self, hook))

    def resolve(self, reference: str) -> Any:
        """What a reference of this task's names."""
        module, _, attribute = reference.partition(":")
        return getattr(import_module(f"{self.package}.{module}"), attribute)


@dataclass(frozen=True, kw_only=True)
class Experiment(RunKind):
    """Many small trainings with one question; they are kept as a run of kind LAB.

    Attributes:
        command: under `embedkit lab`, made of the options; its name is the experiment's `kind`.
        options: a dataclass of its options.
        perform: (options, path, *, progress, workers) → Run: does every trial that is not done yet.
        print_tables: Run → None: prints what came of it.
        trials: options → the settings of every trial, in order.
        figures: (options, the records of the trials in that order) → what metrics.json says of them.
        impossible: (options, a record) → why no trial by these settings has such a result; "" where one can.
    """

    command: Command
    options: str
    perform: str
    print_tables: str
    trials: str = ""
    figures: str = ""
    impossible: str = ""


@dataclass(frozen=True, kw_only=True)
class Task(RunKind):
    """One kind of thing that can be trained or opened.

    Attributes:
        command: under `embedkit train`; None where nothing is trained. Without a target it is made of the options.
        commands: others, at the top of the command line.
        configs: the dataclasses of its options, the model's before the training's.
        preset: (option's name → the value given so far, or None) → the preset's name and its configurations.
        run_name: *configurations → what a run is called where no name is given; its docstring says of what it is made.
        trainer: a training.driver.Trainer.
        experiments: of many small trainings.
    """

    command: Command | None = None
    commands: tuple[Command, ...] = ()
    configs: tuple[str, ...] = ()
    preset: str = ""
    run_name: str = ""
    trainer: str = ""
    experiments: tuple[Experiment, ...] = ()

    def __post_init__(self) -> None:
        """Raises:
        UsageError: it is trained by a command that is made of its options, and names none, or lacks what trains.
        """
        made_of_options = self.command is not None and not self.command.target
        if made_of_options and not (len(self.configs) == 2 and self.run_name and self.trainer):
            raise UsageError(f"task {self.name}: a command without a target needs two configs, run_name and trainer")

    @property
    def name(self) -> str:
        """Its folder's."""
        return self.package.rpartition(".")[2]

    def config_types(self) -> tuple[Any, ...]:
        """The dataclasses of its options, the model's before the training's."""
        return tuple(map(self.resolve, self.configs))


BUILT_IN = (
    *("language_model", "writing", "seq2seq", "execute", "caption", "speech"),
    *("word2vec", "classify", "echo", "embeddings"),
)
"""The tasks that come with the kit: names of folders here, in the order in which they are listed."""
TASKS: Registry[Task] = Registry("task", "embedkit.tasks")
"""By name; those of other packages are entry points "name = module:TASK". Read them by `all_tasks`."""


def register(task: Task) -> Task:
    """Add a task of a script's own; a package that is installed names it as an entry point instead."""
    _add_built_in()
    return TASKS.add(task)


def all_tasks() -> tuple[Task, ...]:
    """Every task, those of other packages last.

    Raises:
        UsageError: two tasks have one name, one kind or one command, or one cannot be loaded.
    """
    _add_built_in()
    return _checked(tuple(TASKS.values()))


@cache
def _add_built_in() -> None:
    for name in BUILT_IN:
        TASKS.add(import_module(f"{__name__}.{name}").TASK)


@cache
def _checked(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    kinds = [LAB, *(each.kind for task in tasks for each in (task, *task.experiments) if each.kind)]
    trained = [task.command.name for task in tasks if task.command is not None]
    commands = [command.name for task in tasks for command in task.commands]
    for what, names in (("kind", kinds), ("command under train", trained), ("command", commands)):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"two tasks have the {what} {twice[0]!r}; uninstall one of the packages that bring them")
    return tasks


def task_of(kind: str) -> Task:
    """The task of a kind of run.

    Raises:
        UnknownKindError: there is none of this kind; a package that brought it may be missing.
    """
    task = next((task for task in all_tasks() if task.kind == kind), None)
    if task is None:
        names = ", ".join((*kinds(), LAB))
        raise UnknownKindError(
            f"{kind!r} is no kind of run that is known here; there are {names}. Is a package missing?"
        )
    return task


def task_trained_by(command: str) -> Task:
    """The task that `embedkit train COMMAND` trains.

    Raises:
        UsageError: there is none; the nearest is named.
    """
    trained = {task.command.name: task for task in all_tasks() if task.command is not None}
    if command not in trained:
        raise unknown("command", command, trained)
    return trained[command]


def experiment_of(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        RunError: there is none.
    """
    experiments = {experiment.kind: experiment for task in all_tasks() for experiment in task.experiments}
    if name not in experiments:
        raise UnknownKindError(f"{name!r} is no experiment that is known here; there are {', '.join(experiments)}")
    return experiments[name]


def run_kinds() -> tuple[RunKind, ...]:
    """All tasks, each before its experiments."""
    return tuple(each for task in all_tasks() for each in (task, *task.experiments))


def kinds(having: str | Iterable[str] = ()) -> tuple[str, ...]:
    """The kinds of run, or those whose task has all of the named hooks: `kinds("evaluate")`."""
    hooks = (having,) if isinstance(having, str) else tuple(having)
    return tuple(task.kind for task in all_tasks() if task.kind and all(getattr(task, hook) for hook in hooks))
