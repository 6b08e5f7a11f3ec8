"""Intervals over word pairs for analogy accuracies and their differences; percentiles of what others draw.

A category of n pairs makes up to n(n - 1) questions, each of two pairs. They are not independent: one bad pair spoils
2(n - 1) of them. The aim is the accuracy over pairs that might have been chosen instead, so the error of the
mean is summed over all questions that share a pair, each two of them once (Fafchamps & Gubert 2007; Aronow, Samii &
Assenova 2015). Divided by the number of couples of questions that share none, and not by that of all couples, the sum
is unbiased in a small category too: the products of residuals of all couples sum to 0, so those that share a pair sum
to minus those that do not. It is never taken to be below the error of independent questions.

Pairs that share a word are not independent either: of 68 cities in 27 states 12 ask for Texas or tell of it. What hangs
together by shared words is one cluster, and questions that share a cluster go into the sum (Cameron, Gelbach & Miller
2011 for errors by several groupings). Clusters of sizes s count as (Σs)² / Σs² equal ones (Carter, Schnepel &
Steigerwald 2017): the 27 states as 12.

From error to interval: as many independent questions as would have this error, fewer by the squared ratio of the
normal's quantile to that of t with one degree of freedom less than there are clusters, go into Clopper & Pearson's
interval (Korn & Graubard 1998). Unlike m ± t · error it leans the right way near the ends of the scale. Differences,
-1, 0 or 1, are moved to the scale from 0 to 1 and back.

Where too little is seen to tell the error there is no interval: with fewer than `FEWEST` clusters, and where fewer than
`EVENTS` of them would be right, or wrong, if each were all right or all wrong. Twenty pairs of which 5 % are right may
lack the one pair in twenty that every question about gets right, and nothing among them says so.

A method that draws something at random, such as the words it learns from, has the mean outcome of several draws, and
the error that so many draws leave is added.

How often such an interval holds the truth is simulated by `python -m benchmarks.intervals`, whose docstring says of
which models.

References:
    Fafchamps & Gubert 2007, The formation of risk sharing networks. Journal of Development Economics 83(2).
    Aronow, Samii & Assenova 2015, Cluster-robust variance estimation for dyadic data. Political Analysis 23(4).
    Cameron, Gelbach & Miller 2011, Robust inference with multiway clustering. Journal of Business & Economic
        Statistics 29(2).
    Carter, Schnepel & Steigerwald 2017, Asymptotic behavior of a t-test robust to cluster heterogeneity. Review of
        Economics and Statistics 99(4).
    Korn & Graubard 1998, Confidence intervals for proportions with small expected number of positive counts
        estimated from survey data. Survey Methodology 24(2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

FEWEST = 12
"""Fewer clusters of word pairs than this have no interval."""
EVENTS = 3
"""Nor have those of which fewer than this would be right, or wrong, each as a whole."""

_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Interval:
    """A 95 % interval. Over what it is, such as word pairs or sentences, is in the docstring of what holds it."""

    low: float
    high: float


def percentiles(draws: np.ndarray) -> Interval | None:
    """The 2.5th and the 97.5th percentile of what was drawn; None of no draws."""
    if not len(draws):
        return None
    low, high = np.percentile(draws, _PERCENTILES)
    return Interval(float(low), float(high))


@dataclass(frozen=True, eq=False)
class PairedOutcomes:
    """The questions of one category and their outcomes.

    Attributes:
        example, query: (Q,) the two different pairs of each question, as numbers below `pairs`.
        pairs: how many word pairs the questions are made of.
        outcomes: (M, Q) right (1) or wrong (0) by each of M methods, or differences of two (-1, 0, 1); of several draws
            (S, M, Q), the same S times by a method that draws nothing.
        lowest: (M,) or one number for all: the least that an outcome can be, 0 or -1.
        clusters: (pairs,) the number of the cluster that each pair is in: pairs that hang together by shared words.
            None where no two of them share one.
    """

    example: np.ndarray
    query: np.ndarray
    pairs: int
    outcomes: np.ndarray
    lowest: np.ndarray | int = 0
    clusters: np.ndarray | None = None

    def __post_init__(self) -> None:
        count = len(self.example)
        if self.outcomes.ndim not in (2, 3) or not count == len(self.query) == self.outcomes.shape[-1]:
            raise ValueError(f"{count} and {len(self.query)} ends for outcomes of shape {self.outcomes.shape}")
        ends = np.concatenate([self.example, self.query])
        if count and not 0 <= ends.min() <= ends.max() < self.pairs:
            raise ValueError(f"a question's pair is not among the {self.pairs}")
        if (self.example == self.query).any():
            raise ValueError("a question needs two different pairs")

    @cached_property
    def independent_pairs(self) -> float:
        """As how many pairs without a common word those of the questions count."""
        if self.clusters is None:
            return float(self.pairs)
        sizes = np.bincount(self.clusters)
        return float(self.pairs**2 / (sizes**2).sum()) if self.pairs else 0.0

    @cached_property
    def moments(self) -> "_Moments":
        """Means and errors of the M methods on this category."""
        return _moments(self)


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval over word pairs.

    `interval` is None where there are too few pairs, or too few of them are right or wrong, to tell how much they
    differ: see `FEWEST` and `EVENTS`.
    """

    value: float
    interval: Interval | None
    questions: int
    pairs: int


@dataclass(frozen=True)
class Estimates:
    """M estimates by category, None where it has no question; over all questions (micro); and of the mean of the
    categories that have questions (macro). Both None where there is no question at all."""

    categories: tuple[tuple[Estimate, ...] | None, ...]
    micro: tuple[Estimate, ...] | None
    macro: tuple[Estimate, ...] | None


def estimate(categories: Sequence[PairedOutcomes]) -> Estimates:
    """Means and intervals of the same M methods on every category.

    Categories are fixed, and pairs a sample: micro and macro are of these categories with other pairs. In them
    a category that cannot tell its own error enters with the greatest that a mean can have.
    """
    answered = [category for category in categories if len(category.example)]
    if not answered:
        return Estimates(tuple(None for _ in categories), None, None)
    counts = np.array([len(category.example) for category in answered])
    return Estimates(
        categories=tuple(
            _combined([category], np.ones(1)) if len(category.example) else None for category in categories
        ),
        micro=_combined(answered, counts / counts.sum()),
        macro=_combined(answered, np.full(len(answered), 1 / len(answered))),
    )


@dataclass(frozen=True, eq=False)
class _Moments:
    """Of one category: (M,) means of the outcomes, and of their sizes, without the sign; the squared errors of means by
    shared pairs, as if questions were independent, and by draws; the lowest outcome; the degrees of freedom, and how
    many draws; whether the error is known, and if not it is the greatest there can be."""

    mean: np.ndarray
    size: np.ndarray
    shared: np.ndarray
    independent: np.ndarray
    drawn: np.ndarray
    lowest: np.ndarray
    freedom: float
    draws: int
    known: bool


def _moments(category: PairedOutcomes) -> _Moments:
    by_draw = category.outcomes.astype(np.float64).reshape(-1, *category.outcomes.shape[-2:])
    draws, methods, count = by_draw.shape
    outcomes = by_draw.mean(axis=0)
    mean = outcomes.mean(axis=1)
    rest = outcomes - mean[:, None]
    clusters = np.arange(category.pairs) if category.clusters is None else category.clusters
    one, other = clusters[category.example], clusters[category.query]
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    couples, couple = np.unique(low * np.int64(category.pairs) + high, return_inverse=True)
    ends = np.concatenate([one, other[apart]])
    by_cluster = _sums(np.concatenate([rest, rest[:, apart]], axis=1), ends, category.pairs)
    by_couple = _sums(rest[:, apart], couple, len(couples))
    # Two questions of the same two clusters share both, and are counted twice in the sum by clusters.
    products = (by_cluster**2).sum(axis=1) - (by_couple**2).sum(axis=1)
    sharing = int((np.bincount(ends) ** 2).sum() - (np.bincount(couple) ** 2).sum())
    lowest = np.broadcast_to(np.asarray(category.lowest, dtype=np.float64), (methods,))
    known = count**2 > sharing
    greatest = (1 - lowest) ** 2 / 4
    return _Moments(
        mean=mean,
        size=np.abs(outcomes).mean(axis=1),
        shared=products / (count**2 - sharing) if known else greatest,
        independent=(rest**2).sum(axis=1) / (count * (count - 1)) if known else greatest,
        drawn=by_draw.mean(axis=2).var(axis=0, ddof=1) / draws if draws > 1 else np.zeros(methods),
        lowest=lowest,
        draws=draws,
        freedom=max(min(category.independent_pairs, count) - 1, 1),
        known=known,
    )


def _sums(rows: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """(M, Q) → (M, count): each row summed by group."""
    shift = np.arange(len(rows))[:, None] * count
    return np.bincount((groups + shift).ravel(), rows.ravel(), len(rows) * count).reshape(len(rows), count)


def _combined(categories: Sequence[PairedOutcomes], weights: np.ndarray) -> tuple[Estimate, ...]:
    """The estimates of a weighted mean of categories; degrees of freedom by Satterthwaite."""
    moments = [category.moments for category in categories]
    mean = weights @ np.array([part.mean for part in moments])
    squared = weights[:, None] ** 2
    shared = squared * np.array([part.shared for part in moments])
    independent = squared * np.array([part.independent for part in moments])
    drawn = squared * np.array([part.drawn for part in moments])
    variance = np.maximum(shared.sum(axis=0), independent.sum(axis=0)) + drawn.sum(axis=0)
    parts = np.concatenate([np.maximum(shared, independent), drawn])
    freedom = np.array([[part.freedom] for part in moments] + [[max(part.draws - 1, 1)] for part in moments])
    total = (parts**2 / freedom).sum(axis=0)
    degrees = np.divide(parts.sum(axis=0) ** 2, total, out=np.full(len(mean), np.inf), where=total > 0)
    pairs = sum(category.pairs for category in categories)
    questions = sum(len(category.example) for category in categories)
    clusters = sum(category.independent_pairs for category in categories)
    low, high = bounds(mean, variance, degrees, moments[0].lowest, pairs)
    events = clusters * np.minimum(weights @ np.array([part.size for part in moments]), 1 - np.abs(mean))
    enough = (events >= EVENTS) & (clusters >= FEWEST) & any(part.known for part in moments)
    return tuple(
        Estimate(value, Interval(one, other) if tells else None, questions, pairs)
        for value, one, other, tells in zip(mean.tolist(), low.tolist(), high.tolist(), enough.tolist(), strict=True)
    )


def bounds(
    mean: np.ndarray, variance: np.ndarray, degrees: np.ndarray, lowest: np.ndarray, pairs: int
) -> tuple[np.ndarray, np.ndarray]:
    """(M,) lower and upper bounds of means between `lowest` and 1, by their squared errors and degrees of freedom.

    Args:
        pairs: what is independent, word pairs or points; of so many alike the bound is Clopper & Pearson's.
    """
    from scipy.special import betaincinv, ndtri, stdtrit

    tail = (100 - _PERCENTILES[1]) / 100
    unseen = 1 - tail ** (1 / pairs)
    low, high = mean - (mean - lowest) * unseen, mean + (1 - mean) * unseen
    measured = variance > 0
    span, t = (1 - lowest)[measured], stdtrit(degrees[measured], 1 - tail)
    right = np.clip((mean - lowest)[measured] / span, 0, 1)
    # At an end of the scale with an error all the same, some category is too small to tell its own.
    spread = np.where((right > 0) & (right < 1), right * (1 - right), 1 / 4)
    count = spread * span**2 / variance[measured] * (ndtri(1 - tail) / t) ** 2
    hits, misses = count * right, count * (1 - right)
    low[measured] = lowest[measured] + span * np.where(hits > 0, betaincinv(hits, misses + 1, tail), 0)
    high[measured] = lowest[measured] + span * np.where(misses > 0, betaincinv(hits + 1, misses, 1 - tail), 1)
    return low, high
