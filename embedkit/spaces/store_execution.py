"""What is kept of a run that learned to execute programs: its score sheets."""

from pathlib import Path

from embedkit.analysis.execution import ExecutionScore
from embedkit.runs import Run
from embedkit.spaces.records import load_record, save_record


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
