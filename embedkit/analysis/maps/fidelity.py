"""How far a map can be trusted: its fidelity card, measured on a stated subsample."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from embedkit.analysis.neighbors import largest
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
    sides = _in_space(vectors[rows], metric), _Distances(distances(points[rows], "euclidean"))
    n = len(rows)
    fitting = sorted({min(k, (n - 1) // 2) for k in neighbors})
    hit = None if labels is None else _hit([labels[row] for row in rows], labelled, sides, min(HIT_NEIGHBORS, n - 1))
    return Fidelity(
        at=tuple(_at(k, *sides) for k in fitting),
        distance_rank_correlation=_rank_correlation(*sides),
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
    sides = _in_space(vectors[rows], metric), _Distances(distances(points[rows], "euclidean"))
    return _hit([labels[row] for row in rows], labelled, sides, min(HIT_NEIGHBORS, len(rows) - 1))


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


@dataclass(frozen=True, eq=False)
class _Distances:
    """The distances among N points, and what is read off them, made when it is first asked for.

    Attributes:
        between: (N, N) float32.
    """

    between: np.ndarray

    @cached_property
    def order(self) -> np.ndarray:
        """(N, N - 1) int32: the others by rising distance from each point; equal ones in their order."""
        own = self.between.copy()
        np.fill_diagonal(own, -np.inf)
        return np.argsort(own, axis=1, kind="stable")[:, 1:].astype(np.int32)

    @cached_property
    def ranks(self) -> np.ndarray:
        """(N, N) int32: the rank of point j from point i, the nearest being 1, itself 0."""
        n = len(self.between)
        ranks = np.zeros((n, n), dtype=np.int32)
        np.put_along_axis(ranks, self.order, np.arange(1, n, dtype=np.int32)[None, :], axis=1)
        return ranks

    @cached_property
    def pair_ranks(self) -> np.ndarray | None:
        """The ranks of the distances of all pairs; None where all are equal."""
        from scipy.stats import rankdata

        pairs = self.between[np.triu_indices(len(self.between), k=1)]
        return None if np.ptp(pairs) == 0 else rankdata(pairs)

    def nearest(self, k: int) -> np.ndarray:
        """(N, k): the first of `order`, which is not made for them alone."""
        if "order" in self.__dict__:
            return self.order[:, :k]
        near = -self.between
        np.fill_diagonal(near, -np.inf)
        return largest(near, k)[0]


_last: tuple[str, _Distances] | None = None


def _in_space(vectors: np.ndarray, metric: str) -> _Distances:
    """The distances among (N, D) vectors; kept for the next map, which is measured on the same sample mostly."""
    global _last
    rows = np.ascontiguousarray(vectors)
    key = f"{metric} {rows.shape} {rows.dtype} {hashlib.sha256(rows.data).hexdigest()}"
    if _last is None or _last[0] != key:
        _last = key, _Distances(distances(rows, metric))
    return _last[1]


def _at(k: int, full: _Distances, flat: _Distances) -> AtK:
    """The figures for k neighbours, from the full space and from the map."""
    near_full, near_flat = full.order[:, :k], flat.order[:, :k]
    return AtK(
        k=k,
        trustworthiness=_agreement(full.ranks, near_flat, k),
        continuity=_agreement(flat.ranks, near_full, k),
        neighbors_kept=float((np.take_along_axis(flat.ranks, near_full, axis=1) <= k).mean()),
        chance=k / (len(full.ranks) - 1),
    )


def _agreement(ranks: np.ndarray, near: np.ndarray, k: int) -> float:
    """1 less the scaled sum of how far the `near` (N, k) points are out of the k first of `ranks`."""
    n = len(ranks)
    excess = np.maximum(np.take_along_axis(ranks, near, axis=1) - k, 0).sum()
    return float(1 - excess * 2 / (n * k * (2 * n - 3 * k - 1)))


def _hit(
    labels: Sequence[object], labelled: str, sides: tuple[_Distances, _Distances], k: int
) -> NeighborhoodHit | None:
    """The neighbourhood hit over the points that have a label, which is the hit of Paulovich et al. (2008) with its
    level in the full space and by chance beside it; None where no two points have one."""
    number = {label: i for i, label in enumerate(dict.fromkeys(label for label in labels if label is not None))}
    numbers = np.array([-1 if label is None else number[label] for label in labels])
    with_label = np.flatnonzero(numbers >= 0)
    if len(with_label) < 2:
        return None
    full, flat = (float((numbers[side.nearest(k)[with_label]] == numbers[with_label, None]).mean()) for side in sides)
    alike = np.bincount(numbers[with_label])[numbers[with_label]] - 1
    return NeighborhoodHit(labelled, k, flat, full, float(alike.mean() / (len(labels) - 1)), len(with_label))


def _rank_correlation(full: _Distances, flat: _Distances) -> float | None:
    """Spearman's over all pairs; None where all distances of one side are equal."""
    if full.pair_ranks is None or flat.pair_ranks is None:
        return None
    return float(np.corrcoef(full.pair_ranks, flat.pair_ranks)[0, 1])
