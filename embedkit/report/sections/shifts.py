"""How far words moved, by how frequent they are."""

from collections.abc import Sequence

import numpy as np
from bokeh.models import FixedTicker, NumeralTickFormatter

from embedkit.analysis.comparison.shifts import FrequencyBand, WordShifts, by_frequency, correlation_with_frequency
from embedkit.report.comparison import ComparisonMaterial
from embedkit.report.figures import style as figures
from embedkit.report.parts import Figure, Paragraph, Part
from embedkit.report.sections.comparison import of_comparison, visible_word
from embedkit.report.sections.spec import SectionSpec

HEIGHT = 360
DOTS = 2_500


def shift_by_frequency(material: ComparisonMaterial) -> Sequence[Part]:
    """Second-order shift against frequency: a dot a word, and the median with its middle four fifths."""
    words = material.comparison.words
    bands = by_frequency(words)
    if len(bands) < 3:
        return ()
    return (_figure(words, bands), Paragraph(_note(words, bands), quiet=True))


def section_finding(material: ComparisonMaterial) -> str | None:
    """Whether rarer words moved more; None where there are too few words to say."""
    words = material.comparison.words
    bands = by_frequency(words)
    return None if len(bands) < 3 else finding(words, bands)


def finding(words: WordShifts, bands: Sequence[FrequencyBand]) -> str:
    """Whether rarer words moved more, in figures."""
    correlation = correlation_with_frequency(words)
    rare, common = bands[0], bands[-1]
    ends = (
        f"the median shift of the rarest band is {rare.median:.3g}, that of the most frequent {common.median:.3g}; "
        f"neighbourhood overlap {rare.jaccard:.3f} and {common.jaccard:.3f}"
    )
    if correlation is None:
        return f"Whether rarer words moved more could not be determined: {ends}."
    if abs(correlation) < 0.1:
        trend = "How far a word moved has little to do with how frequent it is"
    else:
        trend = f"{'Rarer' if correlation < 0 else 'More frequent'} words moved more"
    return f"{trend} (rank correlation of frequency and shift {correlation:+.2f}, {len(words):,} words): {ends}."


def _note(words: WordShifts, bands: Sequence[FrequencyBand]) -> str:
    dots = f"{min(DOTS, len(words)):,} of {len(words):,} words are drawn as dots. " if len(words) > DOTS else ""
    above = int((words.second_order > _top(words, bands)).sum())
    sizes = sorted({band.words for band in bands})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    frequency = "the lower of its two counts" if _has_counts(words) else "its rank in the first space"
    return (
        f"{dots}The line is the median of {len(bands)} bands of {size} words, the stripe spans the 10th to 90th "
        f"percentile; {above:,} words lie above the frame. A word's frequency is {frequency}."
    )


def _figure(words: WordShifts, bands: Sequence[FrequencyBand]) -> Figure:
    has_counts = _has_counts(words)
    x = np.maximum(words.frequency if has_counts else words.ranks[:, 0], 1.0)
    middle = [max(float(np.sqrt(band.low * band.high)), 1.0) for band in bands]
    left, right = figures.spans([float(np.log10(x.min())), float(np.log10(x.max()))], 0.03)
    top = _top(words, bands)
    plot = figures.blank(
        height=HEIGHT,
        # Ranks run the other way: the frequent words are on the right in both.
        x_axis_type="log",
        x_range=figures.extent(10**left, 10**right) if has_counts else figures.extent(10**right, 10**left),
        y_range=figures.extent(min(0.0, float(words.second_order.min())), top),
    )
    plot.xaxis.axis_label = "times in the training text" if has_counts else "rank in the first space"
    plot.yaxis.axis_label = "second-order shift"
    plot.xaxis.ticker = FixedTicker(ticks=[10**tick for tick in range(int(np.ceil(left)), int(np.floor(right)) + 1)])
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
    rows = np.arange(len(words))
    if len(words) > DOTS:
        rows = np.sort(np.random.default_rng(0).choice(len(words), DOTS, replace=False))
    data = figures.source(
        {
            "x": x[rows].astype(np.float32),
            "y": words.second_order[rows],
            "tip": [_tip(words, int(row)) for row in rows],
        },
        tip=True,
    )
    dots = plot.scatter("x", "y", source=data, size=4, fill_alpha=0.35, line_color=None)
    figures.tinted(dots, fill_color="series-3")
    stripe = figures.source({"x": middle, "low": [b.lower for b in bands], "high": [b.upper for b in bands]})
    figures.tinted(plot.varea("x", "low", "high", source=stripe, fill_alpha=0.22), fill_color="series-1")
    line = figures.source({"x": middle, "y": [b.median for b in bands]})
    figures.tinted(plot.line("x", "y", source=line, line_width=2.5), line_color="series-1")
    figures.hover(plot, dots)
    description = (
        f"Second-order shift of {len(words):,} words against their frequency; the median of the bands goes from "
        f"{bands[0].median:.3g} (rarest) to {bands[-1].median:.3g}"
    )
    legend = (("a word", "series-3"), ("median, and 10th to 90th percentile", "series-1"))
    return Figure(plot, description, height=HEIGHT, legend=legend, heading="Second-order shift by frequency")


def _top(words: WordShifts, bands: Sequence[FrequencyBand]) -> float:
    """How high the figure goes: a few words that moved furthest would press all others to the bottom."""
    return max([float(np.percentile(words.second_order, 99.5)), *(band.upper for band in bands), 1e-6]) * 1.08


def _tip(words: WordShifts, row: int) -> str:
    frequency = words.frequency[row]
    frequency_note = "" if np.isnan(frequency) else f", {frequency:,.0f} times"
    overlap = f"{words.common[row]} of its {words.near_a.shape[1]} nearest kept"
    rank = f"rank {words.ranks[row, 0]:,}{frequency_note}"
    return f"{visible_word(words.labels[row])}\n{rank}\nshift {words.second_order[row]:.3g}, {overlap}"


def _has_counts(words: WordShifts) -> bool:
    return not bool(np.isnan(words.frequency).any())


SECTIONS = (
    SectionSpec(
        "shifts",
        of_comparison(shift_by_frequency, ()),
        of_comparison(section_finding, None),
        ("comparisons/*", "spaces/*"),
    ),
)
