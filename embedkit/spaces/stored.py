"""Spaces that are kept with a run."""

from pathlib import Path

from embedkit.runs.folder import Run
from embedkit.spaces.formats.npz import read_npz, write_npz
from embedkit.spaces.space import EmbeddingSpace


def save_run_space(run: Run, which: str, space: EmbeddingSpace) -> Path:
    """Keep a space as spaces/WHICH.npz."""
    path = run.path / "spaces" / f"{which}.npz"
    write_npz(space, path)
    return path


def load_run_space(run: Run, which: str) -> EmbeddingSpace:
    """Raises:
    UsageError: the run has no such space.
    SpaceError: it is damaged.
    """
    return read_npz(run.artefact("spaces", which, ".npz", "space"))
