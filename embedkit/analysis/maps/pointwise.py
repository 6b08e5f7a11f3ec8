"""How far each single point of a map can be trusted, and the exact nearest neighbours that this rests on."""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.maps.neighborhoods import METRICS, comparable
from embedkit.analysis.neighbors import best_columns, in_blocks, unit_table
from embedkit.errors import SpaceError, unknown

KEPT = 15
FAR = 50
_BLOCK = 4_000_000  # scores held at a time by one thread


@dataclass(frozen=True, eq=False)
class PointFidelity:
    """For each of N points, how its surroundings changed from the full space to the map.

    The two say different things, as the false and the missing neighbours of Martins et al. (2014) do: a cluster that
    was torn apart loses neighbours and has no false ones, clusters laid over each other have both.

    Attributes:
        kept: (N,) float32 share of the k nearest in the full space that are among the k nearest on the map.
        intruders: (N,) float32 share of the k nearest on the map that are not among the `far` nearest in the full
            space: points that only look near.
        k, far: 15 and 50, less where there are few points.
        metric: what distance means in the full space.
    """

    kept: np.ndarray
    intruders: np.ndarray
    k: int
    far: int
    metric: str

    def __post_init__(self) -> None:
        for name in ("kept", "intruders"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.float32))
        if self.kept.ndim != 1 or self.kept.shape != self.intruders.shape:
            raise SpaceError(f"shares kept {self.kept.shape} and intruders {self.intruders.shape} of one map")

    def __len__(self) -> int:
        return len(self.kept)

    @property
    def chance(self) -> float:
        """What a shuffled map keeps of a point's neighbours."""
        return self.k / (len(self) - 1)

    @property
    def intruders_chance(self) -> float:
        """The share of intruders on a shuffled map."""
        return 1 - self.far / (len(self) - 1)


def measure_points(
    vectors: np.ndarray,
    points: np.ndarray,
    *,
    k: int = KEPT,
    far: int = FAR,
    metric: str = "cosine",
    nearest: tuple[np.ndarray, np.ndarray] | None = None,
) -> PointFidelity:
    """Compare the surroundings of every one of N points, exactly, in blocks: no (N, N) table is held.

    Points at the same distance as the last neighbour count as within: coincident points that coincide on the map
    too have kept each other. k and far are lowered to what is below half of the points.

    Args:
        nearest: what `nearest_rows` gave for these vectors and this metric, with `far` columns or more.

    Raises:
        SpaceError: fewer than three points, or not as many vectors as points.
        UsageError: no such metric.
    """
    n = len(points)
    if len(vectors) != n:
        raise SpaceError(f"a map of {n} points cannot be compared with {len(vectors)} vectors")
    if n < 3:
        raise SpaceError(f"fidelity needs three points or more; there are {n}")
    far = min(far, (n - 1) // 2)
    k = min(k, far)
    ids, away = nearest if nearest is not None else nearest_rows(vectors, far, metric)
    flat = np.asarray(points, dtype=np.float64)
    on_map, reach = nearest_on_map(flat, k)
    gaps = np.linalg.norm(flat[ids[:, :k]] - flat[:, None], axis=2)
    kept = (gaps <= reach[:, -1:] * (1 + 1e-9)).mean(axis=1)
    # Distances of single pairs and those of matrix products differ in the last digits.
    slack = 1e-6 * max(1.0, float(away[:, far - 1].max()))
    intruders = (_distances_to(vectors, on_map, metric) > away[:, far - 1 : far] + slack).mean(axis=1)
    return PointFidelity(kept, intruders, k, far, metric)


def nearest_rows(vectors: np.ndarray, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """(N, D) → (N, k) int32 rows nearest to each, itself left out, and (N, k) float32 distances, rising; exact.

    A zero row has cosine distance 1 to every other. Equally distant rows stand in their order.

    Raises:
        UsageError: no such metric.
    """
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    rows, squares = _prepared(vectors, metric)
    if not k:
        return np.empty((len(rows), 0), dtype=np.int32), np.empty((len(rows), 0), dtype=np.float32)

    def scores(some: slice, stretch: slice) -> np.ndarray:
        # Largest first: the inner product less half the square of the other row.
        return rows[some] @ rows[stretch].T - squares[stretch] / 2

    if metric == "cosine":
        ids, best = unit_table(rows, k)
        return ids, np.maximum(1 - best, 0)
    ids, best = best_columns(scores, np.arange(len(rows)), len(rows), k)
    return ids, np.sqrt(np.maximum(squares[:, None] - 2 * best, 0))


def nearest_on_map(points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, 2 or 3) → (N, k) rows nearest to each, itself left out, and their distances, rising; exact."""
    from scipy.spatial import cKDTree

    away, ids = cKDTree(points).query(points, k=k + 1)
    # Among many coincident points a point need not be its own first answer, nor one at all.
    own = ids == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True
    return ids[~own].reshape(len(points), k), away[~own].reshape(len(points), k)


def _prepared(vectors: np.ndarray, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """(N, D) float32 rows whose inner products the metric is computed from, and their (N,) squares."""
    rows = comparable(np.asarray(vectors, dtype=np.float32), metric)
    return rows, np.square(rows).sum(axis=1)


def _distances_to(vectors: np.ndarray, others: np.ndarray, metric: str) -> np.ndarray:
    """(N, k) distances from each row to the `others` (N, k), in blocks."""
    rows, _ = _prepared(vectors, metric)
    away = np.empty(others.shape)

    def fill(start: int, stop: int) -> None:
        own, their = rows[start:stop, None], rows[others[start:stop]]
        if metric == "cosine":
            away[start:stop] = 1 - np.einsum("rkd,rkd->rk", np.broadcast_to(own, their.shape), their)
        else:
            away[start:stop] = np.linalg.norm(own - their, axis=2)

    in_blocks(fill, len(rows), max(1, _BLOCK // max(1, others.shape[1] * rows.shape[1])))
    return away
