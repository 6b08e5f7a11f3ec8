"""Open a space by what a person types: a file, a run, or a run and one of its spaces."""

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack, cast

import numpy as np

from embedkit.errors import EmbedkitError, RunError, UsageError, unknown
from embedkit.progress import Progress, Steps, no_progress, no_steps
from embedkit.runs.folder import Run, list_runs, open_run, runs_folder
from embedkit.spaces.reading import AS_IT_IS, ArrowTable, Reading, ReadingOptions, reading_of
from embedkit.spaces.source import EmbeddingSource, embedding_source, refuse_missing_file
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space, save_run_space
from embedkit.tasks import all_tasks

_OF_VECTORS = ("labels", "columns", "repair", "limit", "noun")
_CANNOT_KEEP = (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOSPC, errno.EDQUOT)


def open_space(
    source: str | Path | Run | EmbeddingSpace | ArrowTable | Mapping[str, Any] | np.ndarray | None = None,
    *,
    steps: Steps = no_steps,
    **options: Unpack[ReadingOptions],
) -> EmbeddingSpace:
    """The space that `source` names.

    A space itself; a table of pandas, polars or pyarrow or a dict of columns, of which one holds vectors; (N, D)
    vectors with `labels=` of each and `columns=`, a table of what else is known; an embedding file or table, which is
    read once and kept with the runs; a run, itself or by name or path (its input embeddings, word vectors or phrases);
    "RUN/output" and the like; None for the newest finished run, one with a space of words before any other. A run's
    space that is not stored yet is extracted and stored.

    Args:
        options: how a file is read: the attributes of `Reading`.

    Raises:
        UsageError: no such file, run, space or option; or options of reading for what is no file.
        RunError: None was given and there is no finished run.
        SpaceError: the file is malformed.
    """
    if isinstance(source, EmbeddingSpace):
        return source
    if not isinstance(source, str | Path | Run | None):
        return _open_in_memory(source, options)
    reading = reading_of(options)
    if isinstance(source, Run):
        return open_run_space(source, default_space(source))
    file = None if source is None else embedding_source(source)
    if file is not None:
        return _open_file(file, reading, steps)
    run, which = find_run(source, reading)
    return open_run_space(run, which, steps=steps)


def _open_in_memory(source: ArrowTable | Mapping[str, Any] | np.ndarray, options: ReadingOptions) -> EmbeddingSpace:
    from embedkit.spaces.tables.memory import is_table, space_from_table, space_from_vectors

    if is_table(source):
        return space_from_table(source, **options)
    for name in options:
        if name not in _OF_VECTORS:
            raise UsageError(f"{name} is about a table or a file; vectors take {', '.join(_OF_VECTORS)}")
    return space_from_vectors(source, **cast(Any, options))


def _open_file(file: EmbeddingSource, reading: Reading, steps: Steps) -> EmbeddingSpace:
    """The space of a file, from its run; where none can be written, from the file alone."""
    from embedkit.spaces.formats.contents import gather, tell_repairs, tell_taken
    from embedkit.spaces.formats.detect import opened, stem_of
    from embedkit.spaces.imported import SPACE, import_source, run_name

    try:
        return open_run_space(import_source(file, reading, steps=steps), SPACE)
    except OSError as error:
        if error.errno not in _CANNOT_KEEP:
            raise
        title = f"read {file.name}; it cannot be kept in {runs_folder()}/ ({error.strerror})"
        with steps(title) as show, opened(file, reading, progress=show) as (contents, repairs):
            space = gather(contents, reading, repairs, name=f"{run_name(stem_of(file))}/{SPACE}")
        tell_taken(contents.taken, steps)
        tell_repairs(space.provenance.get("repairs"), steps)
        return space


def home_of(
    source: str | Path | None, *, steps: Steps = no_steps, **options: Unpack[ReadingOptions]
) -> tuple[Run, str]:
    """The run that keeps what is found out about the space that `open_space(source)` gives, and its name there.

    An embedding file gets a run of its own, of kind "embeddings", the first time.

    Raises:
        UsageError, RunError, SpaceError: as `open_space`.
        OSError: nothing can be written to the runs folder.
    """
    reading = reading_of(options)
    file = None if source is None else embedding_source(source)
    if file is not None:
        from embedkit.spaces.imported import SPACE, import_source

        return import_source(file, reading, steps=steps), SPACE
    return find_run(source, reading)


def find_run(source: str | Path | None, reading: Reading = AS_IT_IS) -> tuple[Run, str]:
    """The run and the name of its space that `source` stands for: "RUN", "RUN/SPACE", a file RUN/spaces/SPACE.npz, or
    None for the newest finished run that has words, else the newest that has a space.

    Raises:
        UsageError: no such run, or options of reading, which only a file has.
        RunError: None was given and there is no finished run with a space.
    """
    source = None if source is None else str(source).rstrip("/") or str(source)
    if reading != AS_IT_IS:
        option = next(iter(reading.to_json()))
        raise UsageError(f"--{option} is about how a file is read; {source or 'the newest run'} is no file")
    if source is None:
        run = _newest()
        return run, default_space(run)
    if "/" not in source:
        try:
            run = open_run(source)
        except UsageError:
            refuse_missing_file(source)
            raise
        return run, default_space(run)
    try:
        run = open_run(source)  # a path such as runs/NAME
    except UsageError:
        head, which = source.rsplit("/", 1)
        run_folder = Path(head)
        if run_folder.name == "spaces" and (run_folder.parent / "config.toml").is_file():
            return Run(run_folder.parent), which.removesuffix(".npz")
        try:
            return open_run(head), which
        except UsageError as error:
            refuse_missing_file(source)
            raise UsageError(f"{source!r} is neither a file nor a space of a run: {error}") from None
    return run, default_space(run)


def _newest() -> Run:
    if runs := word_runs():
        return runs[-1]
    runs = [run for run in list_runs() if run.finished and _has_space(run)]
    if not runs and any(run.finished for run in list_runs()):
        raise RunError(f"no run in {runs_folder()}/ has a space; name a file, or make one with `embedkit demo`")
    return runs[-1] if runs else open_run()


def word_runs() -> list[Run]:
    """The finished runs that have words, trained or read from a file, the newest last.

    Those of characters or of pieces of words, and tables of documents, have none.
    """
    return [run for run in list_runs(kinds=(*word_kinds(), "embeddings")) if run.finished and _has_words(run)]


def _has_words(run: Run) -> bool:
    try:
        level = run.config.get("model", {}).get("level", "word")
        noun = "word" if run.kind in word_kinds() else run.provenance.get("noun", "word")
        return level == noun == "word" and _has_space(run)
    except EmbedkitError:
        return False


def _has_space(run: Run) -> bool:
    """Whether a run has a space that can be opened: one that is stored, or that its task takes from its weights."""
    try:
        return bool(run.artefacts("spaces", ".npz") or (run.task.spaces and run.task.extract))
    except EmbedkitError:
        return False


def default_space(run: Run) -> str:
    """The name of the space that is meant where none is named: the first of its task, else the first that is stored."""
    return (run.task.spaces or run.artefacts("spaces", ".npz") or ("input",))[0]


def open_run_space(run: Run, which: str, *, steps: Steps = no_steps) -> EmbeddingSpace:
    """A space of a run, extracted from its weights and stored if it is not stored yet. That of a run in training is not
    stored: its weights are not the last ones.

    Raises:
        UsageError: the run has no space of this name.
    """
    stored = run.artefacts("spaces", ".npz")
    if which in stored:
        return load_run_space(run, which)
    if which in run.task.spaces and not run.task.extract:
        raise RunError(f"{run.path}/spaces/{which}.npz: no such file; restore it, or make the run again")
    if which not in run.task.spaces:
        raise unknown("space", which, dict.fromkeys([*run.task.spaces, *stored]), hint=f"(of run {run.name})")
    finished = run.finished  # before its weights are read: it may finish meanwhile
    with steps(f"{run.name}: extract the {which} space") as show:
        space = extract_space(run, which, show)
    if finished:
        save_run_space(run, which, space)
    return space


def extract_space(run: Run, which: str, progress: Progress = no_progress) -> EmbeddingSpace:
    """A space out of a run's weights, as its task has it.

    Raises:
        UsageError: there is no space of this name.
        RunError: a run of this kind has no weights that a space could come out of.
    """
    return run.task.load("extract")(run, which, progress)


def word_kinds() -> tuple[str, ...]:
    """The kinds of trained run whose first space is one of words."""
    return tuple(
        task.kind
        for task in all_tasks()
        if task.command is not None and task.spaces and task.spaces[0] in task.word_spaces
    )
