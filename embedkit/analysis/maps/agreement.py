"""How alike several maps of the same points are, and the record of it that is kept with one of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from embedkit.analysis.maps.pointwise import nearest_on_map
from embedkit.analysis.overlap import chance_jaccard, jaccards
from embedkit.errors import SpaceError


@dataclass(frozen=True)
class Spread:
    """A figure over pairs of maps: their mean, and the lowest and the highest of them."""

    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True, eq=False)
class Agreement:
    """How alike several maps of one space are.

    Attributes:
        jaccard: of each point's k nearest on two maps, among the points of both: those that both have over
            all that one has, averaged over points; 1 where every point has the same neighbours.
        procrustes: what is left between two maps after centring, scaling, rotation and reflection, in [0, 1], as
            scipy.spatial.procrustes gives it; 0 where one is the other turned, None where all points of one coincide.
        points: (N,) float32 mean Jaccard of each point over the pairs of maps that have it; NaN where no pair has.
        chance: the Jaccard of maps that have nothing to do with each other.
        maps: how many; every pair of them is compared.
    """

    jaccard: Spread
    procrustes: Spread | None
    points: np.ndarray
    chance: float
    maps: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", np.ascontiguousarray(self.points, dtype=np.float32))

    @property
    def pairs(self) -> int:
        """How many pairs of maps there are."""
        return self.maps * (self.maps - 1) // 2

    def summary(self) -> dict[str, Any]:
        """All but the figures of single points, JSON-ready."""
        procrustes = None if self.procrustes is None else asdict(self.procrustes)
        return {"jaccard": asdict(self.jaccard), "procrustes": procrustes, "chance": self.chance, "maps": self.maps}


@dataclass(frozen=True, eq=False)
class Stability:
    """The agreement of one method's maps of one space.

    Attributes:
        seeds: of maps of all points that differ in their seed alone.
        subsamples: of maps that differ in their seed and in which points they were made of.
        share: of the points in each subsample.
        k: neighbours compared.
        parameters: the options of the method that were set.
    """

    method: str
    seeds: Agreement
    subsamples: Agreement
    share: float
    k: int
    parameters: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.seeds.points.shape != self.subsamples.points.shape:
            raise SpaceError(f"stability of {len(self)} points and of {len(self.subsamples.points)}")

    def __len__(self) -> int:
        return len(self.seeds.points)

    def summary(self) -> dict[str, Any]:
        """All but the figures of single points, JSON-ready."""
        about = {"method": self.method, "share": self.share, "k": self.k, "parameters": dict(self.parameters)}
        return {**about, "seeds": self.seeds.summary(), "subsamples": self.subsamples.summary()}


def agreement(maps: list[tuple[np.ndarray, np.ndarray]], total: int, k: int) -> Agreement:
    """Compare each two of several maps, given as the (M,) rising rows of their points among `total`, and (M, 2 or 3).

    Raises:
        SpaceError: two maps share fewer points than neighbours are compared.
    """
    means, procrustes, chances = [], [], []
    sums, counts = np.zeros(total), np.zeros(total)
    for (rows_a, a), (rows_b, b) in combinations(maps, 2):
        shared, in_a, in_b = np.intersect1d(rows_a, rows_b, assume_unique=True, return_indices=True)
        if len(shared) <= k:
            raise SpaceError(f"two maps share {len(shared)} points; comparing {k} neighbours needs more")
        by_point = jaccard(a[in_a], b[in_b], k)
        sums[shared] += by_point
        counts[shared] += 1
        means.append(float(by_point.mean()))
        chances.append(chance_jaccard(len(shared), k))
        procrustes.append(disparity(a[in_a], b[in_b]))
    points = np.divide(sums, counts, out=np.full(total, np.nan), where=counts > 0)
    defined = [value for value in procrustes if value is not None]
    spread = _spread(defined) if len(defined) == len(procrustes) else None
    return Agreement(_spread(means), spread, points, float(np.mean(chances)), len(maps))


def jaccard(a: np.ndarray, b: np.ndarray, k: int) -> np.ndarray:
    """(N,) the Jaccard index of each point's k nearest on two maps (N, 2 or 3) of the same points."""
    if np.array_equal(a, b):
        return np.ones(len(a))
    first, second = (nearest_on_map(np.asarray(points, dtype=np.float64), k)[0] for points in (a, b))
    return jaccards(first, second)


def disparity(a: np.ndarray, b: np.ndarray) -> float | None:
    """The Procrustes distance of two maps of the same points; None where all points of one coincide."""
    from scipy.spatial import procrustes

    a, b = (np.asarray(points, dtype=np.float64) for points in (a, b))
    if min(np.ptp(a, axis=0).max(), np.ptp(b, axis=0).max()) == 0:
        return None
    return 0.0 if np.array_equal(a, b) else float(procrustes(a, b)[2])


def _spread(values: list[float]) -> Spread:
    return Spread(float(np.mean(values)), min(values), max(values))
