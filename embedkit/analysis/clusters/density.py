"""Density-based cluster validity (DBCV): how much denser clusters are inside than on the way from one to another.

The silhouette asks for round clusters; this does not. Moulavi, Jaskowiak, Campello, Zimek and Sander, "Density-Based
Clustering Validation", SDM 2014.
"""

from dataclasses import dataclass

import numpy as np

from embedkit.errors import SpaceError

_BLOCK = 4_000_000  # distances at a time


@dataclass(frozen=True)
class Validity:
    """The validity of a clustering.

    Attributes:
        value: in [-1, 1], the mean over all points, where a point in a cluster counts with its cluster's validity and
            noise with 0. None with fewer than two clusters.
        per_cluster: the validity of each cluster; above 0 where its sparsest inner way is denser than the densest way
            to another. Empty where `value` is None.
        points: over how many, noise included.
        dimensions: of the space of the distances, to whose power they are raised.
    """

    value: float | None
    per_cluster: tuple[float, ...]
    points: int
    dimensions: int


def validity(points: np.ndarray, labels: np.ndarray) -> Validity:
    """DBCV by Euclidean distance.

    The core distance of a point is the mean of the (-d)-th powers of its distances within its cluster, to the power
    of -1/d; d is the dimension of `points`. Distances are kept as logarithms on the way, so that no power overflows.
    As the paper has it, a point with a duplicate in its cluster has the core distance 0 (the `hdbscan` package leaves
    the duplicate out of the mean), and two clusters that are equally dense inside and between have the validity 0.
    Where a spanning tree has no inner edge its longest edge stands for it, as in the authors' code.

    Args:
        points: (N, d).
        labels: (N,) clusters numbered from 0 without gaps; negative ones are noise.

    Raises:
        SpaceError: points and labels differ in number, or a number between is no cluster's.
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    labels = np.asarray(labels)
    if points.ndim != 2 or labels.shape != points.shape[:1]:
        raise SpaceError(f"validity: labels of shape {labels.shape} for points of shape {points.shape}")
    sizes = np.bincount(labels[labels >= 0])
    if (sizes == 0).any():
        raise SpaceError(f"validity: no point is in cluster {int(np.argmin(sizes))}, though higher numbers are there")
    if len(sizes) < 2:
        return Validity(None, (), len(points), points.shape[1])
    groups = [_inner(points[labels == number]) for number in range(len(sizes))]
    sparseness = np.array([group.sparseness for group in groups])
    separation = _separation(groups)
    larger = np.maximum(separation, sparseness)
    validities = np.where(larger > 0, (separation - sparseness) / np.where(larger > 0, larger, 1), 0.0)
    return Validity(
        value=float(sizes @ validities / len(points)),
        per_cluster=tuple(validities.tolist()),
        points=len(points),
        dimensions=points.shape[1],
    )


def core_distances(points: np.ndarray) -> np.ndarray:
    """(n, d) points of one cluster → (n,) all-points core distances; 0 where a point is alone or has a duplicate."""
    from scipy.spatial.distance import cdist
    from scipy.special import logsumexp

    n, d = points.shape
    if n < 2:
        return np.zeros(n)
    core = np.empty(n)
    step = max(1, _BLOCK // n)
    for start in range(0, n, step):
        distance = cdist(points[start : start + step], points)
        rows = np.arange(len(distance))
        with np.errstate(divide="ignore"):
            powers = -d * np.log(distance)
        powers[rows, start + rows] = -np.inf  # a point is not its own neighbour
        core[start : start + step] = np.exp(-(logsumexp(powers, axis=1) - np.log(n - 1)) / d)
    return core


def spanning_tree(points: np.ndarray, core: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The minimum spanning tree by mutual reachability, max(core(a), core(b), distance(a, b)), by Prim's algorithm.

    Mutual reachability makes many ties: all that is near a point with a large core distance is equally far from it.
    They go to the point with the smaller core distance, so that the tree does not depend on the order of the points,
    and a straggler hangs on the dense middle and makes no inner node of another straggler. (The `hdbscan` package lets
    the order decide, and its index differs for that: mostly by some hundredths, by 0.23 at the most that was seen.)

    Args:
        points: (n, d).
        core: (n,).

    Returns:
        (n - 1, 2) edges and (n - 1,) their lengths. No n × n matrix is made.
    """
    from scipy.spatial.distance import cdist

    n = len(points)
    edges, lengths = np.zeros((max(0, n - 1), 2), dtype=np.int64), np.zeros(max(0, n - 1))
    nearest, parent, outside, at = np.full(n, np.inf), np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool), 0
    for step in range(n - 1):
        outside[at] = False
        reach = np.maximum(np.maximum(cdist(points[at : at + 1], points)[0], core), core[at])
        closer = outside & ((reach < nearest) | ((reach == nearest) & (core[at] < core[parent])))
        nearest[closer], parent[closer] = reach[closer], at
        nearest[at] = np.inf  # never again
        tied = np.flatnonzero(nearest == nearest.min())
        at = int(tied[core[tied].argmin()])
        edges[step], lengths[step] = (parent[at], at), nearest[at]
    return edges, lengths


@dataclass(frozen=True, eq=False)
class _Inner:
    """The inner nodes of a cluster's spanning tree, their core distances, and its longest inner edge."""

    points: np.ndarray
    core: np.ndarray
    sparseness: float


def _inner(points: np.ndarray) -> _Inner:
    """Of the (n, d) points of a cluster those that the spanning tree passes through, not its leaves."""
    if len(points) < 2:
        return _Inner(points, np.zeros(len(points)), 0.0)
    core = core_distances(points)
    edges, lengths = spanning_tree(points, core)
    inner = np.bincount(edges.ravel(), minlength=len(points)) > 1
    if not inner.any():  # a pair
        inner[:] = True
    within = inner[edges].all(axis=1)
    return _Inner(points[inner], core[inner], float(lengths[within].max() if within.any() else lengths.max()))


def _separation(groups: list[_Inner]) -> np.ndarray:
    """(K,) the mutual reachability from each cluster's inner nodes to the nearest inner node of another."""
    from scipy.spatial.distance import cdist

    starts = np.cumsum([0, *(len(group.points) for group in groups)])
    points, core = np.vstack([g.points for g in groups]), np.concatenate([g.core for g in groups])
    nearest = np.full(len(groups), np.inf)
    for number, group in enumerate(groups):
        others = np.r_[0 : starts[number], starts[number + 1] : starts[-1]]
        step = max(1, _BLOCK // len(others))
        for start in range(0, len(group.points), step):
            reach = cdist(group.points[start : start + step], points[others])
            np.maximum(reach, core[others], out=reach)
            np.maximum(reach, group.core[start : start + step, None], out=reach)
            nearest[number] = min(nearest[number], reach.min())
    return nearest
