"""How far a map can be trusted: its fidelity card, measured on a stated subsample."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.errors import SpaceError, UsageError, unknown

METRICS = ("cosine", "euclidean")
NEIGHBORS = (5, 15, 50)
"""The neighbourhoods that a card judges: what touches a point, what surrounds it, and its region."""
HIT_NEIGHBORS = 15


@dataclass(frozen=True)
class AtK:
    """How well the k nearest are kept, each in [0, 1]; `chance` is what a shuffled map keeps of them."""

    k: int
    trustworthiness: float
    continuity: float
    neighbors_kept: float
    chance: float


@dataclass(frozen=True)
class NeighborhoodHit:
    """How often the k nearest have a point's own label: on the map, in the full space, and by chance.

    Attributes:
        labels: what the labels are, such as "cluster".
        on_map, in_space, chance: the shares of neighbours.
        asked: how many points of the sample have a label; they alone are counted, and a neighbour without is unlike.
    """

    labels: str
    k: int
    on_map: float
    in_space: float
    chance: float
    asked: int


@dataclass(frozen=True)
class Fidelity:
    """Agreement of a map with the full space.

    Attributes:
        at: by rising k. A k that the sample is too small for is lowered, and lowered ones that coincide stand once.
        distance_rank_correlation: Spearman's, in [-1, 1], over all pairs; None where all distances of one side are
            equal, so that there is no order to compare.
        neighborhood_hit: None where the points have no labels.
        metric: what distance means in the full space; on the map it is Euclidean.
        sample, points: how many points it was measured on, and how many the map has.
        seed: drew the sample.
    """

    at: tuple[AtK, ...]
    distance_rank_correlation: float | None
    neighborhood_hit: NeighborhoodHit | None
    metric: str
    sample: int
    points: int
    seed: int

    def near(self, k: int = 15) -> AtK:
        """The figures at the k that is nearest to this one."""
        return min(self.at, key=lambda at: (abs(at.k - k), at.k))


def measure(
    vectors: np.ndarray,
    points: np.ndarray,
    *,
    neighbors: Sequence[int] = NEIGHBORS,
    metric: str = "cosine",
    labels: Sequence[object] | np.ndarray | None = None,
    labelled: str = "label",
    sample: int = 2000,
    seed: int = 0,
) -> Fidelity:
    """Compare (N, D) vectors with their (N, 2 or 3) map on a random subsample, drawn by the seed.

    Trustworthiness and continuity are those of Venna & Kaski (2001), as in scikit-learn: points that are near
    on the map but not in the space, or near in the space but not on the map, count by how far they are out of
    rank. Neighbours kept are the share of the k nearest in the space that are among the k nearest on the map
    (Lee & Verleysen 2009 call it Q_NX). The rank correlation is Spearman's over all pairs. A k is lowered where
    it is not below half of the subsample, which is what the measures need.

    Args:
        labels: (N,) one for each point, made in the full space or known beforehand; None for a point without.
        labelled: what they are, such as "cluster".

    Raises:
        SpaceError: fewer than three points, or not as many vectors or labels as points.
        UsageError: no such metric, or a neighbourhood below one.
    """
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    if min(neighbors, default=0) < 1:
        raise UsageError(f"neighbors is {tuple(neighbors)}; judge neighbourhoods of one point or more")
    if len(vectors) != len(points):
        raise SpaceError(f"a map of {len(points)} points cannot be compared with {len(vectors)} vectors")
    if labels is not None and len(labels) != len(points):
        raise SpaceError(f"{len(labels)} labels for a map of {len(points)} points")
    if len(points) < 3:
        raise SpaceError(f"fidelity needs three points or more; there are {len(points)}")
    rows = drawn(len(points), sample, seed)
    full, flat = distances(vectors[rows], metric), distances(points[rows], "euclidean")
    orders = _order(full), _order(flat)
    ranks = _ranks(orders[0]), _ranks(orders[1])
    n = len(rows)
    fitting = sorted({min(k, (n - 1) // 2) for k in neighbors})
    hit = None if labels is None else _hit([labels[row] for row in rows], labelled, orders, min(HIT_NEIGHBORS, n - 1))
    return Fidelity(
        at=tuple(_at(k, orders, ranks) for k in fitting),
        distance_rank_correlation=_rank_correlation(full, flat),
        neighborhood_hit=hit,
        metric=metric,
        sample=n,
        points=len(points),
        seed=seed,
    )


def neighborhood_hit(
    vectors: np.ndarray,
    points: np.ndarray,
    labels: Sequence[object] | np.ndarray,
    *,
    labelled: str = "label",
    metric: str = "cosine",
    sample: int = 2000,
    seed: int = 0,
) -> NeighborhoodHit | None:
    """The neighbourhood hit alone, as `measure` gives it on the same sample, for labels that were made later.

    Raises:
        SpaceError: not as many vectors or labels as points.
        UsageError: no such metric.
    """
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    if not len(vectors) == len(points) == len(labels):
        raise SpaceError(f"{len(labels)} labels and {len(vectors)} vectors for a map of {len(points)} points")
    rows = drawn(len(points), sample, seed)
    orders = _order(distances(vectors[rows], metric)), _order(distances(points[rows], "euclidean"))
    return _hit([labels[row] for row in rows], labelled, orders, min(HIT_NEIGHBORS, len(rows) - 1))


def drawn(total: int, sample: int, seed: int) -> np.ndarray:
    """(min(total, sample),) rising rows: a random subsample, or all."""
    if total <= sample:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).choice(total, size=sample, replace=False))


def distances(x: np.ndarray, metric: str) -> np.ndarray:
    """(N, D) → (N, N) float32 distances; the cosine distance of a zero row to any other is 1."""
    x = np.asarray(x, dtype=np.float64)
    if metric == "cosine":
        norms = np.linalg.norm(x, axis=1, keepdims=True)
        unit = x / np.where(norms > 0, norms, 1)
        return (1 - unit @ unit.T).astype(np.float32)
    # Centred first: the difference of large squares would lose the small distances.
    x = x - x.mean(axis=0)
    squares = (x * x).sum(axis=1)
    return np.sqrt(np.maximum(squares[:, None] + squares - 2 * (x @ x.T), 0)).astype(np.float32)


def _order(distance: np.ndarray) -> np.ndarray:
    """(N, N) → (N, N - 1): the others by rising distance from each point; equal ones in their order."""
    own = distance.copy()
    np.fill_diagonal(own, -np.inf)
    return np.argsort(own, axis=1, kind="stable")[:, 1:]


def _ranks(order: np.ndarray) -> np.ndarray:
    """(N, N - 1) order → (N, N): the rank of point j from point i, the nearest being 1, itself 0."""
    n = len(order)
    ranks = np.zeros((n, n), dtype=np.int32)
    np.put_along_axis(ranks, order, np.arange(1, n, dtype=np.int32)[None, :], axis=1)
    return ranks


def _at(k: int, orders: tuple[np.ndarray, np.ndarray], ranks: tuple[np.ndarray, np.ndarray]) -> AtK:
    """The figures for k neighbours, from the orders and ranks of the full space and of the map."""
    (near_full, near_flat), (full_rank, flat_rank) = (order[:, :k] for order in orders), ranks
    return AtK(
        k=k,
        trustworthiness=_agreement(full_rank, near_flat, k),
        continuity=_agreement(flat_rank, near_full, k),
        neighbors_kept=float((np.take_along_axis(flat_rank, near_full, axis=1) <= k).mean()),
        chance=k / (len(full_rank) - 1),
    )


def _agreement(ranks: np.ndarray, near: np.ndarray, k: int) -> float:
    """1 less the scaled sum of how far the `near` (N, k) points are out of the k first of `ranks`."""
    n = len(ranks)
    excess = np.maximum(np.take_along_axis(ranks, near, axis=1) - k, 0).sum()
    return float(1 - excess * 2 / (n * k * (2 * n - 3 * k - 1)))


def _hit(
    labels: Sequence[object], labelled: str, orders: tuple[np.ndarray, np.ndarray], k: int
) -> NeighborhoodHit | None:
    """The neighbourhood hit over the points that have a label, which is the hit of Paulovich et al. (2008) with its
    level in the full space and by chance beside it; None where no two points have one."""
    number = {label: i for i, label in enumerate(dict.fromkeys(label for label in labels if label is not None))}
    numbers = np.array([-1 if label is None else number[label] for label in labels])
    with_label = np.flatnonzero(numbers >= 0)
    if len(with_label) < 2:
        return None
    full, flat = (float((numbers[order[with_label, :k]] == numbers[with_label, None]).mean()) for order in orders)
    alike = np.bincount(numbers[with_label])[numbers[with_label]] - 1
    return NeighborhoodHit(labelled, k, flat, full, float(alike.mean() / (len(labels) - 1)), len(with_label))


def _rank_correlation(full: np.ndarray, flat: np.ndarray) -> float | None:
    """Spearman's over the pairs of (N, N) distances; None where all distances of one side are equal."""
    from scipy.stats import rankdata

    above = np.triu_indices(len(full), k=1)
    a, b = full[above], flat[above]
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])
