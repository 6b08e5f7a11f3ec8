"""An embedding file in a sentence and in figures; a report shows of it what it shows of every space of words."""

from embedkit.report.headlines import vectors as headlines
from embedkit.report.summaries import corpus_name
from embedkit.runs.folder import Run

__all__ = ["headlines", "summary"]


def summary(run: Run) -> str:
    """How many vectors of how many dimensions, and from where."""
    metrics = run.metrics
    return (
        f"{metrics['vocabulary_size']:,} vectors of {metrics['dimensions']:,} dimensions that were read from "
        f"{corpus_name(run)}; how they were trained is not known here."
    )
