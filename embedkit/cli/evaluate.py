"""`embedkit evaluate`."""

from dataclasses import dataclass
from typing import Literal

from embedkit.cli.output import Json
from embedkit.cli.unused import refuse_unused
from embedkit.config import SCORED
from embedkit.errors import UsageError
from embedkit.runs.folder import open_run
from embedkit.tasks import kinds


@dataclass(frozen=True)
class Evaluation:
    """What to measure, and how to print it.

    Attributes:
        most: at most so many held-out examples; None for all.
        language_model: the run that takes part in the search, its weight, and nats that are added for each word; of a
            kind that can be searched so. None where nothing is asked for.
    """

    split: Literal["valid", "test"]
    beams: int
    length_penalty: float
    most: int | None
    json: bool
    language_model: str | None = None
    language_weight: float | None = None
    word_bonus: float | None = None


def evaluate(
    run: str | None = None,
    /,
    *,
    split: Literal["valid", "test"] | None = None,
    beams: int | None = None,
    length_penalty: float | None = None,
    pairs: str | None = None,
    language_model: str | None = None,
    language_weight: float | None = None,
    word_bonus: float | None = None,
    json: Json = False,
) -> None:
    """Score a run.

    Args:
        run: A run, by name or path; by default the newest that can be scored.
        split: Score the held-out examples of valid or test; by default valid.
        beams: For a run that writes text: beam width; 1 is greedy. By default 5.
        length_penalty: For a run that writes text: 0 ranks by probability alone; by default 1.
        pairs: Score at most N examples; 0 for all; by default 2,000. For a language model, a set of minimal pairs:
            blimp, or a file with a good and a bad sentence per line (separated by a tab, or as JSON lines).
        language_model: For a speech recogniser: a language-model run, of words or characters, to use in the search.
        language_weight: For a speech recogniser: weight of the language model's log-probability relative to the
            recogniser's; by default 0.3.
        word_bonus: For a speech recogniser: nats added per word, to offset the language model's cost; by default 0.
    """
    most = SCORED if pairs is None else _number(pairs)
    fusion: dict[str, object] = {
        "language_model": language_model,
        "language_weight": language_weight,
        "word_bonus": word_bonus,
    }
    options: dict[str, object] = {"split": split, "beams": beams, "length_penalty": length_penalty}
    if pairs is not None and most is None:
        scored = open_run(run, kinds=kinds("evaluate_pairs"))
        refuse_unused("held-out examples, and minimal pairs are scored", **options, **fusion)
        scored.task.load("evaluate_pairs")(scored, pairs, json)
        return
    if most is not None and most < 0:
        raise UsageError(f"--pairs {pairs}: must be at least 1, or 0 for all")
    opened = open_run(run, kinds=kinds("evaluate") if run is None else (*kinds("evaluate"), *kinds("evaluate_pairs")))
    if not opened.task.evaluate:
        raise UsageError(f"run {opened.name} is scored on minimal pairs: use --pairs blimp, or name a file of your own")
    if language_model is not None and not opened.task.fuses:
        fusing = " or ".join(kinds("fuses"))
        raise UsageError(f"--language-model is used in the search of a {fusing} run; {opened.name} is not one")
    if not opened.task.fuses:
        refuse_unused("a language model in the search of a recogniser", **fusion)
    options["pairs"] = pairs
    ignored = {name: value for name, value in options.items() if name not in opened.task.evaluate_options}
    refuse_unused(f"other kinds of run than {opened.name} ({opened.kind})", **ignored)
    opened.task.load("evaluate")(
        opened,
        Evaluation(
            split or "valid",
            5 if beams is None else beams,
            1.0 if length_penalty is None else length_penalty,
            most or None,
            json,
            language_model,
            language_weight,
            word_bonus,
        ),
    )


def _number(pairs: str) -> int | None:
    """How many examples; None where a set of minimal pairs is named."""
    try:
        return int(pairs)
    except ValueError:
        return None
