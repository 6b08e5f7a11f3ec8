"""Trainings that differ in their seed alone: their median course with its spread, and how many succeed."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from embedkit.analysis.intervals import Interval
from embedkit.analysis.proportion import Proportion


@dataclass(frozen=True)
class Course:
    """A share over the course of several trainings.

    Attributes:
        epochs: (E,) where it was measured.
        low, middle, high: (E,) the least, the median and the greatest of the seeds.
    """

    epochs: np.ndarray
    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, epochs: Sequence[float], shares: Sequence[Sequence[float]]) -> "Course":
        """From a row of E shares a seed: rows 0.2 0.4 and 0.3 1.0 have the medians 0.25 and 0.7."""
        table = np.array(shares, dtype=float)
        return cls(np.array(epochs, dtype=float), table.min(0), np.median(table, axis=0), table.max(0))


@dataclass(frozen=True)
class Seeds:
    """How often each of several trainings was right, all on the same n examples."""

    right: tuple[int, ...]
    n: int

    @property
    def shares(self) -> tuple[float, ...]:
        return tuple(right / self.n for right in self.right)

    @property
    def middle(self) -> float:
        return median(self.shares)

    @property
    def worst(self) -> float:
        return min(self.shares)

    @property
    def best(self) -> float:
        return max(self.shares)

    @property
    def worst_interval(self) -> Interval:
        """Wilson's 95 % interval of the worst seed's share, over examples."""
        return Proportion.of(min(self.right), self.n).interval

    def reached(self, share: float) -> int:
        """How many seeds are at this share or above."""
        return sum(value >= share for value in self.shares)


def first_reached(epochs: Sequence[float], shares: Sequence[float], share: float) -> float | None:
    """The first epoch at which one training is at this share or above; None where it never is."""
    return next((epoch for epoch, value in zip(epochs, shares, strict=True) if value >= share), None)
