"""Attention as a heat map: how much of each token that was read goes into each token that is written."""

import math
from collections.abc import Sequence

import numpy as np
from bokeh.models import FixedTicker, Image, LinearColorMapper, Range1d

from embedkit.errors import ReportError
from embedkit.report.figures import style as figures
from embedkit.report.figures.traces import token_label
from embedkit.report.parts import Figure

NARROW, WIDE = 18, 64  # pixels of a column at least and at most
TALL = 22  # pixels of a row
CHARACTER = 7  # pixels, about


def attention_map(source: Sequence[str], target: Sequence[str], weights: np.ndarray, title: str) -> Figure:
    """Weights (T, S) of the source tokens, left to right, for each target token, from the top down.

    Tokens may repeat. The scale starts at zero and ends at the largest weight.

    Raises:
        ReportError: the weights do not fit the tokens, or one is negative or not finite.
    """
    weights = np.asarray(weights, dtype=np.float32)
    if not source or not target or weights.shape != (len(target), len(source)):
        raise ReportError(f"attention: weights {weights.shape} for {len(target)} tokens written, {len(source)} read")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise ReportError("attention: a weight is negative or not finite")
    limit = float(weights.max()) or 1.0
    upright = max(len(token_label(token)) for token in source) * CHARACTER < WIDE - 8 and len(source) <= 10
    above = 24 if upright else 12 + max(len(token_label(token)) for token in source) * CHARACTER
    left = 24 + max(len(token_label(token)) for token in target) * CHARACTER
    height = above + TALL * len(target) + 28
    plot = figures.blank(
        height=height,
        max_width=left + WIDE * len(source) + 10,
        x_range=figures.extent(-0.5, len(source) - 0.5),
        # Downwards: the first token that is written stands on top.
        y_range=Range1d(start=len(target) - 0.5, end=-0.5),
        x_axis_location="above",
        min_border_right=10,
        name="weights",
    )
    # The page sets the palette, which differs between light and dark.
    mapper = LinearColorMapper(palette=["#000000", "#ffffff"], low=0, high=limit, name="heat")
    data = figures.source({"image": [np.ascontiguousarray(weights)]})
    glyph = Image(image="image", x=-0.5, y=-0.5, dw=len(source), dh=len(target), color_mapper=mapper)
    figures.hover(plot, plot.add_glyph(data, glyph))
    for axis, tokens in ((plot.xaxis, source), (plot.yaxis, target)):
        axis.ticker = FixedTicker(ticks=list(range(len(tokens))))
        axis.major_label_overrides = {i: figures.plain(token_label(token)) for i, token in enumerate(tokens)}
        axis.major_label_text_font_size = "12px"
        axis.major_tick_line_alpha = 0
        axis.axis_line_alpha = 0
    if not upright:
        plot.xaxis.major_label_orientation = math.pi / 2
    plot.grid.visible = False
    size = f"{len(target)} tokens written by {len(source)} read"
    return Figure(
        plot,
        f"{title}. Heat map of {size}. {strongest(source, target, weights)}",
        height=height,
        min_width=left + NARROW * len(source) + 10,
        behaviour="attention",
        data={"source": list(source), "target": list(target), "limit": limit},
        heading=title,
    )


def strongest(source: Sequence[str], target: Sequence[str], weights: np.ndarray) -> str:
    """The source token with the largest weight for each target token, in words for those who do not see the picture."""
    pairs = zip(target, weights.argmax(axis=1), strict=True)
    return "Most weight: " + "; ".join(f"{token_label(token)} on {token_label(source[i])}" for token, i in pairs)
