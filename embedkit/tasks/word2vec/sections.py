"""Word vectors in a sentence and in figures; a report shows of them what it shows of every space of words."""

from embedkit.numerals import upper_first
from embedkit.report.headlines import vectors as headlines
from embedkit.report.summaries import corpus_name
from embedkit.runs.folder import Run

__all__ = ["headlines", "summary"]


def summary(run: Run) -> str:
    """By what method the vectors were trained, and on what."""
    method = run.config.get("word2vec", {}).get("method", "word2vec")
    return f"{upper_first(method)} word vectors, trained on {corpus_name(run)}."
