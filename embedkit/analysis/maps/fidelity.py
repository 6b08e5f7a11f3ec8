"""How far a map can be trusted: its fidelity card, of a stated sample of points, each judged among all of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from embedkit.analysis.maps.neighborhoods import METRICS, Neighborhoods, distances, drawn, neighborhoods
from embedkit.errors import SpaceError, UsageError, unknown

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
        on_map, in_space, chance: the shares of neighbours, which are looked for among the points that have a label.
        asked: how many points were judged, a sample of those that have a label.
        most: the share that the best map there can be would have, since a label of few points has few neighbours to
            give; None of a map that was measured before 0.3.
        among: how many points have a label; None of a map that was measured before 0.3, when neighbours were looked for
            among all points and counted as unlike without a label.
    """

    labels: str
    k: int
    on_map: float
    in_space: float
    chance: float
    asked: int
    most: float | None = field(default=None, metadata={"since": "0.3.0"})
    among: int | None = field(default=None, metadata={"since": "0.3.0"})

    @property
    def judged(self) -> str:
        """Which points were judged, in words: "of 2,000 drawn ones of the 5,000 points with one"."""
        if self.among is None or self.among == self.asked:
            return f"of {self.asked:,} points with one"
        return f"of {self.asked:,} drawn ones of the {self.among:,} points with one"

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Without what is not known, as in files of before."""
        return {name: value for name, value in values.items() if name not in ("most", "among") or value is not None}


@dataclass(frozen=True)
class Fidelity:
    """Agreement of a map with the full space.

    Attributes:
        at: by rising k. A k that the points are too few for is lowered, and lowered ones that coincide stand once.
        distance_rank_correlation: Spearman's, in [-1, 1], over all pairs of the sample; None where all distances of one
            side are equal, so that there is no order to compare.
        neighborhood_hit: None where the points have no labels.
        metric: what distance means in the full space; on the map it is Euclidean.
        sample, points: how many points were judged, and how many the map has.
        seed: drew the sample.
        among: how many points the neighbours were looked for among: all, but in maps of a version before the sample.
    """

    at: tuple[AtK, ...]
    distance_rank_correlation: float | None
    neighborhood_hit: NeighborhoodHit | None
    metric: str
    sample: int
    points: int
    seed: int
    among: int

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Without `among` where it is the sample, as a version before kept it."""
        return {key: value for key, value in values.items() if key != "among" or value != self.sample}

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        return {"among": values["sample"], **values}

    @property
    def judged(self) -> str:
        """Which points were judged, and among which, in words: "2,000 drawn points, each among all 5,000"."""
        if self.sample == self.points:
            return f"all {self.points:,} points"
        others = f"all {self.points:,}" if self.among > self.sample else "these"
        return f"{self.sample:,} drawn points, each among {others}"

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
    """Compare (N, D) vectors with their (N, 2 or 3) map at a random sample of points, drawn by the seed.

    The neighbours of a drawn point are those among all N points, in the space and on the map: among the drawn ones
    alone neighbourhoods are wider, and a map keeps more of them.

    Trustworthiness and continuity are those of Venna & Kaski (2001), as in scikit-learn, averaged over the drawn
    points: points that are near on the map but not in the space, or near in the space but not on the map, count by how
    far they are out of rank. Neighbours kept are the share of the k nearest in the space that are among the k nearest
    on the map (Lee & Verleysen 2009 call it Q_NX). The rank correlation is Spearman's over all pairs of drawn points.
    A k is lowered where it is not below half of the points, which is what the measures need.

    Args:
        labels: (N,) one for each point, made in the full space or known beforehand; None for a point without.
        labelled: what they are, such as "cluster".

    Raises:
        SpaceError: fewer than three points, or not as many vectors or labels as points.
        UsageError: no such metric, or a neighbourhood below one.
    """
    _check(vectors, points, labels, metric)
    if min(neighbors, default=0) < 1:
        raise UsageError(f"neighbors is {tuple(neighbors)}; judge neighbourhoods of one point or more")
    if len(points) < 3:
        raise SpaceError(f"fidelity needs three points or more; there are {len(points)}")
    n = len(points)
    rows = drawn(n, sample, seed)
    fitting = sorted({min(k, (n - 1) // 2) for k in neighbors})
    hit_neighbors = min(HIT_NEIGHBORS, n - 1)
    near = neighborhoods(vectors, points, rows, max(fitting[-1], hit_neighbors), metric)
    return Fidelity(
        at=tuple(_at(k, near, n) for k in fitting),
        distance_rank_correlation=_rank_correlation(vectors[rows], points[rows], metric),
        neighborhood_hit=None
        if labels is None
        else _hit(vectors, points, labels, labelled, metric, sample, seed, near),
        metric=metric,
        sample=len(rows),
        points=n,
        seed=seed,
        among=n,
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
    _check(vectors, points, labels, metric)
    return _hit(vectors, points, labels, labelled, metric, sample, seed)


def _check(vectors: np.ndarray, points: np.ndarray, labels: Sequence[object] | np.ndarray | None, metric: str) -> None:
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    if len(vectors) != len(points):
        raise SpaceError(f"a map of {len(points)} points cannot be compared with {len(vectors)} vectors")
    if labels is not None and len(labels) != len(points):
        raise SpaceError(f"{len(labels)} labels for a map of {len(points)} points")


def _at(k: int, near: Neighborhoods, n: int) -> AtK:
    """The figures for k neighbours among n points."""
    return AtK(
        k=k,
        trustworthiness=_agreement(near.ranks_in_space[:, :k], n),
        continuity=_agreement(near.ranks_on_map[:, :k], n),
        neighbors_kept=float((near.ranks_on_map[:, :k] <= k).mean()),
        chance=k / (n - 1),
    )


def _agreement(ranks: np.ndarray, n: int) -> float:
    """1 less the scaled sum of how far the (R, k) ranks of the k nearest on the other side are beyond k."""
    drawn_points, k = ranks.shape
    excess = np.maximum(ranks - k, 0).sum()
    return float(1 - excess * 2 / (drawn_points * k * (2 * n - 3 * k - 1)))


def _hit(
    vectors: np.ndarray,
    points: np.ndarray,
    labels: Sequence[object] | np.ndarray,
    labelled: str,
    metric: str,
    sample: int,
    seed: int,
    near: Neighborhoods | None = None,
) -> NeighborhoodHit | None:
    """The neighbourhood hit of Paulovich et al. (2008) over a sample of the points that have a label, with its level in
    the full space and by chance beside it; None where fewer than two have one.

    Args:
        near: the neighbourhoods of the same sample of all points, which serve where all have a label.
    """
    number = {label: i for i, label in enumerate(dict.fromkeys(label for label in labels if label is not None))}
    numbers = np.array([-1 if label is None else number[label] for label in labels])
    known = np.flatnonzero(numbers >= 0)
    if len(known) < 2:
        return None
    k, rows = min(HIT_NEIGHBORS, len(known) - 1), drawn(len(known), sample, seed)
    if near is None or len(known) < len(labels):
        near = neighborhoods(vectors[known], points[known], rows, k, metric)
    numbers = numbers[known]
    own = numbers[rows]
    full, flat = (float((numbers[nearest[:, :k]] == own[:, None]).mean()) for nearest in (near.in_space, near.on_map))
    alike = np.bincount(numbers)[own] - 1
    chance, most = float(alike.mean() / (len(numbers) - 1)), float(np.minimum(alike, k).mean() / k)
    return NeighborhoodHit(labelled, k, flat, full, chance, len(rows), most, len(known))


def _rank_correlation(vectors: np.ndarray, points: np.ndarray, metric: str) -> float | None:
    """Spearman's over all pairs of these; None where all distances of one side are equal."""
    full, flat = _pair_ranks_in_space(vectors, metric), _pair_ranks(distances(points, "euclidean"))
    return None if full is None or flat is None else float(np.corrcoef(full, flat)[0, 1])


_last: tuple[str, np.ndarray | None] | None = None


def _pair_ranks_in_space(vectors: np.ndarray, metric: str) -> np.ndarray | None:
    """Kept for the next map, which is measured on the same sample mostly."""
    global _last
    rows = np.ascontiguousarray(vectors)
    key = f"{metric} {rows.shape} {rows.dtype} {hashlib.sha256(rows.data).hexdigest()}"
    if _last is None or _last[0] != key:
        _last = key, _pair_ranks(distances(rows, metric))
    return _last[1]


def _pair_ranks(between: np.ndarray) -> np.ndarray | None:
    """(N, N) distances → the ranks of those of all pairs; None where all are equal."""
    from scipy.stats import rankdata

    pairs = between[np.triu_indices(len(between), k=1)]
    return None if np.ptp(pairs) == 0 else rankdata(pairs)
