"""Two spaces side by side, over the words that both have: how alike they are, and which words moved.

Words are the same where their labels are, letter for letter. The shared words stand in the order of the first space,
and all measures are over them alone: a word's neighbours too. Rotating a space changes none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.alignment import Alignment, align, centred
from embedkit.analysis.cka import Cka, cka
from embedkit.analysis.displacement import chance_jaccard, jaccards, second_order_shifts
from embedkit.analysis.distances import DistanceAgreement, agree_on_distances
from embedkit.analysis.neighbors import neighbor_table, restricted
from embedkit.analysis.wordwise import WordMean, word_mean
from embedkit.errors import UsageError
from embedkit.spaces.space import EmbeddingSpace

FEWEST = 20
"""Shared words below which nothing is compared."""
FLOOR = 50
"""Words that stand less often than this in a training text are left out of the tables of moved words: they always
move."""


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
class WordShifts:
    """What happened to each of N shared words, in the order of the first space.

    Attributes:
        ranks: (N, 2) places in the two spaces, from 1.
        counts: (N, 2) how often each stands in the text of either space, NaN where that is not known.
        jaccard: (N,) of its k nearest in both.
        shift: (N,) 1 − its cosine after the alignment.
        second_order: (N,) its second-order shift, by which words that moved are ranked.
        near_a, near_b: (N, k) numbers of its nearest among these words, nearest first.

    Raises:
        ValueError: the shapes disagree.
    """

    labels: tuple[str, ...]
    ranks: np.ndarray
    counts: np.ndarray
    jaccard: np.ndarray
    shift: np.ndarray
    second_order: np.ndarray
    near_a: np.ndarray
    near_b: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.labels)
        shapes = {name: getattr(self, name).shape for name in self.__dataclass_fields__ if name != "labels"}
        for name, shape in shapes.items():
            if shape[:1] != (count,):
                raise ValueError(f"{name} of shape {shape} for {count} words")
        if self.near_a.shape != self.near_b.shape or self.counts.shape != (count, 2) or self.ranks.shape != (count, 2):
            raise ValueError(f"shapes disagree: {shapes}")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def frequency(self) -> np.ndarray:
        """(N,) the lower of a word's two counts, or the one that is known, or NaN."""
        return np.fmin(self.counts[:, 0], self.counts[:, 1])

    def eligible(self, floor: int = FLOOR) -> np.ndarray:
        """(N,) whether a word is frequent enough to speak of: `floor` times in both texts; where no count is known,
        whether it is in the first half of the shared words. With a floor of 0 every word is."""
        if floor <= 0:
            return np.ones(len(self), dtype=bool)
        frequency = self.frequency
        if np.isnan(frequency).all():
            return np.arange(len(self)) < max(1, len(self) // 2)
        return np.nan_to_num(frequency, nan=0.0) >= floor

    def moved_most(self, most: int = 15, *, floor: int = FLOOR) -> np.ndarray:
        """Numbers of the words whose second-order shift is largest, among those that are frequent enough."""
        return self._ranked(-self.second_order, most, floor)

    def moved_least(self, most: int = 15, *, floor: int = FLOOR) -> np.ndarray:
        return self._ranked(self.second_order, most, floor)

    def _ranked(self, key: np.ndarray, most: int, floor: int) -> np.ndarray:
        rows = np.flatnonzero(self.eligible(floor))
        return rows[np.argsort(key[rows], kind="stable")][:most]

    def nearest(self, row: int, most: int | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A word's nearest in the first space and in the second."""
        near = (each[row][:most] for each in (self.near_a, self.near_b))
        first, second = (tuple(self.labels[i] for i in each) for each in near)
        return first, second

    def index_of(self, label: str) -> int | None:
        """The number of a word, or None where it is not shared."""
        return self.labels.index(label) if label in self.labels else None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two spaces compared: figures over all shared words, and each word's own."""

    figures: Figures
    words: WordShifts


@dataclass(frozen=True, eq=False)
class Shared:
    """The words of two spaces that both have, as two spaces of the same labels in the order of the first; and (N, 2)
    their places in the two, from 0."""

    a: EmbeddingSpace
    b: EmbeddingSpace
    rows: np.ndarray


def share(a: EmbeddingSpace, b: EmbeddingSpace, restrict: int | None = None) -> Shared:
    """What two spaces have in common, of the first `restrict` words of each.

    Raises:
        UsageError: restrict is below 1, or no word is shared.
    """
    first, second = restricted(a, restrict), restricted(b, restrict)
    pairs = [
        (row, other)
        for row, label in enumerate(a.labels[:first])
        if (other := b.index_of(label)) is not None and other < second
    ]
    if not pairs:
        shown = ", ".join(repr(space.labels[0]) for space in (a, b) if len(space))
        raise UsageError(
            f"{a.name} and {b.name} share no word (their first are {shown}); labels have to be the same, case too"
        )
    rows = np.array(pairs, dtype=np.int64)
    return Shared(a.take(rows[:, 0]), b.take(rows[:, 1]), rows)


def compare(
    a: EmbeddingSpace,
    b: EmbeddingSpace,
    *,
    k: int = 10,
    restrict: int | None = None,
    resamples: int = 1000,
    seed: int = 0,
    on_step: Callable[[str], None] | None = None,
) -> Comparison:
    """Compare two spaces over the words that both have.

    Args:
        k: neighbours of a word.
        restrict: look at the first so many words of each space only; None for all.
        resamples: bootstrap draws for the intervals over words.
        seed: of folds, shuffles, pairs and draws.
        on_step: called with what is done next, in a few words.

    Raises:
        UsageError: k, restrict or resamples is too small, the spaces share no word, or too few for k neighbours.
    """
    if k < 1:
        raise UsageError(f"k is {k}; compare at least one neighbour")
    if resamples < 100:
        raise UsageError(f"{resamples} resamples: an interval of 95 % needs 100 or more")
    shared = share(a, b, restrict)
    count = len(shared.a)
    fewest = max(FEWEST, 2 * k + 1)
    if count < fewest:
        shares = f"{a.name} and {b.name} share {count} word{'s' if count > 1 else ''}"
        raise UsageError(f"{shares}; to compare {k} neighbours there have to be {fewest} or more")
    say = on_step or (lambda _text: None)
    say(f"neighbours of {count:,} shared words")
    every = np.arange(count)
    near_a, near_b = (neighbor_table(space, every, k=k)[0] for space in (shared.a, shared.b))
    say("who moved")
    unit_a, unit_b = shared.a.unit, shared.b.unit
    overlap = jaccards(near_a, near_b)
    second_order = second_order_shifts(centred(unit_a), centred(unit_b), near_a, near_b)
    say("alignment, CKA and distances")
    alignment, cosines = align(unit_a, unit_b, resamples=resamples, seed=seed)
    words = WordShifts(
        labels=shared.a.labels,
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
