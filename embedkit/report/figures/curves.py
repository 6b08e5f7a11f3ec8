"""Learning curves."""

import math
from typing import Any

from bokeh.models import BasicTicker, FixedTicker, LinearAxis

from embedkit.report.figures import style as figures
from embedkit.report.parts import Figure
from embedkit.text.perplexity import written_perplexity

SERIES = (("train", "train_nats_per_token", "series-2"), ("validation", "valid_nats_per_token", "series-1"))
UNITS_OF_TOKENS = ((1_000_000_000, "billion "), (1_000_000, "million "), (1_000, "thousand "), (1, ""))
HEIGHT = 340
NICE = (1, 1.5, 2, 3, 5, 7, 10)


def learning_curves(history: list[dict[str, Any]], unit: str = "token") -> Figure:
    """Train and validation loss against the tokens seen, with perplexity on the right."""
    curves = [(name, points(history, key), colour) for name, key, colour in SERIES]
    series = [(name, pairs, colour) for name, pairs, colour in curves if pairs]
    tokens_seen = [x for _, pairs, _ in series for x, _ in pairs]
    nats = [y for _, pairs, _ in series for _, y in pairs]
    low, high = figures.spans(nats, 0.08)
    size, prefix = next(each for each in UNITS_OF_TOKENS if max(tokens_seen) >= 2 * each[0] or each[0] == 1)
    end = max(tokens_seen) / size * 1.04
    plot = figures.blank(height=HEIGHT, x_range=figures.extent(0, end), y_range=figures.extent(low, high))
    counted = "bits" if unit == "bit" else "tokens"
    plot.xaxis.axis_label = f"{prefix}{counted} seen"
    plot.xaxis.ticker = BasicTicker(desired_num_ticks=4)
    plot.yaxis.axis_label = f"nats per {unit}"
    plot.add_layout(perplexity_axis(low, high, unit), "right")
    tips: dict[str, list] = {"x": [], "y": [], "tip": []}
    for name, pairs, colour in series:
        across, up = [x / size for x, _ in pairs], [y for _, y in pairs]
        data = figures.source({"x": across, "y": up})
        figures.tinted(plot.line("x", "y", source=data, line_width=2.5), line_color=colour)
        figures.tinted(plot.scatter("x", "y", source=data, size=7), line_color=colour, fill_color=colour)
        tips["x"] += across
        tips["y"] += up
        tips["tip"] += [tip(name, x, y, unit) for x, y in pairs]
    # What the pointer has to hit is larger than what is seen.
    around = plot.scatter("x", "y", source=figures.source(tips, tip=True), size=40, line_alpha=0, fill_alpha=0)
    figures.hover(plot, around)
    legend = tuple((name, colour) for name, _, colour in series)
    return Figure(plot, describe(series, unit), height=HEIGHT, legend=legend, heading=f"Loss by {counted} seen")


def points(history: list[dict[str, Any]], key: str) -> list[tuple[float, float]]:
    """(tokens seen, value) of the evaluations that have a finite value."""
    pairs = ((record.get("tokens_seen"), record.get(key)) for record in history)
    return [(x, y) for x, y in pairs if x is not None and y is not None and math.isfinite(y)]


def tip(name: str, tokens_seen: float, nats: float, unit: str) -> str:
    """The text at a point of the curves: its loss, and the perplexity that it is."""
    counted = "bits" if unit == "bit" else "tokens"
    where = f"{name} after {tokens_seen:,.0f} {counted}"
    return f"{where}\n{nats:.3f} nats per {unit}\nperplexity {written_perplexity(nats)}"


def perplexity_axis(low: float, high: float, unit: str) -> LinearAxis:
    """Round perplexities at the places of their logarithms; the scale itself stays in nats."""
    every = [digit * 10**power for power in range(0, 9) for digit in NICE]
    inside = [value for value in dict.fromkeys(every) if low < math.log(value) < high]
    # Labels closer than a twelfth of the axis would touch.
    ticks: list[float] = []
    for value in inside:
        if not ticks or math.log(value) - math.log(ticks[-1]) > (high - low) / 12:
            ticks.append(value)
    axis = LinearAxis(
        axis_label=f"perplexity per {unit}",
        major_label_overrides={math.log(value): f"{value:,.10g}" for value in ticks},
        axis_label_text_font_style="normal",
    )
    axis.update(ticker=FixedTicker(ticks=[math.log(value) for value in ticks]))
    return axis


def describe(series: list[tuple[str, list[tuple[float, float]], str]], unit: str) -> str:
    """The figure for those who do not see it: from where to where each curve goes."""
    ends = [f"{name} from {pairs[0][1]:.2f} to {pairs[-1][1]:.2f}" for name, pairs, _ in series]
    return f"Learning curves in nats per {unit}: " + ", ".join(ends)
