"""Reports: figures, page and theme. Draws what was calculated elsewhere; fits nothing, imports no torch.

    run → compose (recipes, one builder a section) → Report (page) → render → one HTML file

What is drawn lives in modules named after it (curves, maps, scores, lengths, traces, attention, beams); what the page
itself does is in the .js files beside them. bokeh is loaded when a report is composed, not before.
"""

from typing import TYPE_CHECKING, Any

from embedkit.report.page import Report, Section
from embedkit.report.rendering import render

if TYPE_CHECKING:
    from embedkit.report.compose import (
        analogy_report,
        comparison_report,
        language_model_report,
        over_training_report,
        run_report,
        seq2seq_report,
        space_report,
        writing_report,
    )

__all__ = [
    "Report",
    "Section",
    "analogy_report",
    "comparison_report",
    "language_model_report",
    "over_training_report",
    "render",
    "run_report",
    "seq2seq_report",
    "space_report",
    "writing_report",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'embedkit.report' has no attribute {name!r}")
    from embedkit.report import compose

    return getattr(compose, name)
