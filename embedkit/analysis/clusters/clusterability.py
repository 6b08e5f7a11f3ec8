"""Are there clusters at all? HDBSCAN finds some in shapeless noise too, so that is what a space is compared with.

The null model is a single Gaussian with the covariance of the vectors, as of SigClust (Liu, Hayes, Nobel and Marron
2008); the p-value is that of a Monte Carlo test. Adolfsson, Ackerman and Brownstein (2019) compare tests of this kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from embedkit.analysis.clusters.density import validity
from embedkit.analysis.clusters.partition import MIN_SIZE, NOISE, Partition
from embedkit.errors import UsageError
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace

LEVEL = 0.05
"""Clusters are called evidence at a p-value of at most this."""
DRAWS = 19
"""The fewest Gaussian samples whose p-value can be as small as `LEVEL`."""
SAMPLE = 2_000

_FITTING = 4_000  # directions that the Gaussian is fitted by
_ROUNDS = 12


@dataclass(frozen=True)
class NullTest:
    """Clusters of a space beside those of Gaussian samples with the same mean and covariance of directions.

    Attributes:
        observed: validity (DBCV) of the clusters of the sample, noise counted with 0; 0 with fewer than two clusters.
        null: that of each Gaussian sample, put into clusters in the same way.
        clusters, share: how many clusters of the sample, and the share of its points that are in one.
        null_clusters, null_share: the medians of the Gaussian samples.
        points: points of the sample, which is drawn without replacement; `total` is what it was drawn from.
        partition: how it was put into clusters, JSON-ready; the least size is that of the sample.
        seed: of the sample and of the Gaussian ones.
    """

    observed: float
    null: tuple[float, ...]
    clusters: int
    share: float
    null_clusters: float
    null_share: float
    points: int
    total: int
    partition: Mapping[str, Any]
    seed: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "null", tuple(self.null))

    STATISTIC: ClassVar[str] = "validity"

    @property
    def p(self) -> float:
        """The p-value: of all samples, the observed one among them, the share that are at least as valid as it."""
        return (1 + sum(value >= self.observed for value in self.null)) / (1 + len(self.null))

    @property
    def significant(self) -> bool:
        """Whether the clusters are evidence: p is at most `LEVEL`."""
        return self.p <= LEVEL

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        if self.significant:
            return f"clusters beyond what a Gaussian of the same covariance shows (p ≤ {self.p:.2g})"
        return f"no evidence of clusters (p = {self.p:.2g})"

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """With what is computed, for who reads the file."""
        return {**values, "p": self.p, "verdict": self.verdict}

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if key not in ("p", "verdict")}


def against_gaussian(
    space: EmbeddingSpace,
    partition: Partition,
    *,
    draws: int = DRAWS,
    sample: int = SAMPLE,
    seed: int = 0,
    progress: Progress = no_progress,
) -> NullTest | None:
    """Test the clusters of a space against a Gaussian without any.

    The statistic is DBCV, which counts noise as 0, so that it grows with the share in clusters and with how sharply
    they are set apart. By simulation (20 sets each of 1,000 points in 100 dimensions, 19 draws, level 0.05) fine
    clusters of round, elongated, shifted, heavy-tailed and skewed noise pass in 7 of 180 sets, and eight groups with
    centres 0.4 standard deviations off in each dimension in 19 of 20. The number of clusters passes skewed noise in 9
    of 20 sets; the share of points in clusters holds its level, and tells real word vectors from noise less often.

    A small p-value says that the directions are not one Gaussian cloud, and that its clusters are denser than such a
    cloud's. It does not say how many clusters are real, nor which: of a mixture of a round and an elongated cloud
    without groups 11 of 20 sets pass.

    Args:
        sample: so many points at most are drawn for it; clusters may be smaller there in proportion, but not below 10
            (or the least size of `partition`).
        progress: called with the share of samples that are done.

    Returns:
        None where the points are too few to test: fewer than four times the least size.

    Raises:
        UsageError: draws or sample is below 1.
    """
    if draws < 1 or sample < 1:
        raise UsageError(f"{draws} draws of {sample} points; take one or more of each")
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(space), size=min(sample, len(space)), replace=False))
    least = min(partition.min_size, max(MIN_SIZE, round(partition.min_size * len(rows) / max(1, len(space)))))
    if len(rows) < 4 * least:
        return None
    neighbors = min(partition.neighbors, least)
    inner = Partition(least, neighbors, partition.dimensions, partition.leaves)
    observed, clusters, share = _statistic(space.unit[rows], inner)
    gaussian = MatchedGaussian.of(space.unit[rows], rng)
    nulls = []
    for number in range(draws):
        nulls.append(_statistic(gaussian.draw(len(rows), rng), inner))
        progress((number + 1) / draws, f"Gaussian sample {number + 1} of {draws}")
    values, counts, shares = zip(*nulls, strict=True)
    return NullTest(
        observed=observed,
        null=values,
        clusters=clusters,
        share=share,
        null_clusters=float(np.median(counts)),
        null_share=float(np.median(shares)),
        points=len(rows),
        total=len(space),
        partition=inner.to_json(),
        seed=seed,
    )


def _statistic(unit: np.ndarray, partition: Partition) -> tuple[float, int, float]:
    """Validity, number of clusters and share of points in them."""
    points = partition.place(unit)
    labels = partition.labels(points)
    return validity(points, labels).value or 0.0, int(labels.max(initial=NOISE)) + 1, float((labels != NOISE).mean())


@dataclass(frozen=True, eq=False)
class MatchedGaussian:
    """A Gaussian whose draws, set to length one, have the mean and the variances of some unit vectors.

    Attributes:
        axes: (D, D) the principal axes of the unit vectors, one a column.
        mean: (D,) along those axes.
        deviations: (D,) along those axes.
    """

    axes: np.ndarray
    mean: np.ndarray
    deviations: np.ndarray

    @classmethod
    def of(cls, unit: np.ndarray, rng: np.random.Generator) -> "MatchedGaussian":
        """Fit it to (N, D) unit vectors by fixed-point iteration.

        The covariance of the unit vectors will not do: setting draws from it to length one evens it out once more, and
        an elongated Gaussian cloud would then differ from its own null. Only directions are matched, so it does not
        matter how vectors' lengths go with their directions (frequent words have longer vectors).
        """
        mean = unit.mean(axis=0, dtype=np.float64)
        centred = unit - mean
        variances, axes = np.linalg.eigh(centred.T @ centred / len(unit))
        variances, target = np.maximum(variances, 0), mean @ axes
        noise = rng.normal(size=(max(_FITTING, len(unit)), len(variances)))
        centre, spread = target.copy(), variances.copy()
        for _ in range(_ROUNDS):
            draws = _unit(centre + noise * np.sqrt(spread))
            variance = draws.var(axis=0)
            spread = spread * np.divide(variances, variance, out=np.zeros_like(variance), where=variance > 0)
            centre = centre + target - draws.mean(axis=0)
            size = spread.sum() + centre @ centre  # only directions count
            if size > 0:
                spread, centre = spread / size, centre / np.sqrt(size)
        return cls(axes, centre, np.sqrt(spread))

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """(n, D) unit vectors."""
        return _unit(self.mean + rng.normal(size=(n, len(self.mean))) * self.deviations) @ self.axes.T


def _unit(rows: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)
