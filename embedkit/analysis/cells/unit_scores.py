"""A unit as a detector of what is there or not, and as a measure of what has a size: chosen on one half of a text,
scored on the other, vectorised over units and over many features at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000
BLOCK = 400
"""Tokens of a block that is resampled as one."""
LEVELS = 1 << 16


@dataclass(frozen=True, eq=False)
class Halves:
    """The two halves of (T, U) activations, and what all features share of the first.

    Attributes:
        train, test: (T // 2, U) float32 and the rest.
        ranks: (T // 2, U) of the first half, between −½ and ½ with mean 0, equal values at their mean rank.
        standard: (T // 2, U) the first half with mean 0 and deviation 1 by unit.
    """

    train: np.ndarray
    test: np.ndarray
    ranks: np.ndarray
    standard: np.ndarray

    @classmethod
    def of(cls, states: np.ndarray) -> "Halves":
        middle = len(states) // 2
        train = np.ascontiguousarray(states[:middle], dtype=np.float32)
        return cls(train, states[middle:], _ranks(train), _standard(train))


@dataclass(frozen=True)
class ChosenUnit:
    """A unit that rises (`sign` 1) or falls (−1) with a feature; a detector has a threshold too."""

    unit: int
    sign: int
    threshold: float | None = None


@dataclass(frozen=True, eq=False)
class Detector:
    """Units as detectors of a feature that is there or not."""

    halves: Halves
    measure = "balanced accuracy"

    def strengths(self, features: np.ndarray) -> np.ndarray:
        """(F, T) features → (F, U) areas under the ROC curve less a half: the sign tells the direction."""
        present = features.sum(axis=1, keepdims=True)
        absent = features.shape[1] - present
        # Mann & Whitney: the mean rank where it is there, less the mean rank of all, over the share where it is not.
        return (features.astype(np.float32) @ self.halves.ranks) * (features.shape[1] / (present * absent))

    def choose(self, feature: np.ndarray, unit: int, sign: int) -> ChosenUnit:
        """The threshold of the best balanced accuracy on the first half, midway between two values."""
        values = self.halves.train[:, unit] * sign
        order = np.argsort(values, kind="stable")
        values, present = values[order], feature[order] > 0
        below, missed = np.arange(1, len(values) + 1), np.cumsum(present)
        right = (below - missed) / (~present).sum() + 1 - missed / present.sum()
        right[:-1][values[:-1] == values[1:]] = -np.inf
        at = int(right[:-1].argmax()) if len(right) > 1 else 0
        return ChosenUnit(unit, sign, float(values[at] + (values[at + 1] - values[at]) / 2) * sign)

    def score(self, feature: np.ndarray, chosen: ChosenUnit) -> float:
        """Balanced accuracy on the second half."""
        return float(_balanced(self._counts(self.halves.test, feature, chosen).sum(axis=0)))

    def train_score(self, feature: np.ndarray, chosen: ChosenUnit) -> float:
        """Balanced accuracy on the first half."""
        return float(_balanced(self._counts(self.halves.train, feature, chosen).sum(axis=0)))

    def resampled(self, feature: np.ndarray, chosen: ChosenUnit, rng: np.random.Generator) -> np.ndarray:
        """(up to RESAMPLES,) scores on the second half, its blocks drawn again."""
        sums = _by_block(self._counts(self.halves.test, feature, chosen))
        return _drawn(sums, rng, _balanced, whole=lambda total: total[..., [1, 3]].min(axis=-1) > 0)

    @staticmethod
    def _counts(states: np.ndarray, feature: np.ndarray, chosen: ChosenUnit) -> np.ndarray:
        """(T, 4), 0 or 1: true positives, positives, true negatives, negatives."""
        assert chosen.threshold is not None
        detected = states[:, chosen.unit] * chosen.sign > chosen.threshold * chosen.sign
        present = feature > 0
        columns = [detected & present, present, ~detected & ~present, ~present]
        return np.stack(columns, axis=1).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Measure:
    """Units as measures of a feature that has a size."""

    halves: Halves
    measure = "correlation"

    def strengths(self, features: np.ndarray) -> np.ndarray:
        """(F, T) features → (F, U) correlations. Tokens without a value count as average."""
        known = np.isfinite(features)
        rest = np.where(known, features - np.nanmean(features, axis=1, keepdims=True), 0)
        rest /= np.sqrt((rest**2).sum(axis=1, keepdims=True))
        return (rest.astype(np.float32) @ self.halves.standard) / np.sqrt(features.shape[1])

    def choose(self, feature: np.ndarray, unit: int, sign: int) -> ChosenUnit:
        return ChosenUnit(unit, sign)

    def score(self, feature: np.ndarray, chosen: ChosenUnit) -> float:
        """Correlation on the second half."""
        return float(_correlation(self._moments(self.halves.test, feature, chosen).sum(axis=0)))

    def train_score(self, feature: np.ndarray, chosen: ChosenUnit) -> float:
        """Correlation on the first half."""
        return float(_correlation(self._moments(self.halves.train, feature, chosen).sum(axis=0)))

    def resampled(self, feature: np.ndarray, chosen: ChosenUnit, rng: np.random.Generator) -> np.ndarray:
        """(up to RESAMPLES,) scores on the second half, its blocks drawn again."""
        sums = _by_block(self._moments(self.halves.test, feature, chosen))
        return _drawn(sums, rng, _correlation, whole=lambda total: total[..., 0] > 2)

    @staticmethod
    def _moments(states: np.ndarray, feature: np.ndarray, chosen: ChosenUnit) -> np.ndarray:
        """(T, 6): one, x, y, x², y², xy of unit x and feature y, all 0 where the feature has no value."""
        known = np.isfinite(feature)
        x = np.where(known, states[:, chosen.unit] * chosen.sign, 0.0).astype(np.float64)
        y = np.where(known, feature, 0.0)
        return np.stack([known, x, y, x * x, y * y, x * y], axis=1).astype(np.float64)


def _balanced(counts: np.ndarray) -> np.ndarray:
    """(…, 4) counts → balanced accuracy: the mean of the shares that are right where it is there, and where not."""
    return (counts[..., 0] / counts[..., 1] + counts[..., 2] / counts[..., 3]) / 2


def _correlation(moments: np.ndarray) -> np.ndarray:
    n, x, y, xx, yy, xy = np.moveaxis(moments, -1, 0)
    spread = np.maximum((n * xx - x * x) * (n * yy - y * y), 0)
    return np.divide(n * xy - x * y, np.sqrt(spread), out=np.zeros_like(n), where=spread > 0)


def _by_block(rows: np.ndarray) -> np.ndarray:
    """(T, K) → (blocks, K) sums of BLOCK rows each; what is left joins the last."""
    starts = np.arange(0, max(len(rows) - BLOCK, 0) + 1, BLOCK)
    return np.add.reduceat(rows, starts, axis=0)


def _drawn(
    sums: np.ndarray,
    rng: np.random.Generator,
    value: Callable[[np.ndarray], np.ndarray],
    *,
    whole: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """(blocks, K) sums → (draws,) values of totals of blocks drawn again, without those that are not `whole`."""
    counts = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES)
    totals = counts @ sums
    return value(totals[whole(totals)])


def _ranks(values: np.ndarray) -> np.ndarray:
    """(T, U) → ranks by column over T, less ½: in (−½, ½), equal values at their mean.

    Values within 1/LEVELS of a unit's range count as equal: so they can be counted, which is many times faster than
    to sort them.
    """
    columns = np.ascontiguousarray(values.T)
    ranks = np.empty(columns.shape, np.float32)
    for unit, column in enumerate(columns):
        low, high = float(column.min()), float(column.max())
        level = np.rint((column - low) * ((LEVELS - 1) / max(high - low, 1e-30))).astype(np.int64)
        count = np.bincount(level, minlength=LEVELS)
        middle = np.cumsum(count) - count / 2
        ranks[unit] = (middle / len(values) - 0.5)[level]
    return ranks.T


def _standard(values: np.ndarray) -> np.ndarray:
    """(T, U) → mean 0 and deviation 1 by column; 0 in a column that does not move."""
    spread = values.std(axis=0)
    return np.divide(values - values.mean(axis=0), spread, out=np.zeros_like(values), where=spread > 1e-7)
