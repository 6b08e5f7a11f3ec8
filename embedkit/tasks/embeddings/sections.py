"""An embedding file in a sentence and in figures; a report shows of it what it shows of every space of words, but what
only words have."""

from embedkit.numerals import counted
from embedkit.report.headlines import vectors as headlines
from embedkit.report.summaries import corpus_name, noun_of
from embedkit.runs.folder import Run

__all__ = ["headlines", "summary"]


def points_of(run: Run) -> int:
    """How many points were read; runs before 0.3 call it by another name."""
    return int(run.metrics.get("points") or run.metrics["vocabulary_size"])


def summary(run: Run) -> str:
    """How many vectors of how many dimensions, and from where."""
    metrics = run.metrics
    points = counted(points_of(run), noun_of(run))
    return (
        f"{points}, each a vector of {counted(metrics['dimensions'], 'dimension')} that was read from "
        f"{corpus_name(run)}; what made them is not known here."
    )
