"""Bars with intervals, one group a category: what analogy scores and scores by length have in common."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bokeh.models import BasicTicker, FactorRange, NumeralTickFormatter

from embedkit.analysis.intervals import Interval
from embedkit.report.figures import style as figures
from embedkit.report.parts import Figure

GROUP = 0.8  # of a category's height is bars


@dataclass(frozen=True)
class Bar:
    """A share of a category.

    Attributes:
        share: of a whole, between 0 and 1; or a rate, such as of errors in words, which may be more than 1.
        interval: its 95 % interval; None where there is none.
        tip: what is shown where the pointer is.
    """

    category: str
    share: float
    interval: Interval | None
    tip: str

    @property
    def high(self) -> float:
        """How far the bar or its interval reaches."""
        return max(self.share, self.interval.high if self.interval else 0.0)


Series = tuple[str, Sequence[Bar]]
"""What a reader calls a series, and its bars."""


def interval_bars(
    series: Sequence[Series],
    categories: Sequence[str],
    *,
    axis: str,
    description: str,
    heading: str,
    each: str = "category",
) -> Figure:
    """Shares of each series by category, with 95 % intervals; the first category on top.

    A category without bars keeps its place, and one with a long name is cut at the axis alone. The legend names the
    series where there are several.

    Args:
        each: what a category is, such as "speaker", as the column of the data is headed.
    """
    labels = dict(zip(categories, figures.axis_names(categories), strict=True))
    highest = max([0.05, *(bar.high for _, bars in series for bar in bars)])
    height = 70 + len(categories) * (14 + 11 * len(series))
    plot = figures.blank(
        height=height,
        y_range=FactorRange(factors=[*reversed(labels.values())]),
        x_range=figures.extent(0, 1.08 * highest if highest > 1 else min(1.0, 1.08 * highest)),
    )
    plot.xaxis.formatter = NumeralTickFormatter(format="0%")
    plot.xaxis.axis_label = axis
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=5)
    plot.ygrid.visible = False
    plot.xgrid.visible = True
    plot.yaxis.major_tick_line_alpha = 0
    figures.column_of(plot.yaxis[0], each)
    thickness = GROUP / len(series)
    renderers = [
        _bars(plot, bars, labels, colour_of(number), GROUP / 2 - (number + 0.5) * thickness, thickness)
        for number, (_, bars) in enumerate(series)
    ]
    figures.hover(plot, *renderers)
    legend = tuple((name, colour_of(number)) for number, (name, _) in enumerate(series) if name)
    return Figure(plot, description, height=height, legend=legend, heading=heading)


def _bars(
    plot: figures.figure,
    bars: Sequence[Bar],
    labels: Mapping[str, str],
    colour: str,
    offset: float,
    thickness: float,
) -> object:
    intervals = [bar.interval for bar in bars]
    data = figures.source(
        {
            "y": [(labels[bar.category], offset) for bar in bars],
            "name": [bar.category for bar in bars],
            "share": [bar.share for bar in bars],
            "low": [math.nan if each is None else each.low for each in intervals],
            "high": [math.nan if each is None else each.high for each in intervals],
            "tip": [bar.tip for bar in bars],
        },
        tip=True,
    )
    renderer = plot.hbar(y="y", right="share", height=thickness * 0.86, source=data, line_width=2)
    # A line around it, so that a share of nothing can be seen.
    figures.tinted(renderer, fill_color=colour, line_color=colour)
    figures.tinted(plot.segment("low", "y", "high", "y", source=data, line_width=1.5), line_color="ink")
    return renderer


def colour_of(number: int) -> str:
    """The CSS variable of a series' colour, by its number from 0; there are three."""
    return f"series-{number % 3 + 1}"
