"""What the units of a layer did over a text as a heat map, and the surprisal of its tokens above."""

import math
from typing import Any

import numpy as np
from bokeh.layouts import column
from bokeh.models import BasicTicker, FixedTicker, Image, LinearAxis, LinearColorMapper, Range1d

from embedkit.analysis.cells.events import EVENTS
from embedkit.analysis.cells.gates import GATES, TITLES
from embedkit.analysis.cells.traces import HiddenTrace, correlations
from embedkit.numerals import beginning
from embedkit.report.figures import style as figures
from embedkit.report.packing import packed
from embedkit.report.parts import Figure
from embedkit.text.perplexity import perplexity

LEFT, RIGHT = 64, 14  # pixels, the same for both figures so that tokens stand above each other
SURPRISAL_HEIGHT, STATES_HEIGHT = 130, 460
LONGEST = 18  # characters of a token that its label shows
LEVELS = 32767
SECONDS_OF_TICK = 0.2  # from one to the next on the axis of a sound


def hidden_states(trace: HiddenTrace, name: str = "") -> Figure:
    """Units × tokens. The page shows any signal of the trace, the units in an order that the reader chooses, and marks
    what happens in them; at first the hidden states, units by the token at which they are most active, so that each
    one's peak is on a diagonal."""
    steps = len(trace.tokens)
    order = by_peak(trace.values)
    across = figures.extent(-0.5, steps - 0.5)
    plots = [_states(trace, order, across)]
    if trace.surprisal is not None:
        plots.insert(0, _surprisal(trace, trace.surprisal, across))
    limit = float(np.abs(trace.values).max(initial=0)) or 1.0
    pixels = 12 if steps > 60 else 17
    surprisal = np.full(steps, np.nan) if trace.surprisal is None else trace.surprisal
    return Figure(
        column(*plots, sizing_mode="stretch_width", spacing=0),
        _description(trace, limit),
        height=STATES_HEIGHT + (0 if trace.surprisal is None else SURPRISAL_HEIGHT),
        min_width=LEFT + RIGHT + pixels * steps,
        behaviour="trace",
        heading=f"Trace “{name}”" if name else f"Hidden states by {trace.noun}",
        data={
            "noun": trace.noun,
            "tokens": list(trace.tokens),
            "units": order[::-1].tolist(),
            "surprisal": [None if math.isnan(nats) else round(float(nats), 3) for nats in surprisal],
            "signals": [_signal(name, values) for name, values in trace.signals.items()],
            "events": _events(trace),
            "followed": _followed(trace),
        },
    )


def _description(trace: HiddenTrace, limit: float) -> str:
    steps, units = trace.values.shape
    words = f", with the borders of {' '.join(trace.words)}" if trace.words else ""
    return f"Heat map of {units} hidden units over {steps} {trace.noun}s{words}, values up to {limit:.2f} either way"


def _signal(name: str, values: np.ndarray) -> dict[str, Any]:
    """A signal as the page carries it: (T, H) int16, of which LEVELS stand for `limit`."""
    limit = 1.0 if name in GATES else float(np.abs(values).max(initial=0)) or 1.0
    levels = np.rint(values.astype(np.float64) * (LEVELS / limit)).astype(np.int16)
    return {
        "name": name,
        "title": TITLES[name],
        "limit": limit,
        "gate": name in GATES,
        "values": packed(levels, "<i2"),
    }


def _events(trace: HiddenTrace) -> list[dict[str, Any]]:
    """Each event with where it holds: (T, H) bits, eight to a byte."""
    rules = {event.name: event.rule for event in EVENTS.get(trace.cell, ())}
    return [
        {"name": name, "rule": rules[name], "holds": packed(np.packbits(at, bitorder="little"), "u1")}
        for name, at in trace.events.items()
    ]


def _followed(trace: HiddenTrace) -> list[dict[str, Any]]:
    """What units may follow, with each unit's correlation with it by signal."""
    return [
        {
            "name": name,
            "values": [None if math.isnan(value) else round(float(value), 3) for value in feature],
            "correlations": {
                signal: np.round(correlations(values, feature), 3).tolist() for signal, values in trace.signals.items()
            },
        }
        for name, feature in trace.followed.items()
    ]


def by_peak(values: np.ndarray) -> np.ndarray:
    """(T, H) → the units by the step of their largest absolute value; within a step + before −, strongest first."""
    size = np.abs(values)
    step = size.argmax(axis=0)
    peak = values[step, np.arange(values.shape[1])]
    return np.lexsort((-np.abs(peak), peak < 0, step))


def _surprisal(trace: HiddenTrace, surprisal: np.ndarray, across: Range1d) -> figures.figure:
    steps = [i for i, nats in enumerate(surprisal) if math.isfinite(nats)]
    nats = [float(surprisal[i]) for i in steps]
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
        f"{trace.tokens[i]}\n{value:.2f} nats: one in {perplexity(value):,.0f}"
        for i, value in zip(steps, nats, strict=True)
    ]
    data = figures.source({"x": steps, "nats": nats, "tip": tips}, tip=True)
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
    heat_map = plot.add_glyph(data, glyph)
    figures.hover(plot, heat_map)
    # Where an event holds: the page fills it in.
    marks = figures.source({"x": [], "y": []})
    marks.name = "marks"
    figures.tinted(plot.scatter("x", "y", source=marks, size=5, line_width=1), fill_color="ink", line_color="surface")
    plot.yaxis.axis_label = f"{units} units, by their peak"
    plot.yaxis.major_label_text_font_size = "10px"
    plot.yaxis.ticker = FixedTicker(ticks=[])
    plot.ygrid.grid_line_color = None
    if trace.step is None:
        plot.xaxis.ticker = FixedTicker(ticks=list(range(steps)))
        plot.xaxis.major_label_overrides = {
            i: figures.plain(token_label(token)) for i, token in enumerate(trace.tokens)
        }
        plot.xaxis.major_label_orientation = math.pi / 2
        plot.xaxis.major_label_text_font_size = "11px"
    else:
        _seconds(plot, trace, trace.step)
    return plot


def _seconds(plot: figures.figure, trace: HiddenTrace, step: float) -> None:
    """The axes of a sound: seconds below, words above, and a dotted line at each border of a word."""
    steps, units = trace.values.shape
    marks = np.arange(0, steps * step, SECONDS_OF_TICK)
    # Step i lies from i - 1/2 to i + 1/2.
    places = (marks / step - 0.5).round(3).tolist()
    plot.xaxis.ticker = FixedTicker(ticks=places)
    plot.xaxis.major_label_overrides = {place: f"{mark:.1f}" for place, mark in zip(places, marks, strict=True)}
    plot.xaxis.axis_label = "seconds"
    if trace.borders is None or not trace.words:
        return
    edges = (trace.borders / step - 0.5).ravel().tolist()
    lines = figures.source({"x": edges, "low": [0] * len(edges), "high": [units] * len(edges)})
    figures.tinted(plot.segment("x", "low", "x", "high", source=lines, line_dash="dotted"), line_color="ink")
    middles = (trace.borders.mean(axis=1) / step - 0.5).round(3).tolist()
    names = [figures.plain(token_label(word)) for word in trace.words]
    above = LinearAxis(
        ticker=FixedTicker(ticks=middles),
        major_label_overrides=dict(zip(middles, names, strict=True)),
        minor_tick_line_color=None,
    )
    plot.add_layout(above, "above")


def token_label(token: str) -> str:
    """A token as a label: what has no shape of its own is named, what is long is cut."""
    visible = token.replace("\n", "↵").replace("\t", "⇥").replace(" ", "␣")
    printable = "".join(c if c.isprintable() else "·" for c in visible)
    return printable if len(printable) <= LONGEST else beginning(printable, LONGEST - 1) + "…"
