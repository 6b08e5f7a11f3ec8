"""The nearest neighbours of points that are asked, found once and read for every column."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from embedkit.analysis.neighbors import neighbor_table
from embedkit.spaces.space import EmbeddingSpace


@dataclass(frozen=True, eq=False)
class NeighborTable:
    """Points of a space and their nearest among all its points.

    Attributes:
        rows: (R,) rising: the points that are asked.
        depth: how many neighbours are found at once; more than are needed, as some may have no value.
    """

    space: EmbeddingSpace
    rows: np.ndarray
    depth: int

    @cached_property
    def table(self) -> np.ndarray:
        """(R, depth) the nearest by cosine, exactly, the nearest first."""
        return neighbor_table(self.space, self.rows, k=self.depth)[0]

    def nearest_with(self, present: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The rows that are asked and have a value, (A,), and their k nearest others that have one, (A, k).

        Args:
            present: (N,) whether a point has a value; more than k do.
        """
        has_value = np.flatnonzero(present[self.rows])
        rows, table = self.rows[has_value], self.table[has_value]
        if present.all() and k <= table.shape[1]:
            return rows, table[:, :k]
        eligible = present[table]
        order = np.argsort(~eligible, axis=1, kind="stable")[:, :k]
        nearest = np.zeros((len(rows), k), dtype=np.int32)
        nearest[:, : order.shape[1]] = np.take_along_axis(table, order, axis=1)
        short = np.flatnonzero(eligible.sum(axis=1) < k)
        if len(short):
            among = np.flatnonzero(present)
            own = np.searchsorted(among, rows[short])
            nearest[short] = among[neighbor_table(self.space.take(among), own, k=k)[0]]
        return rows, nearest
