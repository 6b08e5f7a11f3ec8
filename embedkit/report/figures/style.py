"""What all figures share. Colours are named after the page's CSS variables, so that light and dark both fit.

A model's tag such as "line_color=--ink" makes the page set that property to the variable's value, now and whenever
the theme changes. A source tagged "tip" has a column `tip`, the text that is shown where the pointer is; one tagged
{"series": name} goes by that name in the data of its figure, whatever the legend calls its colour, and what stands on
an axis tagged {"column": title} by that title.
"""

from collections.abc import Sequence
from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, PlainText, Range1d
from bokeh.plotting import figure

from embedkit.controls import printable
from embedkit.numerals import short_names

TIP = "tip"
LONGEST = 28
"""Characters of a name at an axis."""


def blank(**options: Any) -> figure:
    """A figure without toolbar, as wide as its place in the page, in the page's colours."""
    plot = figure(
        **{
            "sizing_mode": "stretch_width",
            "toolbar_location": None,
            "tools": "",
            "background_fill_alpha": 0,
            "border_fill_alpha": 0,
            "outline_line_color": None,
            "output_backend": "canvas",
        }
        | options
    )
    plot.xgrid.visible = False
    for axis in plot.axis:
        axis.minor_tick_line_color = None
        axis.axis_label_text_font_style = "normal"
    return plot


def source(data: dict[str, Any], *, tip: bool = False, series: str = "") -> ColumnDataSource:
    """Columns for a renderer; with `tip` one of them is "tip", which the page shows. The figure's data name them by
    their `series`, else as the legend names their colour."""
    return ColumnDataSource(data, tags=[*([TIP] if tip else []), *([{"series": series}] if series else [])])


def tinted(renderer: Any, **colours: str) -> Any:
    """Tie a renderer's colours to CSS variables: tinted(line, line_color="series-1")."""
    tags = [f"{name}=--{variable}" for name, variable in colours.items()]
    for state in ("glyph", "nonselection_glyph", "selection_glyph", "hover_glyph", "muted_glyph"):
        glyph = getattr(renderer, state, None)
        if glyph is not None and not isinstance(glyph, str):
            glyph.tags = tags
    return renderer


def column_of(axis: Any, title: str) -> None:
    """Name the column of the figure's data that stands on this axis; without it that goes by the axis's own label."""
    axis.tags = [{"column": title}]


def axis_names(names: Sequence[str]) -> list[str]:
    """Names as they stand at an axis, each another one."""
    return short_names([printable(name).replace("$$", "$ $") for name in names], LONGEST)  # Bokeh takes $$…$$ for TeX


def hover(plot: figure, *renderers: Any) -> None:
    """Let the page show the tips of these renderers; it writes them as text, never as HTML."""
    plot.add_tools(HoverTool(renderers=list(renderers), tooltips=None))


def plain(text: str) -> PlainText:
    """A label that is text whatever is in it: Bokeh takes $$…$$ in a string for TeX and asks the network for it."""
    return PlainText(text=text)


def extent(low: float, high: float) -> Range1d:
    return Range1d(start=low, end=high)


def spans(values: list[float], margin: float = 0.05) -> tuple[float, float]:
    """The range of some values with a margin; one wide where they are all the same."""
    low, high = min(values), max(values)
    pad = (high - low) * margin or 0.5
    return low - pad, high + pad
