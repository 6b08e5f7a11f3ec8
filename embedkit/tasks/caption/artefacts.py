"""What is kept of a captioner's held-out captions: score sheets, and the pictures that they show."""

from collections.abc import Mapping
from pathlib import Path

from embedkit.files import whole_file
from embedkit.runs.artefacts import load_record, save_record
from embedkit.runs.folder import Run
from embedkit.tasks.caption.score import CaptionScore


def save_caption_score(run: Run, split: str, score: CaptionScore, pictures: Mapping[int, bytes]) -> Path:
    """Keep a score sheet as scores/SPLIT.json, and the PNG pictures of its examples as pictures/SPLIT-ROW.png."""
    for old in (run.path / "pictures").glob(f"{split}-*.png"):
        old.unlink()
    for row, data in pictures.items():
        with whole_file(_picture(run, split, row)) as temporary:
            temporary.write_bytes(data)
    return save_record(run.path / "scores" / f"{split}.json", score)


def load_caption_score(run: Run, split: str) -> CaptionScore | None:
    """None where none is kept. Raises RunError where it is damaged."""
    path = run.path / "scores" / f"{split}.json"
    return load_record(path, CaptionScore) if path.exists() else None


def load_picture(run: Run, split: str, row: int) -> bytes | None:
    """The picture of an example; None where there is none, as of a vector."""
    path = _picture(run, split, row)
    return path.read_bytes() if path.exists() else None


def _picture(run: Run, split: str, row: int) -> Path:
    return run.path / "pictures" / f"{split}-{row}.png"
