"""How far a map can be trusted."""

from dataclasses import dataclass

import numpy as np

from embedkit.errors import SpaceError, unknown

METRICS = ("cosine", "euclidean")


@dataclass(frozen=True)
class Fidelity:
    """Agreement of a map with the full space, each in [0, 1] but the rank correlation, which is in [-1, 1].

    `neighbors_kept` is the mean share of the k nearest neighbours in the full space that are also among
    the k nearest on the map; `chance` is what a shuffled map would keep, k / (sample - 1).
    `distance_rank_correlation` is None where all distances of one side are equal: there is no order to compare.
    """

    trustworthiness: float
    continuity: float
    neighbors_kept: float
    distance_rank_correlation: float | None
    k: int
    metric: str
    sample: int
    points: int
    seed: int

    @property
    def chance(self) -> float:
        return self.k / (self.sample - 1)


def measure(
    vectors: np.ndarray,
    points: np.ndarray,
    *,
    k: int = 15,
    metric: str = "cosine",
    sample: int = 2000,
    seed: int = 0,
) -> Fidelity:
    """Compare (N, D) vectors with their (N, 2 or 3) map on a random subsample, drawn by the seed.

    Trustworthiness and continuity are those of Venna & Kaski (2001), as in scikit-learn: points that are near
    on the map but not in the space, or near in the space but not on the map, count by how far they are out of
    rank. Distances on the map are Euclidean; the rank correlation is Spearman's over all pairs. k is lowered
    where it is not below half of the subsample, which is what the measures need.

    Raises:
        SpaceError: fewer than three points, or as many vectors as points are not given.
        UsageError: no such metric.
    """
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    if len(vectors) != len(points):
        raise SpaceError(f"a map of {len(points)} points cannot be compared with {len(vectors)} vectors")
    if len(points) < 3:
        raise SpaceError(f"fidelity needs three points or more; there are {len(points)}")
    total = len(points)
    if total > sample:
        rows = np.sort(np.random.default_rng(seed).choice(total, size=sample, replace=False))
        vectors, points = vectors[rows], points[rows]
    n = len(points)
    k = min(k, (n - 1) // 2)
    full, flat = distances(vectors, metric), distances(points, "euclidean")
    full_order, flat_order = _order(full), _order(flat)
    full_rank, flat_rank = _ranks(full_order), _ranks(flat_order)
    near_full, near_flat = full_order[:, :k], flat_order[:, :k]
    kept = np.take_along_axis(flat_rank, near_full, axis=1) <= k
    return Fidelity(
        trustworthiness=_agreement(full_rank, near_flat, k),
        continuity=_agreement(flat_rank, near_full, k),
        neighbors_kept=float(kept.mean()),
        distance_rank_correlation=_rank_correlation(full, flat),
        k=k,
        metric=metric,
        sample=n,
        points=total,
        seed=seed,
    )


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


def _agreement(ranks: np.ndarray, near: np.ndarray, k: int) -> float:
    """1 less the scaled sum of how far the `near` (N, k) points are out of the k first of `ranks`."""
    n = len(ranks)
    excess = np.maximum(np.take_along_axis(ranks, near, axis=1) - k, 0).sum()
    return float(1 - excess * 2 / (n * k * (2 * n - 3 * k - 1)))


def _rank_correlation(full: np.ndarray, flat: np.ndarray) -> float | None:
    from scipy.stats import rankdata

    above = np.triu_indices(len(full), k=1)
    a, b = full[above], flat[above]
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])
