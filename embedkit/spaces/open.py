"""Open a space by what a person types: a file, a run, or a run and one of its spaces."""

from pathlib import Path

from embedkit.errors import UsageError, unknown
from embedkit.runs.folder import Run, list_runs, open_run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space, save_run_space
from embedkit.tasks import all_tasks


def open_space(source: str | Run | None = None) -> EmbeddingSpace:
    """The space that `source` names.

    An embedding file; a run, itself or by name or path (its input embeddings, word vectors or phrases); "RUN/output"
    and the like; None for the newest finished run, one with a space of words before any other. A run's space that is
    not stored yet is extracted and stored.

    Raises:
        UsageError: no such file, run or space.
        RunError: None was given and there is no finished run.
        SpaceError: the file is malformed.
    """
    if isinstance(source, Run):
        return open_run_space(source, default_space(source))
    if source is not None and Path(source).is_file():
        from embedkit.spaces.formats.detect import read_space
        from embedkit.spaces.imported import SPACE, run_name

        return read_space(source, name=f"{run_name(Path(source))}/{SPACE}")
    run, which = find_run(source)
    return open_run_space(run, which)


def home_of(source: str | None, space: EmbeddingSpace) -> tuple[Run, str]:
    """The run that keeps what is found out about `space`, which `open_space(source)` gave, and its name there.

    An embedding file gets a run of its own, of kind "embeddings", the first time.

    Raises:
        UsageError, RunError: as `open_space`.
    """
    if source is not None and Path(source).is_file():
        from embedkit.spaces.imported import SPACE, import_file

        return import_file(source, space), SPACE
    return find_run(source)


def find_run(source: str | None) -> tuple[Run, str]:
    """The run and the name of its space that `source` stands for: "RUN", "RUN/SPACE", or None for the newest run, one
    with a space of words before any other.

    Raises:
        UsageError: no such run.
        RunError: None was given and there is no finished run.
    """
    if source is None and any(run.finished for run in list_runs(kinds=word_kinds())):
        run = open_run(kinds=word_kinds())
        return run, default_space(run)
    if source is None or "/" not in source:
        run = open_run(source)
        return run, default_space(run)
    try:
        run = open_run(source)  # a path such as runs/NAME
    except UsageError:
        head, which = source.rsplit("/", 1)
        try:
            return open_run(head), which
        except UsageError as error:
            raise UsageError(f"{source!r} is neither a file nor a space of a run: {error}") from None
    return run, default_space(run)


def default_space(run: Run) -> str:
    """The name of the space that is meant where none is named: the first of its task, else the first that is stored."""
    return (run.task.spaces or run.artefacts("spaces", ".npz") or ("input",))[0]


def open_run_space(run: Run, which: str) -> EmbeddingSpace:
    """A space of a run, extracted from its weights and stored if it is not stored yet.

    Raises:
        UsageError: the run has no space of this name.
    """
    stored = run.artefacts("spaces", ".npz")
    if which in stored:
        return load_run_space(run, which)
    if which not in run.task.spaces or not run.task.extract:
        raise unknown("space", which, dict.fromkeys([*run.task.spaces, *stored]), hint=f"(of run {run.name})")
    space = extract_space(run, which)
    save_run_space(run, which, space)
    return space


def extract_space(run: Run, which: str) -> EmbeddingSpace:
    """A space out of a run's weights, as its task has it.

    Raises:
        UsageError: there is no space of this name.
        RunError: a run of this kind has no weights that a space could come out of.
    """
    return run.task.load("extract")(run, which)


def word_kinds() -> tuple[str, ...]:
    """The kinds of trained run whose first space is one of words."""
    return tuple(
        task.kind
        for task in all_tasks()
        if task.command is not None and task.spaces and task.spaces[0] in task.word_spaces
    )
