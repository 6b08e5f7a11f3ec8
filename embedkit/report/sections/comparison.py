"""Two spaces side by side in a reader's words: how alike they are, and which words moved."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

from embedkit.analysis.comparison.shifts import WordShifts
from embedkit.analysis.comparison.two_spaces import Comparison, Figures, Side
from embedkit.numerals import MISSING, ends, percent, shortened, signed
from embedkit.report.comparison import ComparisonMaterial
from embedkit.report.material import Material
from embedkit.report.parts import Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec

MOVED = 25
STAYED = 10
NEAR = 6
LONGEST = 60
"""Characters of a word in a row, a list or a sentence; the rest is cut off."""

T = TypeVar("T")


def of_comparison(function: Callable[[ComparisonMaterial], T], missing: T) -> Callable[[Material], T]:
    """A function of a comparison's material as one of a report's: `missing` where a report compares no spaces."""
    return lambda material: missing if material.comparison is None else function(material.comparison)


def alike(material: ComparisonMaterial) -> Sequence[Part]:
    """How alike the two spaces are: what the figures say, and all of them with intervals and chance."""
    figures = material.comparison.figures
    one, other = material.names
    yardstick = (
        "Two trainings of the same model that differ only in their seed are not the same space either. Before you "
        "attribute a difference to corpus or method, compare two seeds as a yardstick."
    )
    return (
        *(Paragraph(sentence) for sentence in findings(material.comparison, one, other)[1:]),
        _table(figures),
        Paragraph(yardstick),
        Paragraph(measured(figures), quiet=True),
    )


def headlines(material: ComparisonMaterial) -> Iterable[Headline]:
    """How alike the spaces are by each measure."""
    figures = material.comparison.figures
    held_out, distances = figures.alignment.held_out, figures.distances
    correlation = MISSING if distances.correlation is None else f"{distances.correlation:.2f}"
    shares = " and ".join(covered(side, figures) for side in _sides(figures))
    chance = f"shuffled labels {figures.neighbors_chance:.4f}"
    aligned = f"held-out words; shuffled labels {figures.alignment.shuffled_held_out:.2f}"
    pairs = f"{distances.pairs:,} pairs of words"
    return (
        Headline(f"{figures.shared:,}", "shared words", shares),
        Headline(
            f"{figures.neighbors.value:.3f}",
            "neighbourhood overlap",
            f"95 % {ends(figures.neighbors.interval)}; {chance}",
        ),
        Headline(f"{held_out.value:.2f}", "cosine after alignment", f"95 % {ends(held_out.interval)}, {aligned}"),
        Headline(
            f"{figures.cka.debiased:.2f}", "linear CKA, debiased", f"95 % {ends(figures.cka.interval)}; unrelated 0"
        ),
        Headline(correlation, "rank correlation of distances", f"95 % {ends(distances.interval)}; {pairs}"),
    )


def findings(comparison: Comparison, one: str, other: str) -> list[str]:
    """What the figures say, a sentence each."""
    figures, alignment = comparison.figures, comparison.figures.alignment
    overlap, chance = float(comparison.words.common.mean()), figures.k**2 / (figures.shared - 1)
    sentences = [
        f"Of a word's {figures.k} nearest, {overlap:.1f} are the same in {one} and in {other}, on average; with "
        f"shuffled labels it would be {chance:.2f}."
    ]
    gap = alignment.fitted - alignment.held_out.value
    if alignment.held_out.interval and alignment.held_out.interval.low <= max(0.0, alignment.shuffled_held_out):
        # An interval that holds chance does not show that there is nothing to find.
        sentences.append(
            "No rotation was shown to turn the one into the other: after the best one a held-out word's two "
            f"vectors have a mean cosine of {signed(alignment.held_out.value, 2)} (95 %: "
            f"{signed(alignment.held_out.interval.low, 2)} to {signed(alignment.held_out.interval.high, 2)}); with "
            f"shuffled labels it is {signed(alignment.shuffled_held_out, 2)}."
        )
    else:
        flattered = f", which is too good by {gap:.2f}" if gap >= 0.005 else ""
        sentences.append(
            f"After the best rotation a held-out word's two vectors have a mean cosine of "
            f"{alignment.held_out.value:.2f}; for the words it was fitted on, {alignment.fitted:.2f}{flattered}."
        )
    return sentences


def overlap_finding(material: ComparisonMaterial) -> str:
    """How many of a word's nearest are the same in both."""
    return findings(material.comparison, *material.names)[0]


def moved_finding(material: ComparisonMaterial) -> str | None:
    """Which word moved most of those that are frequent enough, and which least."""
    words, floor = material.comparison.words, material.floor
    if not words.eligible(floor).any():
        return None
    most, least = (int(rows[0]) for rows in (words.moved_most(1, floor=floor), words.moved_least(1, floor=floor)))
    first, last = (
        f"“{visible_word(words.labels[row])}” (second order {words.second_order[row]:.4f})" for row in (most, least)
    )
    eligible = int(words.eligible(floor).sum())
    return f"Relative to their neighbours {first} moved most and {last} least, of {eligible:,} words."


def covered(side: Side, figures: Figures) -> str:
    """ "93.4 % of 7,508 of demo/input" """
    return f"{percent(figures.shared / side.considered)} of the {side.considered:,} of {side.name}"


def measured(figures: Figures) -> str:
    """What the figures are over, and how they were made."""
    distances = figures.distances
    cut = any(side.considered < side.words for side in _sides(figures))
    first = "" if not cut else f" The first {figures.restrict or 0:,} words of each space were compared."
    pairs = "all" if distances.all_pairs else "random"
    sizes = dict.fromkeys(side.dimensions for side in _sides(figures))
    widths = "as both spaces have" if len(sizes) == 1 else f"the spaces have {' and '.join(f'{d:,}' for d in sizes)}"
    return (
        f"Words are the same where their labels are, letter for letter.{first} Neighbours are by cosine, among the "
        "shared words. Before the alignment unit vectors are centred on their mean and brought to length one again; "
        f"the rotation is of {figures.alignment.dimensions:,} dimensions ({widths}), and held-out "
        f"words, one part in {figures.alignment.folds}, are judged by the rotation that the other parts gave. "
        f"Distances are compared over {pairs} {distances.pairs:,} pairs. Intervals are 95 %, over words "
        f"({figures.resamples:,} resamples; CKA by jackknife); they do not cover another training. Seed {figures.seed}."
    )


def _table(figures: Figures) -> Table:
    alignment, cka, distances = figures.alignment, figures.cka, figures.distances
    held_out = alignment.held_out
    rows = (
        (
            "Neighbourhood overlap",
            f"mean Jaccard index of a word's {figures.k} nearest in the two spaces",
            f"{figures.neighbors.value:.3f}",
            ends(figures.neighbors.interval),
            f"{figures.neighbors_chance:.4f}",
        ),
        (
            "Second-order shift",
            "1 − cosine of a word's similarities to its neighbours, in the one space and in the other; 0 has not moved",
            f"{figures.second_order.value:.4f}",
            ends(figures.second_order.interval, 4),
            MISSING,
        ),
        (
            "Cosine after alignment, held out",
            "for words that the rotation was not fitted on",
            f"{held_out.value:.3f}",
            ends(held_out.interval),
            f"{alignment.shuffled_held_out:.3f}",
        ),
        (
            "Cosine after alignment, fitted",
            "for the words it was fitted on: too good, since it has many parameters",
            f"{alignment.fitted:.3f}",
            MISSING,
            f"{alignment.shuffled_fitted:.3f}",
        ),
        (
            "Linear CKA, debiased",
            "agreement on which words are similar, whatever the rotation; 1 is the same",
            f"{cka.debiased:.3f}",
            ends(cka.interval),
            "0",
        ),
        ("Linear CKA, plain", "above 0 even where nothing agrees", f"{cka.plain:.3f}", MISSING, f"{cka.shuffled:.3f}"),
        (
            "Rank correlation of distances",
            "Spearman’s, over pairs of words: do far pairs stay far?",
            MISSING if distances.correlation is None else f"{distances.correlation:.3f}",
            ends(distances.interval),
            "0",
        ),
    )
    caption = f"Over {figures.shared:,} shared words"
    columns = ("Measure", "Value", "95 % interval", "Shuffled labels", "What it is")
    return Table(columns, tuple((name, *values, what) for name, what, *values in rows), caption, prose=frozenset({4}))


def moved(material: ComparisonMaterial) -> Sequence[Part]:
    """The words that moved most, and those that moved least, with their neighbours in both spaces."""
    words, floor = material.comparison.words, material.floor
    eligible = int(words.eligible(floor).sum())
    if not eligible:
        reason = f"None of the {len(words):,} shared words occurs {floor:,} times or more in {_texts(words)}."
        return (Paragraph(f"{reason} Rarer words always move; --floor lowers the bar."),)
    most, least = words.moved_most(MOVED, floor=floor), words.moved_least(STAYED, floor=floor)
    scope = _looked_at(words, floor, eligible)
    note = (
        f"{scope} “Kept” counts a word's nearest neighbours that are the same in both. “Shift” is 1 − its cosine after "
        "the alignment: a word that moves together with all its neighbours shifts. “Second order” measures whether it "
        "moved relative to them, and orders the table (Hamilton, Leskovec & Jurafsky 2016). Frequent words without a "
        "neighbourhood of their own, and rare ones, move by chance: compare two seeds before believing a single word."
    )
    return (
        _words_table(material, most, "Moved most, relative to their neighbours"),
        _words_table(material, least, "Moved least"),
        Paragraph(note, quiet=True),
    )


def _looked_at(words: WordShifts, floor: int, eligible: int) -> str:
    if floor <= 0:
        return f"Of all {eligible:,} shared words."
    if np.isnan(words.frequency).all():
        return f"The first {eligible:,} of {len(words):,} shared words; how often they occur in a text is not known."
    return f"The {eligible:,} of {len(words):,} shared words that occur {floor:,} times or more in {_texts(words)}."


def _texts(words: WordShifts) -> str:
    """Where words were counted: an embedding file says nothing of its text."""
    if np.isnan(words.counts).all(axis=0).any():
        return "the one training text whose counts are known"
    return "both training texts"


def _words_table(material: ComparisonMaterial, rows: np.ndarray, heading: str) -> Table:
    words, (one, other) = material.comparison.words, material.names
    k, common = words.near_a.shape[1], words.common
    lines = []
    for row in rows:
        neighbors = [", ".join(visible_word(word) for word in each) for each in words.nearest(int(row), NEAR)]
        counts = [MISSING if np.isnan(count) else f"{count:,.0f}" for count in words.counts[row]]
        lines.append(
            (
                visible_word(words.labels[row]),
                " / ".join(dict.fromkeys(counts)),
                f"{common[row]} of {k}",
                f"{words.shift[row]:.2f}",
                f"{words.second_order[row]:.4f}",
                *neighbors,
            )
        )
    columns = ("Word", "Count", "Kept", "Shift", "Second order", f"Nearest in {one}", f"Nearest in {other}")
    return Table(columns, tuple(lines), heading=heading, prose=frozenset({5, 6}))


def visible_word(word: str) -> str:
    """A token that can be seen, as far as it has room in a row: white space, which has no shape of its own, is given
    one."""
    if not word:
        return "(empty)"
    visible = shortened(word.replace("\n", "↵").replace("\t", "⇥"), LONGEST)
    return visible if visible.strip() else "␣" * len(visible)


def _sides(figures: Figures) -> tuple[Side, Side]:
    return figures.a, figures.b


SECTIONS = (
    SectionSpec(
        "comparison",
        of_comparison(alike, ()),
        of_comparison(overlap_finding, None),
        ("comparisons/*",),
        of_comparison(headlines, ()),
    ),
    SectionSpec("moved", of_comparison(moved, ()), of_comparison(moved_finding, None), ("comparisons/*", "spaces/*")),
)
