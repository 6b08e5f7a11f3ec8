"""`embedkit evaluate`."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from embedkit.cli.output import Json
from embedkit.errors import UsageError
from embedkit.runs.folder import open_run
from embedkit.tasks.seq2seq.study import SCORED_PAIRS


@dataclass(frozen=True)
class Asked:
    """What is to be measured, and how it is told.

    Attributes:
        most: at most so many held-out examples; None for all.
    """

    split: Literal["valid", "test"]
    beams: int
    length_penalty: float
    most: int | None
    json: bool


EVALUATIONS: Mapping[str, str] = {
    "seq2seq": "embedkit.tasks.seq2seq.commands:evaluate_pairs",
    "classifier": "embedkit.tasks.classify.commands:evaluate",
    "echo": "embedkit.tasks.echo.commands:evaluate",
    "execute": "embedkit.tasks.execute.commands:evaluate_execution",
    "captioner": "embedkit.tasks.caption.commands:evaluate_captions",
}
"""By kind of run, the function that measures one and prints what it found: (run, asked) → None."""


def evaluate(
    run: str | None = None,
    /,
    *,
    split: Literal["valid", "test"] = "valid",
    beams: int = 5,
    length_penalty: float = 1.0,
    pairs: int = SCORED_PAIRS,
    json: Json = False,
) -> None:
    """Score a run.

    Args:
        run: A run, by name or path; by default the newest that can be scored.
        split: Held-out examples of valid or test.
        beams: Of a run that writes text: beginnings that the search keeps; 1 is greedy.
        length_penalty: The same: 0 ranks by probability alone.
        pairs: At most so many examples; 0 for all.
    """
    if pairs < 0:
        raise UsageError(f"--pairs {pairs}: must be at least 1, or 0 for all")
    opened = open_run(run, kinds=EVALUATIONS)
    module, name = EVALUATIONS[opened.kind].split(":")
    getattr(import_module(module), name)(opened, Asked(split, beams, length_penalty, pairs or None, json))
