"""Whether the figures of a report have titles and named axes."""

from typing import Any

from embedkit.report.page import Report
from embedkit.report.parts import Figure


def figures_of(report: Report) -> list[Figure]:
    return [part for section in report.sections for part in section.parts if isinstance(part, Figure)]


def plots_of(model: Any) -> list[Any]:
    return [model] if hasattr(model, "renderers") else [plot for child in model.children for plot in plots_of(child)]


def untitled(report: Report) -> list[str]:
    """The figures that lack a heading, or an axis that is seen and has neither a label nor names at its ticks."""
    descriptions = []
    for figure in figures_of(report):
        axes = [axis for plot in plots_of(figure.model) for axis in (*plot.xaxis, *plot.yaxis) if axis.visible]
        if not figure.heading or not all(map(_named, axes)):
            descriptions.append(figure.description[:80])
    return descriptions


def _named(axis: Any) -> bool:
    return bool(axis.axis_label or axis.major_label_overrides or type(axis).__name__ == "CategoricalAxis")
