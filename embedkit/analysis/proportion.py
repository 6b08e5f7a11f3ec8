"""Proportions, such as so many right answers of so many, with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from embedkit.analysis.intervals import Interval
from embedkit.errors import UsageError
from embedkit.runs.artefacts import FROM_COUNTS


@dataclass(frozen=True)
class Proportion:
    """`right` of `n` independent trials, with Wilson's (1927) 95 % score interval of their share.

    Unlike the plain interval it has a width where the share is 0 or 1.
    """

    right: int
    n: int
    interval: Interval = field(metadata=FROM_COUNTS)

    @classmethod
    def of(cls, right: int, n: int) -> "Proportion":
        """The proportion with its interval.

        Raises:
            UsageError: n is below 1, or `right` is not in 0 to n.
        """
        if n < 1 or not 0 <= right <= n:
            raise UsageError(f"{right} of {n} is not a share; give at least one trial, and no more right than that")
        return Proportion(int(right), int(n), _wilson(int(right), int(n)))

    @classmethod
    def among(cls, outcomes: Sequence[bool]) -> "Proportion":
        """How many of these are right. Raises UsageError where there are none."""
        return Proportion.of(sum(outcomes), len(outcomes))

    @classmethod
    def pooled(cls, proportions: Sequence["Proportion"]) -> "Proportion":
        """The trials of all of them together. Raises UsageError where there are none."""
        return Proportion.of(sum(part.right for part in proportions), sum(part.n for part in proportions))

    @property
    def share(self) -> float:
        """right / n, in [0, 1]."""
        return self.right / self.n

    def named(self, name: str) -> "NamedProportion":
        """The same with a name, such as that of a group."""
        return NamedProportion(self.right, self.n, self.interval, name)


@dataclass(frozen=True)
class NamedProportion(Proportion):
    """A proportion of trials that have something in common, which `name` says."""

    name: str

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """With its name first."""
        return {key: values[key] for key in ("name", "n", "right", "interval")}


@lru_cache(maxsize=4096)
def _wilson(right: int, n: int) -> Interval:
    """Kept: a page asks for the same shares several times, and scipy tests a hypothesis with each."""
    from scipy.stats import binomtest

    low, high = binomtest(right, n).proportion_ci(method="wilson")
    return Interval(float(low), float(high))
