"""A copy of a run without what was made from it, to make that again in."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from embedkit.leftovers import scratch_folder
from embedkit.runs.folder import Run


@contextmanager
def scratch_copy(run: Run) -> Iterator[Run]:
    """The run's own files (configuration, weights, vocabularies) in a folder that is removed afterwards.

    Raises:
        RunError: the run's kind cannot be read, or is not known here.
    """
    inner = [path for pattern in run.task.files for path in run.path.glob(pattern)]
    with scratch_folder() as folder:
        copy = folder / run.name
        for path in (*run.path.iterdir(), *inner):
            if path.is_file() and not path.name.startswith("."):
                target = copy / path.relative_to(run.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        yield Run(copy)
