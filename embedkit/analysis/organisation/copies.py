"""Points that have the same vector, such as a text that stands twice: neighbours would tell of one what is its own."""

from dataclasses import dataclass

import numpy as np

from embedkit.spaces.space import EmbeddingSpace

SAME = 1e-6
"""Unit vectors that differ by no more in any coordinate are one: an encoder rounds a text anew in each batch."""
_ACROSS = 8  # so many are looked at of those whose shadows on a line lie nearest
_LINE = 1e-5  # such shadows lie at most so far apart


@dataclass(frozen=True, eq=False)
class DistinctVectors:
    """The different directions of a space.

    Attributes:
        space: a point for each; the first of those that share it.
        numbers: (N,) the row in `space` of each point of the original; −1 of a zero vector, which has no direction.
    """

    space: EmbeddingSpace
    numbers: np.ndarray

    @property
    def zeros(self) -> int:
        """How many points have a zero vector."""
        return int((self.numbers < 0).sum())

    @property
    def copies(self) -> int:
        """How many points share the vector of an earlier one."""
        return len(self.numbers) - self.zeros - len(self.space)


def distinct_vectors(space: EmbeddingSpace) -> DistinctVectors:
    """The space with points of one direction taken together."""
    directed = np.flatnonzero(space.unit.any(axis=1))
    firsts, number = _equal(space.unit, directed)
    merged = _nearly_equal(space.unit[firsts] if len(firsts) < len(space) else space.unit)
    numbers = np.full(len(space), -1, dtype=np.int64)
    kept, place = np.unique(merged, return_inverse=True)
    numbers[directed] = place.reshape(-1)[number]
    rows = firsts[kept]
    return DistinctVectors(space if len(rows) == len(space) else space.take(rows), numbers)


def _equal(unit: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row of each set of rows that are the same to the bit, rising, and each row's number among those."""
    seen: dict[bytes, int] = {}
    firsts: list[int] = []
    number = np.empty(len(rows), dtype=np.int64)
    for place, row in enumerate(rows.tolist()):
        known = seen.setdefault(unit[row].tobytes(), len(firsts))
        number[place] = known
        if known == len(firsts):
            firsts.append(row)
    return np.array(firsts, dtype=np.int64), number


def _nearly_equal(unit: np.ndarray) -> np.ndarray:
    """(M, D) → (M,) the first row of those that are the same within `SAME`.

    Such rows have nearly the same shadow on a random line, so only rows whose shadows lie side by side are compared.
    """
    if len(unit) < 2:
        return np.arange(len(unit))
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    line = np.random.default_rng(0).normal(size=unit.shape[1])
    shadows = unit @ np.asarray(line, dtype=np.float32)
    order = np.argsort(shadows, kind="stable")
    ones: list[np.ndarray] = []
    others: list[np.ndarray] = []
    for step in range(1, min(_ACROSS, len(unit) - 1) + 1):
        near = np.flatnonzero(shadows[order[step:]] - shadows[order[:-step]] <= _LINE)
        one, other = order[near], order[near + step]
        for start in range(0, len(near), 4_096):
            some = slice(start, start + 4_096)
            same = np.abs(unit[one[some]] - unit[other[some]]).max(axis=1) <= SAME
            ones.append(one[some][same])
            others.append(other[some][same])
    if not any(map(len, ones)):
        return np.arange(len(unit))
    pairs = np.concatenate(ones), np.concatenate(others)
    graph = coo_array((np.ones(len(pairs[0]), dtype=bool), pairs), shape=(len(unit), len(unit)))
    _, component = connected_components(graph, directed=False)
    _, firsts, inverse = np.unique(component, return_index=True, return_inverse=True)
    return np.asarray(firsts[inverse.reshape(-1)])
