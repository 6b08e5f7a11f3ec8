"""Hidden states over a text as a heat map, and the surprisal of its tokens above."""

import math

import numpy as np
from bokeh.layouts import column
from bokeh.models import BasicTicker, FixedTicker, Image, LinearColorMapper, Range1d

from embedkit.analysis.traces import HiddenTrace
from embedkit.report import figures
from embedkit.report.page import Figure

LEFT, RIGHT = 64, 14  # pixels, the same for both figures so that tokens stand above each other
SURPRISAL_HEIGHT, STATES_HEIGHT = 130, 430
LONGEST = 18  # characters of a token that its label shows


def hidden_states(trace: HiddenTrace) -> Figure:
    """Units × tokens; units by the token at which they are most active, so that each one's peak is on a diagonal."""
    steps = len(trace.tokens)
    order = by_peak(trace.values)
    across = figures.extent(-0.5, steps - 0.5)
    above, below = _surprisal(trace, across), _states(trace, order, across)
    limit = float(np.abs(trace.values).max(initial=0)) or 1.0
    pixels = 12 if steps > 60 else 17
    return Figure(
        column(above, below, sizing_mode="stretch_width", spacing=0),
        f"Heat map of {trace.values.shape[1]} hidden units over {steps} tokens, values up to {limit:.2f} either way",
        height=SURPRISAL_HEIGHT + STATES_HEIGHT,
        min_width=LEFT + RIGHT + pixels * steps,
        behaviour="trace",
        data={
            "tokens": list(trace.tokens),
            "units": order[::-1].tolist(),
            "surprisal": [None if math.isnan(nats) else round(float(nats), 3) for nats in trace.surprisal],
            "limit": limit,
        },
    )


def by_peak(values: np.ndarray) -> np.ndarray:
    """(T, H) → the units by the step of their largest absolute value; within a step + before −, strongest first."""
    size = np.abs(values)
    step = size.argmax(axis=0)
    peak = values[step, np.arange(values.shape[1])]
    return np.lexsort((-np.abs(peak), peak < 0, step))


def _surprisal(trace: HiddenTrace, across: Range1d) -> figures.figure:
    known = [i for i, nats in enumerate(trace.surprisal) if math.isfinite(nats)]
    nats = [float(trace.surprisal[i]) for i in known]
    top = max([1.0, *nats]) * 1.08
    plot = figures.blank(
        height=SURPRISAL_HEIGHT,
        x_range=across,
        y_range=figures.extent(0, top),
        min_border_left=LEFT,
        min_border_right=RIGHT,
        name="surprisal",
    )
    plot.xaxis.visible = False
    plot.yaxis.axis_label = "surprisal, nats"
    plot.yaxis.ticker = BasicTicker(desired_num_ticks=4)
    tips = [
        f"{trace.tokens[i]}\n{trace.surprisal[i]:.2f} nats: one in {math.exp(trace.surprisal[i]):,.0f}" for i in known
    ]
    data = figures.source({"x": known, "nats": nats, "tip": tips}, tip=True)
    bars = plot.vbar(x="x", top="nats", width=0.7, source=data, line_color=None)
    figures.tinted(bars, fill_color="series-1")
    figures.hover(plot, bars)
    return plot


def _states(trace: HiddenTrace, order: np.ndarray, across: Range1d) -> figures.figure:
    steps, units = trace.values.shape
    limit = float(np.abs(trace.values).max(initial=0)) or 1.0
    plot = figures.blank(
        height=STATES_HEIGHT,
        x_range=across,
        y_range=figures.extent(0, units),
        min_border_left=LEFT,
        min_border_right=RIGHT,
        name="states",
    )
    # The page sets the palette, which differs between light and dark.
    mapper = LinearColorMapper(palette=["#000000", "#ffffff"], low=-limit, high=limit, name="diverging")
    # The first row of an image is its lowest; the first unit stands on top.
    image = np.ascontiguousarray(trace.values[:, order[::-1]].T, dtype=np.float32)
    data = figures.source({"image": [image]})
    glyph = Image(image="image", x=-0.5, y=0, dw=steps, dh=units, color_mapper=mapper)
    drawn = plot.add_glyph(data, glyph)
    figures.hover(plot, drawn)
    plot.yaxis.axis_label = f"{units} units, by their peak"
    plot.yaxis.ticker = FixedTicker(ticks=[])
    plot.xaxis.ticker = FixedTicker(ticks=list(range(steps)))
    plot.xaxis.major_label_overrides = {i: figures.plain(shown(token)) for i, token in enumerate(trace.tokens)}
    plot.xaxis.major_label_orientation = math.pi / 2
    plot.xaxis.major_label_text_font_size = "11px"
    plot.ygrid.grid_line_color = None
    return plot


def shown(token: str) -> str:
    """A token as a label: what has no shape of its own is named, what is long is cut."""
    named = token.replace("\n", "↵").replace("\t", "⇥").replace(" ", "␣")
    printable = "".join(c if c.isprintable() else "·" for c in named)
    return printable if len(printable) <= LONGEST else printable[: LONGEST - 1] + "…"
