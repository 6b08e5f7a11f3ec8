"""Lines with intervals and tips: what figures of something measured at several places have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, Span

from embedkit.analysis.intervals import Interval
from embedkit.report.figures import style as figures

CELL_COLOURS = {"lstm": "series-1", "gru": "series-3", "rnn-tanh": "series-2", "rnn-relu": "accent-strong"}
"""The same cell has the same colour in every figure."""

_TIPS = 80  # points of a line that have a tip, at most about


@dataclass(frozen=True)
class Line:
    """A measured line.

    Attributes:
        colour: a CSS variable.
        tips: what is shown where the pointer is, one a point.
        intervals: one a point, None where there is none; empty where none has one.
        marked: each point is marked, not the line alone; a point that no line leads to is marked in any case.
        series: what it is called in the data of the figure, where lines of one name differ otherwise; else its name.
    """

    name: str
    colour: str
    x: Sequence[float] | np.ndarray
    y: Sequence[float] | np.ndarray
    tips: Sequence[str]
    intervals: Sequence[Interval | None] = ()
    marked: bool = True
    dash: str = "solid"
    alpha: float = 1.0
    series: str = ""


def draw_lines(plot: figures.figure, lines: Sequence[Line]) -> None:
    """Draw them, each with its whiskers, and let the page show the tip of the nearest point."""
    touched = [_draw(plot, line) for line in lines]
    figures.hover(plot, *touched)


def _draw(plot: figures.figure, line: Line) -> object:
    series = line.series or line.name
    data = figures.source({"x": list(line.x), "y": list(line.y)}, series=series)
    stroke(plot, "y", data, line.colour, line_width=2.2, line_dash=line.dash, line_alpha=line.alpha)
    if line.marked and len(line.x) > 1:
        figures.tinted(plot.scatter("x", "y", source=data, size=7), line_color=line.colour, fill_color=line.colour)
    intervals = [(x, each) for x, each in zip(line.x, line.intervals, strict=False) if each is not None]
    if intervals:
        ends = {
            "x": [x for x, _ in intervals],
            "low": [i.low for _, i in intervals],
            "high": [i.high for _, i in intervals],
        }
        whiskers = plot.segment("x", "low", "x", "high", source=figures.source(ends, series=series), line_width=1.5)
        figures.tinted(whiskers, line_color=line.colour)
    # A tip at each point of a long line would weigh more than the line.
    every = slice(None, None, 1 + len(line.x) // _TIPS)
    touched = {"x": list(line.x)[every], "y": list(line.y)[every], "tip": list(line.tips)[every]}
    around = figures.source(touched, tip=True)
    return plot.scatter("x", "y", source=around, size=24, line_alpha=0, fill_alpha=0)


def stroke(plot: figures.figure, y: str, data: ColumnDataSource, colour: str, **look: Any) -> None:
    """Draw a line along the columns "x" and `y` of a source; a single point, which has no line, is marked."""
    figures.tinted(plot.line("x", y, source=data, **look), line_color=colour)
    if len(data.data["x"]) == 1:
        figures.tinted(plot.scatter("x", y, source=data, size=7), line_color=colour, fill_color=colour)


def band(plot: figures.figure, data: ColumnDataSource, colour: str, *, alpha: float) -> None:
    """Fill what lies between the columns "low" and "high" of a source; at a single place, a whisker."""
    figures.tinted(plot.varea("x", "low", "high", source=data, fill_alpha=alpha), fill_color=colour)
    if len(data.data["x"]) == 1:
        figures.tinted(plot.segment("x", "low", "x", "high", source=data, line_width=1.5), line_color=colour)


def rule(plot: figures.figure, at: float, dimension: str, dash: str = "dashed") -> None:
    """A quiet straight line across the plot: at a height ("width") or a place ("height")."""
    line = Span(location=at, dimension=dimension, line_dash=dash, line_width=1)
    line.tags = ["line_color=--quiet"]
    plot.add_layout(line)


def legend(lines: Sequence[Line]) -> tuple[tuple[str, str], ...]:
    """Each name once, in order."""
    return tuple(dict.fromkeys((line.name, line.colour) for line in lines))
