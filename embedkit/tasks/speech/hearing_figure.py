"""A spectrogram, and over it what a recogniser makes of it: the probability of each label, step by step."""

from itertools import cycle

import numpy as np
from bokeh.models import FixedTicker, Image, LinearColorMapper, VSpan

from embedkit.report.figures import style as figures
from embedkit.report.figures.lines import Line, draw_lines
from embedkit.report.parts import Figure
from embedkit.tasks.speech.hearing import Hearing

SOUND, GAP = 1.0, 0.12
"""Heights of the spectrogram, and of what is free above it."""
HEIGHT, MARGIN = 300, 60
SHADES = 255
_COLOURS = ("series-1", "series-2", "series-3")


def hearing_figure(hearing: Hearing, heading: str) -> Figure:
    """The spectrogram below, the posterior above it; dotted lines are the borders of the words that were said."""
    seconds = len(hearing.samples) / hearing.rate
    foot = -SOUND - GAP
    plot = figures.blank(height=HEIGHT, x_range=figures.extent(0, seconds), y_range=figures.extent(foot, 1.25))
    mapper = LinearColorMapper(palette=["#000000", "#ffffff"], low=0, high=SHADES, name="heat")
    image = figures.source({"image": [_shades(hearing.spectrogram)]})
    width = len(hearing.spectrogram) * hearing.hop
    plot.add_glyph(image, Image(image="image", x=0, y=foot, dw=width, dh=SOUND, color_mapper=mapper))
    _borders(plot, hearing)
    times = (np.arange(len(hearing.posterior)) + 0.5) * hearing.step
    lines = []
    colours = cycle(_COLOURS)
    for label, row in zip(hearing.labels, hearing.posterior.T, strict=True):
        colour = next(colours) if label else "quiet"
        name = label or "blank"
        tips = [f"{name}: {p:.3f}\nat {t:.2f} s" for t, p in zip(times, row, strict=True)]
        dash, alpha = ("solid", 1.0) if label else ("dotted", 0.7)
        lines.append(Line(name, colour, times, row, tips, marked=False, dash=dash, alpha=alpha))
    draw_lines(plot, lines)
    _words(plot, hearing)
    plot.xaxis.axis_label = "seconds"
    plot.yaxis.ticker = FixedTicker(ticks=[0, 0.5, 1])
    plot.yaxis.axis_label = "mel bands · probability"
    figures.column_of(plot.yaxis[0], "probability")
    return Figure(plot, _description(hearing), height=HEIGHT, min_width=340, heading=heading)


def _shades(spectrogram: np.ndarray) -> np.ndarray:
    """(F, M) → (M, F) uint8, from the quietest twentieth to the loudest; time runs to the right, bands go up."""
    if not spectrogram.size:
        return np.zeros((1, 1), dtype=np.uint8)
    low, high = np.percentile(spectrogram, 5), spectrogram.max()
    share = np.clip((spectrogram - low) / max(high - low, 1e-6), 0, 1)
    return np.ascontiguousarray((share.T * SHADES).round().astype(np.uint8))


def _borders(plot: figures.figure, hearing: Hearing) -> None:
    if not len(hearing.borders):
        return
    data = figures.source({"x": hearing.borders.ravel().tolist()}, series="border of a word")
    figures.tinted(plot.add_glyph(data, VSpan(x="x", line_dash="dotted")), line_color="quiet")


def _words(plot: figures.figure, hearing: Hearing) -> None:
    """Each recognised label above its steps."""
    middles = ((hearing.starts + hearing.stops) / 2 * hearing.step).tolist()
    # Bokeh takes $$…$$ for TeX; a label from outside is none.
    texts = [text.replace("$$", "$ $") for text in hearing.spoken]
    data = figures.source({"x": middles, "y": [1.04] * len(middles), "text": texts})
    labels = plot.text("x", "y", "text", source=data, text_align="center", text_font_size="12px")
    figures.tinted(labels, text_color="ink")


def _description(hearing: Hearing) -> str:
    reference = f"; reference: {' '.join(hearing.words)}" if hearing.words else ""
    words = ", ".join(
        f"{text} at {(start + stop) / 2 * hearing.step:.2f} s"
        for text, start, stop in zip(hearing.spoken, hearing.starts, hearing.stops, strict=True)
    )
    return (
        f"Spectrogram of {len(hearing.samples) / hearing.rate:.1f} s and labels over it: {words or 'none'}{reference}"
    )
