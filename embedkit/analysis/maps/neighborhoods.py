"""The neighbours of some points among all, in the full space and on its map, with their ranks on the other side."""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.neighbors import in_blocks, largest
from embedkit.spaces.space import of_length_one

METRICS = ("cosine", "euclidean")
_BLOCK = 2_000_000  # distances held at a time by one thread


def drawn(total: int, sample: int, seed: int) -> np.ndarray:
    """(min(total, sample),) rising rows: a random subsample, or all."""
    if total <= sample:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).choice(total, size=sample, replace=False))


def distances(x: np.ndarray, metric: str) -> np.ndarray:
    """(N, D) → (N, N) float32 distances; the cosine distance of a zero row to any other is 1."""
    return _Points(x, metric).distances(slice(None))


def comparable(rows: np.ndarray, metric: str) -> np.ndarray:
    """(N, D) → rows, in the same precision, from whose inner products the metric is computed."""
    if metric == "cosine":
        return of_length_one(rows)
    # Centred first: the difference of large squares would lose the small distances.
    return rows - rows.mean(axis=0)


class _Points:
    """(N, D) points of which some are held against all."""

    def __init__(self, x: np.ndarray, metric: str) -> None:
        x = np.asarray(x, dtype=np.float64)
        self.metric = metric
        self.rows = comparable(x, metric)
        if metric != "cosine":
            self.squares = (self.rows * self.rows).sum(axis=1)

    def distances(self, some: np.ndarray | slice) -> np.ndarray:
        """(R,) rows → (R, N) float32."""
        products = self.rows[some] @ self.rows.T
        if self.metric == "cosine":
            return (1 - products).astype(np.float32)
        squares = self.squares[some][:, None] + self.squares - 2 * products
        return np.sqrt(np.maximum(squares, 0)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Neighborhoods:
    """The k nearest among all points of each of n drawn ones, the nearest first, equally near ones in their order.

    Attributes:
        in_space, on_map: (n, k) rows of all points.
        ranks_in_space: (n, k) the ranks in the full space, from 1, of those that are nearest on the map.
        ranks_on_map: (n, k) the ranks on the map of those that are nearest in the full space.
    """

    in_space: np.ndarray
    on_map: np.ndarray
    ranks_in_space: np.ndarray
    ranks_on_map: np.ndarray


def neighborhoods(vectors: np.ndarray, points: np.ndarray, rows: np.ndarray, k: int, metric: str) -> Neighborhoods:
    """Of the drawn `rows` among all points, in blocks: no table of all distances is held."""
    from threadpoolctl import threadpool_limits

    full, flat = _Points(vectors, metric), _Points(points, "euclidean")
    near = Neighborhoods(*(np.empty((len(rows), k), dtype=np.int32) for _ in range(4)))

    def fill(start: int, stop: int) -> None:
        some = rows[start:stop]
        sides = full.distances(some), flat.distances(some)
        for side, nearest in zip(sides, (near.in_space, near.on_map), strict=True):
            side[np.arange(len(some)), some] = np.inf
            nearest[start:stop] = largest(-side, k)[0]
        near.ranks_in_space[start:stop] = _ranks(sides[0], near.on_map[start:stop])
        near.ranks_on_map[start:stop] = _ranks(sides[1], near.in_space[start:stop])

    # Each thread multiplies its own rows, so BLAS must not start threads of its own.
    with threadpool_limits(1, user_api="blas"):
        in_blocks(fill, len(rows), max(1, _BLOCK // max(1, len(points))))
    return near


def _ranks(away: np.ndarray, of: np.ndarray) -> np.ndarray:
    """(R, N) distances, (R, K) columns → the rank of each in its row, the nearest being 1; equal ones by column."""
    ranks = np.empty(of.shape, dtype=np.int64)
    for row, (values, columns) in enumerate(zip(away, of, strict=True)):
        ordered, own = np.sort(values), values[columns]
        before = np.searchsorted(ordered, own, side="left")
        equal = np.searchsorted(ordered, own, side="right") - before
        for tied in np.flatnonzero(equal > 1).tolist():
            before[tied] += np.count_nonzero(values[: columns[tied]] == own[tied])
        ranks[row] = before + 1
    return ranks
