"""Intervals for analogy accuracies by a bootstrap over word pairs.

A category of n pairs makes n(n - 1) questions, each of two pairs. They are not independent: one bad pair spoils
2(n - 1) of them. So pairs are drawn again with replacement, not questions, and a question counts as often as the
product of how often its two pairs were drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class Interval:
    """A 95 % interval; what it is over is said where it is made."""

    low: float
    high: float


def percentiles(draws: np.ndarray) -> Interval | None:
    """The 2.5th and the 97.5th percentile of what was drawn; None of no draws."""
    if not len(draws):
        return None
    low, high = np.percentile(draws, _PERCENTILES)
    return Interval(float(low), float(high))


@dataclass(frozen=True, eq=False)
class PairedQuestions:
    """The covered questions of a category: (Q, 2) numbers of their two pairs, of `pairs` in all, and (Q,) right or
    wrong."""

    ends: np.ndarray
    pairs: int
    right: np.ndarray


def intervals(
    categories: Sequence[PairedQuestions], *, resamples: int, seed: int
) -> tuple[list[Interval | None], Interval | None]:
    """The interval of each category's accuracy, and of all questions together.

    The micro average draws anew in every category at once. A draw in which no question is left (all of it one
    pair) is not counted. None with fewer than two pairs covered, or no resamples.
    """
    rng = np.random.default_rng(seed)
    each = []
    right, asked = np.zeros(resamples), np.zeros(resamples)
    for category in categories:
        category_right, category_asked = _resample(category, resamples, rng)
        each.append(_interval(category_right, category_asked) if category.pairs >= 2 else None)
        right += category_right
        asked += category_asked
    several = sum(category.pairs for category in categories) >= 2
    return each, _interval(right, asked) if several else None


def _resample(category: PairedQuestions, resamples: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(resamples,) weights of the questions answered right, and of all."""
    n = category.pairs
    if not n:
        return np.zeros(resamples), np.zeros(resamples)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)
    asked, right = np.zeros((n, n)), np.zeros((n, n))
    first, second = category.ends.T
    np.add.at(asked, (first, second), 1)
    np.add.at(right, (first, second), category.right)
    return ((drawn @ right) * drawn).sum(axis=1), ((drawn @ asked) * drawn).sum(axis=1)


def _interval(right: np.ndarray, asked: np.ndarray) -> Interval | None:
    counted = asked > 0
    if not counted.any():
        return None
    return percentiles(right[counted] / asked[counted])
