"""Points of one vector: a map lays them on one spot, and its fidelity counts them once."""

from dataclasses import dataclass

import numpy as np


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


def spots_of(vectors: np.ndarray) -> Spots:
    """(N, D) vectors → those that are the same to the bit, taken together."""
    seen: dict[bytes, int] = {}
    firsts: list[int] = []
    number = np.empty(len(vectors), dtype=np.int64)
    for row, vector in enumerate(vectors):
        number[row] = seen.setdefault(vector.tobytes(), len(firsts))
        if number[row] == len(firsts):
            firsts.append(row)
    return Spots(np.array(firsts, dtype=np.int64), number)
