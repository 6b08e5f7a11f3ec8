"""Word similarity: does a space rank pairs of words as people do?

Spearman's ρ between the cosine of two words and the mean of what people said of them, with average ranks for ties. Its
interval is a bootstrap over word pairs, which takes pairs to be independent though some share a word; it says how much
hangs on which pairs were asked, not on the people, the seed or the corpus.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.analogies.score_sheet import no_headline
from embedkit.analysis.correlation import weighted_correlation
from embedkit.analysis.intervals import Interval, percentiles
from embedkit.analysis.neighbors import restricted
from embedkit.analysis.scored_pairs import SimilaritySet
from embedkit.spaces.space import EmbeddingSpace
from embedkit.text.words import mostly_lowercase

FEWEST = 3
"""With fewer covered pairs there is no ρ."""

_CELLS = 4_000_000  # draws times pairs held at a time: some 100 MB in all


@dataclass(frozen=True)
class Correlation:
    """Spearman's ρ over `pairs` word pairs, with its 95 % interval.

    `interval` is None where the draws do not differ, as with a perfect order: then they say nothing of its error.
    """

    rho: float
    interval: Interval | None
    pairs: int


@dataclass(frozen=True)
class SimilarityScore:
    """One space on one word-similarity set.

    Attributes:
        restrict: how many of the most frequent words are looked at; None for all.
        vocabulary: words of the space after restriction.
        lowercase: the pairs were lower-cased before they were looked up.
        covered: pairs of `total` whose two words the space has.
        correlation: over the covered pairs; None with fewer than three, or where all cosines or all scores are equal.
        strict: over all pairs, an uncovered one with the mean cosine of the covered ones: knowing fewer words costs.
    """

    space: str
    questions: str
    restrict: int | None
    vocabulary: int
    lowercase: bool
    covered: int
    total: int
    correlation: Correlation | None
    strict: Correlation | None
    resamples: int
    seed: int

    @property
    def coverage(self) -> float:
        """The share of the pairs that are covered."""
        return self.covered / self.total

    @property
    def headline(self) -> Correlation | None:
        """ρ over the covered pairs; None where too few are covered, which `no_headline` explains."""
        return None if self.no_headline else self.correlation

    @property
    def no_headline(self) -> str:
        """Why there is no headline; empty where there is one."""
        return _why_not(self.covered, self.total, self.correlation is not None)


@dataclass(frozen=True)
class SimilarityDifference:
    """ρ of `one` less ρ of `other`, on the `covered` pairs of `total` that both spaces have.

    Attributes:
        rhos: of `one` and of `other` on these pairs; None as in `SimilarityScore.correlation`.
        difference: with its 95 % interval by a bootstrap that draws the same pairs for both.
    """

    one: str
    other: str
    questions: str
    covered: int
    total: int
    rhos: tuple[float, float] | None
    difference: float | None
    interval: Interval | None
    resamples: int
    seed: int

    @property
    def coverage(self) -> float:
        """The share of the pairs that are covered."""
        return self.covered / self.total

    @property
    def no_headline(self) -> str:
        """Why there is no headline; empty where there is one."""
        return _why_not(self.covered, self.total, self.difference is not None)


def score_similarity(
    space: EmbeddingSpace,
    questions: SimilaritySet,
    *,
    restrict: int | None = None,
    lowercase: bool | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> SimilarityScore:
    """Spearman's ρ between the cosines of a space and what people said, on the pairs that it covers and on all.

    Args:
        restrict: only the first `restrict` words of the space count as its own; None for all.
        lowercase: lower-case the pairs first. By default so where fewer than one label in a hundred holds a capital.
            Labels are taken as they are.
        resamples: bootstrap draws over word pairs for the 95 % intervals.

    Raises:
        UsageError: restrict is below 1.
    """
    covered = _PairCosines.of(space, questions, restrict, lowercase)
    human = np.array([pair.score for pair in questions.pairs])
    filled = np.full(len(questions), covered.cosines.mean() if covered.mask.any() else 0.0)
    filled[covered.mask] = covered.cosines
    enough = int(covered.mask.sum()) >= FEWEST
    return SimilarityScore(
        space=space.name,
        questions=questions.name,
        restrict=restrict,
        vocabulary=covered.vocabulary,
        lowercase=covered.lowercase,
        covered=int(covered.mask.sum()),
        total=len(questions),
        correlation=_correlation(covered.cosines, human[covered.mask], resamples, seed) if enough else None,
        strict=_correlation(filled, human, resamples, seed) if enough else None,
        resamples=resamples,
        seed=seed,
    )


def compare_similarity(
    a: EmbeddingSpace,
    b: EmbeddingSpace,
    questions: SimilaritySet,
    *,
    restrict: int | None = None,
    lowercase: bool | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> SimilarityDifference:
    """ρ of `a` less ρ of `b` on the pairs that both cover, with a paired bootstrap over them.

    Raises:
        UsageError: restrict is below 1.
    """
    one, other = (_PairCosines.of(space, questions, restrict, lowercase) for space in (a, b))
    both = one.mask & other.mask
    human = np.array([pair.score for pair in questions.pairs])[both]
    columns = [human, one.cosines[both[one.mask]], other.cosines[both[other.mask]]]
    rhos = _spearman(columns, np.ones((1, len(human))))[0] if len(human) >= FEWEST else np.full(2, np.nan)
    defined = bool(np.isfinite(rhos).all())
    draws = _draws(columns, resamples, seed) if defined else np.empty((0, 2))
    return SimilarityDifference(
        one=a.name,
        other=b.name,
        questions=questions.name,
        covered=int(both.sum()),
        total=len(questions),
        rhos=(float(rhos[0]), float(rhos[1])) if defined else None,
        difference=float(rhos[0] - rhos[1]) if defined else None,
        interval=_interval(draws[:, 0] - draws[:, 1]),
        resamples=resamples,
        seed=seed,
    )


@dataclass(frozen=True, eq=False)
class _PairCosines:
    """Which of the T pairs a space covers, (T,) bool, and the cosines (C,) of the covered ones, in their order."""

    mask: np.ndarray
    cosines: np.ndarray
    vocabulary: int
    lowercase: bool

    @classmethod
    def of(
        cls, space: EmbeddingSpace, questions: SimilaritySet, restrict: int | None, lowercase: bool | None
    ) -> "_PairCosines":
        among = restricted(space, restrict)
        if lowercase is None:
            lowercase = mostly_lowercase(space.labels[:among])

        def row(word: str) -> int:
            place = space.index_of(word.lower() if lowercase else word)
            return place if place is not None and place < among else -1

        rows = np.array([(row(pair.first), row(pair.second)) for pair in questions.pairs])
        mask = np.asarray((rows >= 0).all(axis=1))
        first, second = (space.unit_rows(rows[mask, side]).astype(np.float64) for side in (0, 1))
        # Unit vectors in float32 put equal angles apart by some 1e-7; rounded, they are the ties that they are.
        cosines = np.round((first * second).sum(axis=1), 6)
        return cls(mask, cosines, among, lowercase)


def _correlation(cosines: np.ndarray, human: np.ndarray, resamples: int, seed: int) -> Correlation | None:
    """ρ of (n,) cosines and (n,) scores; None where either are all equal."""
    columns = [human, cosines]
    rho = float(_spearman(columns, np.ones((1, len(human))))[0, 0])
    if math.isnan(rho):
        return None
    return Correlation(rho, _interval(_draws(columns, resamples, seed)[:, 0]), len(human))


def _draws(columns: Sequence[np.ndarray], resamples: int, seed: int) -> np.ndarray:
    """(resamples, len(columns) - 1) ρ between the first column and the others, pairs drawn with replacement."""
    rng = np.random.default_rng(seed)
    n = len(columns[0])
    block = max(1, _CELLS // n)
    counts = (
        rng.multinomial(n, np.full(n, 1 / n), size=min(block, resamples - done)) for done in range(0, resamples, block)
    )
    rhos = [_spearman(columns, weights.astype(np.float64)) for weights in counts]
    return np.concatenate(rhos) if rhos else np.empty((0, len(columns) - 1))


def _spearman(columns: Sequence[np.ndarray], counts: np.ndarray) -> np.ndarray:
    """(R, n) how often each pair was drawn → (R, len(columns) - 1) ρ between the first column and the others.

    ρ is Pearson's correlation of average ranks. NaN where all that was drawn of a column is equal.
    """
    first, *others = (_ranks(column, counts) for column in columns)
    return np.stack([weighted_correlation(first, ranks, counts) for ranks in others], axis=1)


def _ranks(column: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(n,) values and (R, n) counts → (R, n) average ranks among what was drawn.

    A value's average rank is the number of smaller ones, and half of one more than are equal to it, itself counted.
    """
    order = np.argsort(column, kind="stable")
    values = column[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    equal = np.add.reduceat(counts[:, order], starts, axis=1)
    smaller = np.cumsum(equal, axis=1) - equal
    ranks = smaller + (equal + 1) / 2
    place = np.empty(len(column), dtype=np.int64)
    place[order] = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(values)]))
    return ranks[:, place]


def _interval(draws: np.ndarray) -> Interval | None:
    """The 95 % interval of the draws that are finite; None where there are none or they do not differ."""
    finite = draws[np.isfinite(draws)]
    return percentiles(finite) if len(finite) and np.ptp(finite) > 1e-9 else None


def _why_not(covered: int, total: int, defined: bool) -> str:
    """Why there is no headline; empty where there is one. `defined`: whether ρ could be computed."""
    if covered < FEWEST:
        return f"No headline: {covered} of {total:,} word pairs are covered, and fewer than {FEWEST} have no order."
    if not defined:
        return "No headline: all cosines or all scores are equal, so there is no order to compare."
    return no_headline(covered, total, "word pairs")
