"""What a report draws from of a captioner."""

from dataclasses import dataclass

from embedkit.numerals import percent_ends
from embedkit.report.material import OwnMaterial
from embedkit.runs.folder import Run
from embedkit.tasks.caption.score import CAPTION_SCORES, CaptionScore

SPLITS = ("test", "valid")
"""Where scores are looked for; on valid the best weights were chosen, so test comes first."""


@dataclass(frozen=True)
class CaptionMaterial(OwnMaterial):
    """A captioner and the vectors of its held-out images, loaded once."""

    which = "codes"
    called = "image vectors"


def stored_score(run: Run) -> tuple[str, CaptionScore] | None:
    """The score that the report shows, and its split."""
    for split in SPLITS:
        score = CAPTION_SCORES.load_or_none(run, split)
        if score is not None:
            return split, score
    return None


def interval_in_words(score: CaptionScore) -> str:
    """The interval of the exact matches; over the originals where several images share them."""
    if score.originals_interval is None:
        return f"95 % {percent_ends(score.exact_interval)}"
    return f"95 % {percent_ends(score.originals_interval)} over {score.originals} originals"
