"""Spaces that are kept with a run."""

from pathlib import Path

from embedkit.runs.folder import Run
from embedkit.spaces.formats.npz import open_npz, write_npz
from embedkit.spaces.space import EmbeddingSpace


def path_of_space(run: Run, which: str) -> Path:
    """Where a run's space of this name is kept, or would be."""
    return run.path / "spaces" / f"{which}.npz"


def save_run_space(run: Run, which: str, space: EmbeddingSpace) -> Path:
    """Keep a space as spaces/WHICH.npz."""
    path = path_of_space(run, which)
    write_npz(space, path)
    return path


def load_run_space(run: Run, which: str) -> EmbeddingSpace:
    """A space that is kept with a run. A large one stays in its file, of which only what is looked at is read.

    Raises:
        UsageError: the run has no such space.
        SpaceError: it is damaged.
    """
    return open_npz(run.artefact("spaces", which, ".npz", "space"))
