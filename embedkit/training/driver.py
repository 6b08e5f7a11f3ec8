"""Train and resume, once for all tasks: from a configuration to a finished run folder.

A task says with a `Trainer` what it opens, what it keeps with the run and what it measures; the order of things, the
folder, the seed, the budget and the files are the same for all.

    check → device → folder → open → keep → provenance, config → prepare → loop → best weights → metrics

Of several processes (`training.distributed`) the first does all of this. The others wait for the config, and take part
from there on.
"""

import shutil
import socket
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import torch

from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation
from embedkit.errors import EmbedkitWarning, RunError, UsageError
from embedkit.numerals import with_article
from embedkit.processes import launch
from embedkit.progress import Progress, no_progress
from embedkit.runs.artefacts import forget_findings
from embedkit.runs.folder import Run
from embedkit.runs.lock import empty, entries, unclaim, writing
from embedkit.runs.options import configurations
from embedkit.runs.provenance import circumstances, is_of_this_job, processes_record
from embedkit.shortage import is_shortage
from embedkit.tasks import Task, all_tasks, task_of
from embedkit.text.perplexity import diverged
from embedkit.training.checkpoint import STATE_FILE, WEIGHTS_FILE, load_weights
from embedkit.training.distributed import Processes, joined
from embedkit.training.loop import Position, TrainingLoop, discard_state
from embedkit.training.objective import Objective
from embedkit.training.precision import PrecisionChoice, choose_precision, gains_from_bfloat16, resumed_precision
from embedkit.training.setup import choose_device, new_run, refuse_changed, seeded
from embedkit.training.snapshots import Snapshots

Model = TypeVar("Model", bound=Checked)
Training = TypeVar("Training", bound=Optimisation)
Material = TypeVar("Material")


@dataclass(frozen=True)
class Fitting:
    """What the loop is given.

    Attributes:
        objective: the model with its batches.
        measure: the headline figures of the best weights over all of the held-out splits.
        snapshots: where the input embeddings are kept on the way.
        scratch: a folder that is removed when the run has finished.
    """

    objective: Objective
    measure: Callable[[], Mapping[str, Any]]
    snapshots: Snapshots | None = None
    scratch: Path | None = None


class Trainer(ABC, Generic[Model, Training, Material]):
    """What the driver asks of a task: one object a training, made of its two configurations.

    Attributes:
        counted: what the loop's tokens are, in the names of the figures: "sequences" where one class is told each.
        validates_all: whether validation on the way is on all of the held-out text that the figures are of.
        divisible: whether several processes can train it: its batches are `objective.DivisibleBatch`es.
    """

    counted: ClassVar[str] = "tokens"
    validates_all: ClassVar[bool] = False
    divisible: ClassVar[bool] = False

    def __init__(self, model: Model, training: Training) -> None:
        self.model, self.training = model, training

    def check(self) -> None:
        """Raises:
        UsageError: options that do not go together.
        """

    @property
    def source(self) -> str:
        """What is named where the material has changed since a run was started."""
        return str(getattr(self.training, "corpus", "what it is trained on"))

    def ancestry(self, run: Run) -> Mapping[str, Any]:
        """The run whose weights this one starts from, as it stands in its provenance; empty where it starts anew."""
        return {}

    @property
    def rows(self) -> int:
        """Sequences that a batch has side by side, about."""
        return int(getattr(self.training, "batch_size", 1))

    def gains_from_bfloat16(self) -> bool:
        """Whether the model is large enough to train faster in bfloat16 where the device multiplies it natively."""
        cell, units = getattr(self.model, "cell", None), getattr(self.model, "hidden_size", 0)
        return gains_from_bfloat16(cell, self.rows, units)

    @abstractmethod
    def open(self, progress: Progress) -> Material:
        """What is trained on.

        Raises:
            UsageError, CorpusError: it cannot be read.
        """

    @abstractmethod
    def about(self, material: Material) -> Mapping[str, Any]:
        """The corpus as it stands in a run's provenance: name, source, checksum, licence, citation."""

    def keep(self, run: Run, material: Material, progress: Progress) -> Model:
        """Write what the run needs besides its weights, such as vocabularies.

        Returns:
            The model's configuration, with what only the material decides.
        """
        return self.model

    @abstractmethod
    def prepare(self, run: Run, material: Material, device: torch.device, progress: Progress) -> Fitting:
        """The network on its device, what it is trained on and how it is measured. torch's generator is seeded."""


def train(
    model: Checked,
    training: Optimisation,
    path: str | Path,
    *,
    progress: Progress = no_progress,
) -> Run:
    """Train a new run at `path`; the types of the configurations say of which task.

    Where torchrun started several processes, all of them call this alike and train the one run together. Started again
    after one of them was killed, they go on with it.

    Args:
        progress: told what is done before and after the training itself, and after each step the share of the budget
            that is spent, with tokens a second and the loss.

    Returns:
        The finished run: weights, history, metrics and provenance.

    Raises:
        RunError: another process trains there.
        UsageError: the folder holds a run already, options do not go together, or there is no such device.
        CorpusError: the corpus cannot be read.
        TrainingError: there is too little to train on, or the loss is no longer a number. Nothing is left of what fails
            before its first checkpoint.
        KeyboardInterrupt: Ctrl-C; `resume` goes on from where it stood.
    """
    task = _task_configured_by(model, training)
    trainer: Trainer = task.load("trainer")(model, training)
    _refuse_processes(trainer, task)
    trainer.check()
    with joined(training.device) as processes:
        if not processes.writes:
            return _follow(Run(Path(path)), processes)
        if is_of_this_job(Run(Path(path))):
            return _go_on(Run(Path(path)), processes, progress)
        return _begin(task, trainer, Path(path), processes, progress)


def _begin(task: Task, trainer: Trainer, path: Path, processes: Processes, progress: Progress) -> Run:
    training = trainer.training
    device = choose_device(training.device)
    run = new_run(path)
    with writing(run.path):
        new_run(run.path)  # again, now that nobody else can begin one here
        before = entries(run.path)
        can_go_on = False
        try:
            material = trainer.open(progress)
            trainer.model = trainer.keep(run, material, progress)
            choice = choose_precision(training, device, gains=trainer.gains_from_bfloat16())
            trainer.training = _in_precision(training, choice)
            origin = {"corpus": dict(trainer.about(material)), **circumstances(training.seed)}
            if ancestry := trainer.ancestry(run):
                origin["start_from"] = dict(ancestry)
            run.write_provenance({**origin, "precision": asdict(choice)})
            # Last: a folder with a config can be resumed.
            run.write_config({"kind": task.kind, "model": asdict(trainer.model), "training": asdict(trainer.training)})
            can_go_on = True
            processes.from_writer(lambda: True)
            return _fit(trainer, run, material, processes, progress)
        except Exception as error:
            # What failed before its first checkpoint would fail again in the same way, unless room or memory ran out.
            can_go_on = can_go_on and (is_shortage(error) or _has_checkpoint(run))
            raise
        finally:
            if not can_go_on:
                empty(run.path, but=before)
            unclaim(run.path)


def _has_checkpoint(run: Run) -> bool:
    return (run.path / STATE_FILE).exists() or (run.path / WEIGHTS_FILE).exists()


def resume(run: Run, *, progress: Progress = no_progress) -> Run:
    """Go on with a run that was stopped or killed; it ends with the weights it would have had.

    That holds to the last bit on a CPU for a budget in steps or epochs. A budget in minutes depends on the clock. A run
    that was begun in bfloat16 goes on in single precision on a machine that does not multiply it natively, and says so.

    Raises:
        RunError: the run has finished, is of a kind that cannot go on, what it is trained on has changed, or another
            process trains it now.
    """
    task = task_of(run.kind)
    if not task.trainer:
        raise RunError(
            f"{run.path} is {with_article(run.kind)} run, which is made at once: there is nothing to go on with"
        )
    trainer: Trainer = task.load("trainer")(*configurations(run))
    _refuse_processes(trainer, task)
    with joined(trainer.training.device) as processes:
        return _go_on(run, processes, progress) if processes.writes else _follow(run, processes)


def _go_on(run: Run, processes: Processes, progress: Progress) -> Run:
    with writing(run.path):  # which tidies up after one that was killed when it had finished
        if run.finished and is_of_this_job(run):
            processes.from_writer(lambda: False)
            return run
        if run.finished:
            raise RunError(f"{run.path} has finished; train another with a larger budget")
        trainer, material = _reopened(run, progress)
        _keep_precision(trainer, run)
        _keep_processes(run)
        processes.from_writer(lambda: True)
        return _fit(trainer, run, material, processes, progress)


def _follow(run: Run, processes: Processes) -> Run:
    """What each process but the first does: take part in the run that that one has begun, or goes on with.

    Raises:
        RunError: what it is trained on is not the same here, or cannot be read.
    """
    goes_on = processes.from_writer(lambda: None)
    try:
        if not (run.path / "config.toml").exists():
            raise RunError(
                f"{socket.gethostname()}: {run.path.absolute()}, where the first process writes, is not there; set "
                "EMBEDKIT_RUNS to a folder that all machines share"
            )
        if not goes_on:
            return run
        trainer, material = _reopened(run, no_progress)
    except UsageError as error:
        raise RunError(f"{socket.gethostname()}: {error}") from error
    training = trainer.training
    trainer.training = replace(training, precision=training.asked_precision, bf16=None)
    return _fit(trainer, run, material, processes, no_progress)


def _reopened(run: Run, progress: Progress) -> tuple[Trainer, Any]:
    """The trainer of a run that was begun, and what it is trained on, which is what it was."""
    trainer: Trainer = task_of(run.kind).load("trainer")(*configurations(run))
    material = trainer.open(progress)
    refuse_changed(run, trainer.about(material)["checksum"], trainer.source)
    return trainer, material


def _refuse_processes(trainer: Trainer, task: Task) -> None:
    """Raises:
    UsageError: several processes were started to train what only one can.
    """
    here = launch()
    if here.count > 1 and not trainer.divisible:
        raise UsageError(f"{task.noun} is trained in one process, not in {here.count}; start it without torchrun")
    if here.count > 1 and getattr(trainer.training, "corpus", None) == "-":
        raise UsageError("--corpus -: standard input goes to one process; write the text to a file for several")


def measure(copy: Run, *, progress: Progress = no_progress) -> dict[str, Any]:
    """The headline figures of a finished run's weights, measured on its held-out text once more, on the CPU.

    Args:
        copy: of the run (`runs.scratch.scratch_copy`): the text is encoded into it.

    Raises:
        RunError: what it was trained on has changed.
        CorpusError, UsageError: it is not at hand.
    """
    trainer, material = _reopened(copy, progress)
    # As a run that goes on: its weights are read, and nothing that it started from is looked for.
    (copy.path / STATE_FILE).touch()
    with seeded(trainer.training.seed):
        fitting = trainer.prepare(copy, material, choose_device("cpu"), progress)
        load_weights(copy, fitting.objective.model)
        return {**fitting.measure(), "parameters": _parameters(fitting.objective)}


def _task_configured_by(model: Checked, training: Optimisation) -> Task:
    for task in all_tasks():
        if task.trainer and [type(model), type(training)] == list(task.config_types()):
            return task
    raise TypeError(f"no task is configured by {type(model).__name__} and {type(training).__name__}")


def _in_precision(training: Optimisation, choice: PrecisionChoice) -> Optimisation:
    return replace(training, precision=choice.precision, bf16=None)


def _keep_precision(trainer: Trainer, run: Run) -> None:
    """Go on in what the run was begun in; where that cannot be, its config and provenance say what it goes on in."""
    training = trainer.training
    choice = resumed_precision(run, training, choose_device(training.device))
    trainer.training = replace(training, precision=training.asked_precision, bf16=None)
    if choice is not None:
        trainer.training = _in_precision(training, choice)
        run.write_provenance({**run.provenance, "precision": asdict(choice)})
        run.write_config({**run.config, "training": asdict(trainer.training)})


def _keep_processes(run: Run) -> None:
    """A run that goes on in another number of processes, or another job, says so."""
    before, now = run.provenance, processes_record()
    if before.get("processes") != now:
        without = {key: value for key, value in before.items() if key != "processes"}
        run.write_provenance(without if now is None else {**without, "processes": now})


def _fit(trainer: Trainer, run: Run, material: Any, processes: Processes, progress: Progress) -> Run:
    training, device = trainer.training, choose_device(trainer.training.device)
    with seeded(training.seed):
        with processes.writer_first():
            fitting = trainer.prepare(run, material, device, progress)
        processes.draw_apart(training.seed)
        loop = TrainingLoop(fitting.objective, training, run, fitting.snapshots, trainer.counted, processes)
        position = loop.fit(progress)
        if processes.writes:
            _conclude(trainer, run, fitting, position)
    processes.wait()  # for as long as the writer measures: should it be killed, all of them are started again
    return run


def _conclude(trainer: Trainer, run: Run, fitting: Fitting, position: Position) -> None:
    """Measure the best weights, write what came of it, and remove what only training needs."""
    load_weights(run, fitting.objective.model)
    metrics = {**fitting.measure(), **_effort(fitting.objective, position, trainer.counted)}
    forget_findings(run)
    run.write_metrics(metrics)
    discard_state(run)
    if fitting.scratch is not None:
        shutil.rmtree(fitting.scratch)
    if loss := diverged(metrics):
        rate = trainer.training.learning_rate
        warnings.warn(
            f"{run.path}: training diverged ({loss.replace('_', ' ')}: {metrics[loss]:,.4g}, an infinite perplexity); "
            f"train again with a --learning-rate below {rate:g}",
            EmbedkitWarning,
            stacklevel=2,
        )


def _effort(objective: Objective, position: Position, counted: str) -> dict[str, Any]:
    return {
        "steps": position.step,
        f"{counted}_seen": position.tokens_seen,
        "epochs": position.tokens_seen / objective.tokens_per_epoch,
        "seconds": position.seconds,
        f"{counted}_per_second": position.tokens_seen / position.step_seconds,
        "parameters": _parameters(objective),
    }


def _parameters(objective: Objective) -> int:
    return sum(parameter.numel() for parameter in objective.model.parameters())
