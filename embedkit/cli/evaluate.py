"""`embedkit evaluate`."""

from dataclasses import dataclass
from typing import Literal

from embedkit.cli.output import Json
from embedkit.config import SCORED
from embedkit.errors import UsageError
from embedkit.runs.folder import open_run
from embedkit.tasks import kinds


@dataclass(frozen=True)
class Evaluation:
    """What is to be measured, and how it is told.

    Attributes:
        most: at most so many held-out examples; None for all.
        language_model: the run that takes part in the search, its weight, and nats that are added for each word; of a
            kind that can be searched so.
    """

    split: Literal["valid", "test"]
    beams: int
    length_penalty: float
    most: int | None
    json: bool
    language_model: str | None = None
    language_weight: float = 0.0
    word_bonus: float = 0.0


def evaluate(
    run: str | None = None,
    /,
    *,
    split: Literal["valid", "test"] = "valid",
    beams: int = 5,
    length_penalty: float = 1.0,
    pairs: str = str(SCORED),
    language_model: str | None = None,
    language_weight: float = 0.3,
    word_bonus: float = 0.0,
    json: Json = False,
) -> None:
    """Score a run.

    Args:
        run: A run, by name or path; by default the newest that can be scored.
        split: Held-out examples of valid or test.
        beams: Of a run that writes text: beginnings that the search keeps; 1 is greedy.
        length_penalty: The same: 0 ranks by probability alone.
        pairs: At most so many examples; 0 for all. Of a language model a set of minimal pairs: blimp, or a file with a
            good and a bad sentence a line (between tabs, or as JSON lines).
        language_model: Of a recogniser of speech: a language-model run, of words or characters, that takes part in the
            search.
        language_weight: The same: what its log-probability counts beside the recogniser's.
        word_bonus: The same: nats that are added for each word, as the language model takes some off.
    """
    most = _number(pairs)
    if most is None:
        scored = open_run(run, kinds=kinds("evaluate_pairs"))
        scored.task.load("evaluate_pairs")(scored, pairs, json)
        return
    if most < 0:
        raise UsageError(f"--pairs {pairs}: must be at least 1, or 0 for all")
    opened = open_run(run, kinds=kinds("evaluate") if run is None else (*kinds("evaluate"), *kinds("evaluate_pairs")))
    if not opened.task.evaluate:
        raise UsageError(f"run {opened.name} is scored on minimal pairs: say --pairs blimp, or name a file of your own")
    if language_model is not None and not opened.task.fuses:
        fusing = " or ".join(kinds("fuses"))
        raise UsageError(f"--language-model takes part in the search of a {fusing} run; {opened.name} is none")
    opened.task.load("evaluate")(
        opened,
        Evaluation(split, beams, length_penalty, most or None, json, language_model, language_weight, word_bonus),
    )


def _number(pairs: str) -> int | None:
    """How many examples; None where a set of minimal pairs is named."""
    try:
        return int(pairs)
    except ValueError:
        return None
