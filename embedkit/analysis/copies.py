"""Points that have the same vector, such as a text that stands twice: of each other they tell nothing, a map lays them
on one spot, and its fidelity counts them once."""

from dataclasses import dataclass

import numpy as np

from embedkit.spaces.space import EmbeddingSpace

SAME = 1e-6
"""Unit vectors that differ by no more in any coordinate are one: an encoder rounds a text anew in each batch."""
_ACROSS = 8  # so many are looked at of those whose shadows on a line lie nearest
_LINE = 1e-5  # such shadows lie at most so far apart
_BLOCK = 4_096  # pairs of rows compared at a time


@dataclass(frozen=True, eq=False)
class Spots:
    """The distinct vectors of some points.

    Attributes:
        firsts: (M,) the row of the first point of each, rising.
        number: (N,) which of them each point has.
    """

    firsts: np.ndarray
    number: np.ndarray

    @property
    def copies(self) -> int:
        """How many points have the vector of an earlier one."""
        return len(self.number) - len(self.firsts)

    @property
    def largest(self) -> int:
        """The most points that share one vector."""
        return int(np.bincount(self.number).max(initial=0))

    def parameters(self) -> dict[str, int]:
        """What the parameters of a map say of it; nothing where all vectors are distinct."""
        return {"distinct_vectors": len(self.firsts), "most_at_one_spot": self.largest} if self.copies else {}


def spots_of(space: EmbeddingSpace, metric: str) -> Spots:
    """The points of a space whose vectors are the same to within `SAME`, taken together: by cosine those of one
    direction, by any other metric those of one direction and length."""
    number = _directions(space.unit)
    if metric != "cosine":
        order = np.lexsort((space.norms, number))
        lengths = space.norms[order]
        longer = np.diff(lengths) > SAME * lengths[1:]
        parted = np.cumsum(np.r_[0, longer | (np.diff(number[order]) != 0)])
        number = np.empty(len(order), dtype=np.int64)
        number[order] = parted[: len(order)]
    return _spots(number)


def identical(space: EmbeddingSpace) -> Spots:
    """The points of a space whose vectors are the same to the bit, which is what versions before 0.3 took together."""
    return _spots(_to_the_bit(space.vectors))


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
    directed = space.unit.any(axis=1)
    spots = _spots(_directions(space.unit)[directed])
    numbers = np.full(len(space), -1, dtype=np.int64)
    numbers[directed] = spots.number
    rows = np.flatnonzero(directed)[spots.firsts]
    return DistinctVectors(space if len(rows) == len(space) else space.take(rows), numbers)


def _spots(number: np.ndarray) -> Spots:
    """Out of any numbers, (N,), that are the same for the points of one vector."""
    _, firsts, inverse = np.unique(number, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return Spots(firsts[order].astype(np.int64), place[inverse.reshape(-1)])


def _to_the_bit(vectors: np.ndarray) -> np.ndarray:
    """(N, D) → (N,) a number of each row that those alone have in common whose bytes are the same; 0.0 is not -0.0.

    Rows are sorted by their bytes where they lie: `np.unique` would hold a second table of them.
    """
    if not len(vectors):
        return np.empty(0, dtype=np.int64)
    rows = np.ascontiguousarray(vectors).view(np.dtype((np.void, vectors.shape[1] * vectors.itemsize)))[:, 0]
    order = np.argsort(rows, kind="stable")
    differs = np.zeros(len(order), dtype=bool)
    for start in range(1, len(order), _BLOCK):
        here = order[start : start + _BLOCK]
        before = order[start - 1 : start - 1 + len(here)]
        differs[start : start + _BLOCK] = rows[here] != rows[before]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(differs)
    return number


def _directions(unit: np.ndarray) -> np.ndarray:
    """(N, D) unit vectors → (N,) a number of each that those have in common that are the same within `SAME`.

    Such rows have nearly the same shadow on a random line, so only rows whose shadows lie side by side are compared;
    those that are the same to the bit are one beforehand, for many can have one shadow.
    """
    exact = _spots(_to_the_bit(unit))
    if len(exact.firsts) < 2:
        return exact.number
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    distinct = unit[exact.firsts] if exact.copies else unit
    line = np.random.default_rng(0).normal(size=unit.shape[1])
    shadows = distinct @ np.asarray(line, dtype=np.float32)
    order = np.argsort(shadows, kind="stable")
    ones: list[np.ndarray] = []
    others: list[np.ndarray] = []
    for step in range(1, min(_ACROSS, len(distinct) - 1) + 1):
        near = np.flatnonzero(shadows[order[step:]] - shadows[order[:-step]] <= _LINE)
        one, other = order[near], order[near + step]
        for start in range(0, len(near), _BLOCK):
            some = slice(start, start + _BLOCK)
            same = np.abs(distinct[one[some]] - distinct[other[some]]).max(axis=1) <= SAME
            ones.append(one[some][same])
            others.append(other[some][same])
    if not any(map(len, ones)):
        return exact.number
    pairs = np.concatenate(ones), np.concatenate(others)
    graph = coo_array((np.ones(len(pairs[0]), dtype=bool), pairs), shape=(len(distinct), len(distinct)))
    _, component = connected_components(graph, directed=False)
    return np.asarray(component[exact.number])
