"""How well neighbours tell each column: a bar with its interval, and beside it what shuffled values give."""

from collections.abc import Sequence

from bokeh.models import BasicTicker, FixedTicker, NumeralTickFormatter

from embedkit.analysis.organisation.columns import ColumnScore
from embedkit.numerals import percent, percent_ends, signed, signed_ends
from embedkit.report.figures import style as figures
from embedkit.report.parts import Figure

MOST = 20
_LEFT = -0.25  # no bar reaches further below chance in the picture; the table has the figure


def score_bars(columns: Sequence[ColumnScore], *, heading: str) -> Figure:
    """The scores of at most `MOST` columns, the first on top."""
    scored = [column for column in columns if column.score is not None][:MOST]
    scores = [column.score or 0.0 for column in scored]
    lows = [
        score if column.interval is None else column.interval.low for column, score in zip(scored, scores, strict=True)
    ]
    highs = [
        score if column.interval is None else column.interval.high for column, score in zip(scored, scores, strict=True)
    ]
    least = [0.0 if column.control is None else column.control.low for column in scored]
    most = [0.0 if column.control is None else column.control.high for column in scored]
    start = max(_LEFT, 1.05 * min(0.0, *lows, *least))
    height = 80 + 30 * len(scored)
    plot = figures.blank(
        height=height,
        x_range=figures.extent(start, min(1.02, 1.08 * max(0.05, *highs, *most))),
        y_range=figures.extent(len(scored) - 0.4, -0.6),
    )
    plot.xaxis.formatter = NumeralTickFormatter(format="0%")
    plot.xaxis.axis_label = "predicted, of what is possible beyond chance"
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=5)
    plot.xgrid.visible, plot.ygrid.visible = True, False
    plot.yaxis.ticker = FixedTicker(ticks=list(range(len(scored))))
    names = figures.axis_names([column.name for column in scored])
    plot.yaxis.major_label_overrides = {i: figures.plain(name) for i, name in enumerate(names)}
    figures.column_of(plot.yaxis[0], "column")
    plot.yaxis.major_tick_line_alpha = 0
    data = figures.source(
        {
            "y": [i - 0.12 for i in range(len(scored))],
            "control_y": [i + 0.28 for i in range(len(scored))],
            "score": scores,
            "low": lows,
            "high": highs,
            "least": least,
            "most": most,
            "name": [column.name for column in scored],
            "tip": [_tip(column) for column in scored],
        },
        tip=True,
    )
    bars = plot.hbar(y="y", right="score", height=0.44, source=data, line_width=2)
    figures.tinted(bars, fill_color="series-1", line_color="series-1")
    figures.tinted(plot.segment("low", "y", "high", "y", source=data, line_width=1.5), line_color="ink")
    control = plot.hbar(y="control_y", left="least", right="most", height=0.16, source=data, line_width=2)
    figures.tinted(control, fill_color="series-2", line_color="series-2")
    figures.hover(plot, bars, control)
    description = "; ".join(f"{column.name} {percent(column.score)}" for column in scored)
    legend = (("neighbours, with a 95 % interval", "series-1"), ("shuffled values, lowest to highest", "series-2"))
    return Figure(plot, f"Predicted by neighbours: {description}", height=height, legend=legend, heading=heading)


def _tip(column: ColumnScore) -> str:
    lines = [column.name, f"{signed(column.score)} (95 %: {signed_ends(column.interval)})"]
    if column.categories:
        lines.append(f"purity {percent(column.value)}, by chance {percent(column.chance)}")
    elif column.value is not None:
        lines.append(f"R² {signed(column.value)}, by chance {signed(column.chance)}")
    if column.control is not None:
        lines.append(f"shuffled {percent_ends(column.control)}")
    return "\n".join(lines)
