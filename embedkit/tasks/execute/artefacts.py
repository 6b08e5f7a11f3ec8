"""What is kept of a run that learned to execute programs: its score sheets."""

from pathlib import Path

from embedkit.runs.artefacts import load_record, save_record
from embedkit.runs.folder import Run
from embedkit.tasks.execute.score import ExecutionScore


def save_execution(run: Run, split: str, score: ExecutionScore) -> Path:
    """Keep a score sheet as scores/SPLIT.json."""
    return save_record(_path(run, split), score)


def load_execution(run: Run, split: str) -> ExecutionScore | None:
    """None where none is kept.

    Raises:
        RunError: the file is damaged.
    """
    path = _path(run, split)
    return load_record(path, ExecutionScore) if path.exists() else None


def _path(run: Run, split: str) -> Path:
    return run.path / "scores" / f"{split}.json"
