"""From vectors to numbers of clusters: the space in which densities are compared, and HDBSCAN in it."""

from dataclasses import asdict, dataclass, replace
from math import sqrt
from typing import Any

import numpy as np

from embedkit.errors import UsageError

NOISE = -1
"""The label of a point in no cluster."""
DIMENSIONS = 20
"""Principal components among which clusters are looked for, by default."""
MIN_SIZE = 10
"""The least size of a cluster, however few points there are in all."""
NEIGHBORS = 5
"""How many neighbours density is judged by in fine clusters, a point itself counted."""


@dataclass(frozen=True)
class Partition:
    """How points are put into clusters; the same for a space, for its map and for a null model.

    Attributes:
        min_size: the least size of a cluster.
        neighbors: a point lies as densely as the last of its so many neighbours, itself counted, is near.
        dimensions: principal components that distances are taken among; None for the full space.
        leaves: take the finest clusters of the hierarchy, not the most persistent ones, which can be a few large ones.

    Raises:
        UsageError: a size or a number is too small.
    """

    min_size: int
    neighbors: int
    dimensions: int | None = DIMENSIONS
    leaves: bool = False

    def __post_init__(self) -> None:
        if self.min_size < 2:
            raise UsageError(f"min_size is {self.min_size}; a cluster has two points or more")
        if self.neighbors < 1:
            raise UsageError(f"neighbors is {self.neighbors}; a point has one or more, itself counted")
        if self.dimensions is not None and self.dimensions < 1:
            raise UsageError(f"dimensions is {self.dimensions}; keep one or more")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def within(self, dimensions: int) -> "Partition":
        """The same among no more components than a space has dimensions."""
        fewer = self.dimensions is not None and 1 <= dimensions < self.dimensions
        return replace(self, dimensions=dimensions) if fewer else self

    def place(self, unit: np.ndarray) -> np.ndarray:
        """(N, D) unit vectors → (N, d) float64: centred, their first principal components."""
        centred = unit.astype(np.float64) - (unit.mean(axis=0, dtype=np.float64) if len(unit) else 0)
        if self.dimensions is None or not centred.size:
            return centred
        return centred @ leading_axes(centred.T @ centred, self.dimensions)

    def labels(self, points: np.ndarray) -> np.ndarray:
        """(N, d) points → (N,) int32 numbers of their clusters by falling size, `NOISE` for those in none.

        HDBSCAN by Euclidean distance (Campello, Moulavi and Sander 2013; scikit-learn's). Nothing is random. Points in
        which there is nothing to divide are all noise.
        """
        # Equal unit vectors in float32 differ by rounding, which is no density.
        if len(points) < max(self.min_size, self.neighbors) or np.ptp(points, axis=0).max(initial=0) < 1e-6:
            return np.full(len(points), NOISE, dtype=np.int32)
        from sklearn.cluster import HDBSCAN

        method = "leaf" if self.leaves else "eom"
        fit = HDBSCAN(
            min_cluster_size=self.min_size, min_samples=self.neighbors, cluster_selection_method=method, copy=True
        )
        return by_falling_size(fit.fit_predict(points))


def leading_axes(scatter: np.ndarray, count: int) -> np.ndarray:
    """(D, D) symmetric → (D, count) its eigenvectors of the largest eigenvalues, falling.

    By one thread: for matrices of a few hundred rows others cost more than they help, most of all on a busy machine.
    """
    from scipy.linalg import eigh
    from threadpoolctl import threadpool_limits

    size = len(scatter)
    with threadpool_limits(1, user_api="blas"):
        _, axes = eigh(scatter, subset_by_index=(max(0, size - count), size - 1))
    return np.asarray(axes[:, ::-1])


def default_size(points: int) -> int:
    """The least size of a cluster: a quarter of the square root of the points, and ten or more."""
    return max(MIN_SIZE, round(sqrt(points) / 4))


def by_falling_size(labels: np.ndarray) -> np.ndarray:
    """Number clusters anew: the largest is 0; of equal ones that of the first point comes first.

    Numbers may be missing, as in a sample.
    """
    clusters, first, sizes = np.unique(labels[labels != NOISE], return_index=True, return_counts=True)
    numbers = np.full(max(clusters, default=-1) + 2, NOISE, dtype=np.int32)  # the last is for noise, whose label is -1
    numbers[clusters[np.lexsort((first, -sizes))]] = np.arange(len(clusters))
    return numbers[labels]
