"""Two spaces side by side, over the words that both have: how alike they are, and which words moved.

Words are the same where their labels are (see `pairing`). The shared words stand in the order of the first space, and
all measures are over them alone: a word's neighbours too. Rotating a space changes none of them.
"""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.comparison.alignment import Alignment, align, centred
from embedkit.analysis.comparison.cka import Cka, cka
from embedkit.analysis.comparison.displacement import second_order_shifts
from embedkit.analysis.comparison.distances import DistanceAgreement, agree_on_distances
from embedkit.analysis.comparison.pairing import shared_rows
from embedkit.analysis.comparison.shifts import WordShifts
from embedkit.analysis.comparison.wordwise import WordMean, word_mean
from embedkit.analysis.neighbors import neighbor_table, restricted
from embedkit.analysis.overlap import chance_jaccard, jaccards
from embedkit.errors import SpaceError, UsageError
from embedkit.numerals import counted
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace

FEWEST = 15
"""Shared words below which nothing is compared."""


@dataclass(frozen=True)
class Side:
    """One of two spaces: how many words it has, how many of them were looked at, and its dimensions."""

    name: str
    words: int
    considered: int
    dimensions: int


@dataclass(frozen=True)
class Figures:
    """How alike two spaces are.

    Attributes:
        shared: words that both have among those that were looked at.
        k: neighbours of a word.
        neighbors: mean Jaccard index of a word's k nearest in the one space and in the other.
        neighbors_chance: the same with shuffled labels.
        second_order: mean second-order shift; see `displacement`.
        restrict: the first so many words of each space were looked at; None for all.
    """

    a: Side
    b: Side
    shared: int
    k: int
    alignment: Alignment
    neighbors: WordMean
    neighbors_chance: float
    second_order: WordMean
    cka: Cka
    distances: DistanceAgreement
    restrict: int | None
    resamples: int
    seed: int


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two spaces compared: figures over all shared words, and each word's own."""

    figures: Figures
    words: WordShifts


@dataclass(frozen=True, eq=False)
class SharedWords:
    """The N words that two spaces both have.

    Attributes:
        a, b: the two spaces of these words alone, in the order of the first.
        rows: (N, 2) their places in the two whole spaces, from 0.
    """

    a: EmbeddingSpace
    b: EmbeddingSpace
    rows: np.ndarray


def shared_words(a: EmbeddingSpace, b: EmbeddingSpace, restrict: int | None = None) -> SharedWords:
    """The words that two spaces have in common, of the first `restrict` words of each.

    Raises:
        UsageError: restrict is below 1, or no word is shared.
    """
    rows = shared_rows((a, b), restrict)
    if not len(rows):
        firsts = ", ".join(repr(space.labels[0]) for space in (a, b) if len(space))
        raise UsageError(
            f"{a.name} and {b.name} share no word (their first are {firsts}); labels have to be the same, case too"
        )
    return SharedWords(a.take(rows[:, 0]), b.take(rows[:, 1]), rows)


def compare(
    a: EmbeddingSpace,
    b: EmbeddingSpace,
    *,
    k: int = 10,
    restrict: int | None = None,
    resamples: int = 1000,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Comparison:
    """Compare two spaces over the words that both have.

    Args:
        k: neighbours of a word.
        restrict: look at the first so many words of each space only; None for all.
        resamples: bootstrap draws for the intervals over words.
        seed: of folds, shuffles, pairs and draws.
        progress: called with what is done next, in a few words.

    Raises:
        UsageError: k, restrict or resamples is too small, the spaces share no word, or too few for k neighbours.
        SpaceError: the shared words of a space all point the same way.
    """
    if k < 1:
        raise UsageError(f"k is {k}; compare at least one neighbour")
    if resamples < 100:
        raise UsageError(f"{resamples} resamples: an interval of 95 % needs 100 or more")
    shared = shared_words(a, b, restrict)
    count = len(shared.a)
    fewest = max(FEWEST, 2 * k + 1)
    if count < fewest:
        few = f"{a.name} and {b.name} share {counted(count, 'word')}"
        raise UsageError(f"{few}; to compare the {k} nearest of each there have to be {fewest} or more")
    for space in (shared.a, shared.b):
        if not centred(space.unit).any():
            raise SpaceError(f"{space.name}: all {count} shared words point the same way; there is nothing to compare")
    progress(None, f"neighbours of {count:,} shared words")
    every = np.arange(count)
    near_a, near_b = (neighbor_table(space, every, k=k)[0] for space in (shared.a, shared.b))
    progress(None, "who moved")
    unit_a, unit_b = shared.a.unit, shared.b.unit
    overlap = jaccards(near_a, near_b)
    second_order = second_order_shifts(centred(unit_a), centred(unit_b), near_a, near_b)
    progress(None, "alignment, CKA and distances")
    alignment, cosines = align(unit_a, unit_b, resamples=resamples, seed=seed)
    words = WordShifts(
        labels=tuple(shared.a.labels),
        ranks=shared.rows + 1,
        counts=np.column_stack([_counts(shared.a), _counts(shared.b)]),
        jaccard=overlap.astype(np.float32),
        shift=(1 - cosines).astype(np.float32),
        second_order=second_order.astype(np.float32),
        near_a=near_a,
        near_b=near_b,
    )
    figures = Figures(
        a=Side(a.name, len(a), restricted(a, restrict), a.dimensions),
        b=Side(b.name, len(b), restricted(b, restrict), b.dimensions),
        shared=count,
        k=k,
        alignment=alignment,
        neighbors=word_mean(overlap, resamples=resamples, seed=seed),
        neighbors_chance=chance_jaccard(count, k),
        second_order=word_mean(second_order, resamples=resamples, seed=seed),
        cka=cka(unit_a, unit_b, seed=seed),
        distances=agree_on_distances(unit_a, unit_b, resamples=resamples, seed=seed),
        restrict=restrict,
        resamples=resamples,
        seed=seed,
    )
    return Comparison(figures, words)


def _counts(space: EmbeddingSpace) -> np.ndarray:
    """(N,) the column "count", NaN where there is none."""
    counts = space.columns.get("count")
    return np.full(len(space), np.nan) if counts is None else np.asarray(counts, dtype=np.float64)
