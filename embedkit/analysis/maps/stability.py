"""How far a map depends on chance: the same map again, from other seeds and of other parts of the points."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from embedkit.analysis.maps.pointwise import nearest_on_map
from embedkit.analysis.maps.projection import METHODS, options_of
from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.space import EmbeddingSpace

OnMap = Callable[[int, int], None]
"""Called with how many maps are made and how many there will be."""


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
        jaccard: of each point's k nearest on two maps, among the points of both: shared by all, averaged over points;
            1 where every point has the same neighbours.
        procrustes: what is left between two maps after centring, scaling, rotation and reflection, in [0, 1], as
            scipy.spatial.procrustes gives it; 0 where one is the other turned, None where all points of one coincide.
        points: (N,) float32 mean Jaccard of each point over the pairs of maps that have it; NaN where no pair has.
        chance: the Jaccard of maps that have nothing to do with each other.
        maps: how many; their pairs are all that there are of them.
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
        return self.maps * (self.maps - 1) // 2


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


def stability(
    space: EmbeddingSpace,
    method: str,
    *,
    seeds: int = 5,
    subsample: float = 0.9,
    k: int = 15,
    on_map: OnMap | None = None,
    **options: Any,
) -> Stability:
    """Make the same map `seeds` times of all points and `seeds` times of random parts of them, and compare each two.

    What changes with the seed is luck of the layout; what changes with the points besides is what the map owes to
    which of them happen to be there. Seeds and subsamples are 0, 1, 2, …, so the figures can be made again. A method
    that draws nothing has the same map for every seed.

    Args:
        subsample: the share of the points in each of the partial maps.
        k: neighbours compared; lowered to below half of the points that two subsamples are sure to share.
        on_map: told how far it has come.
        options: of the method, such as `neighbors` or `dimensions`, but for the seed.

    Raises:
        UsageError: no such method, seeds is below 2, subsample is not in (0.5, 1), k is below 1, a seed among the
            options, an option that is wrong, or the method is axes, where no point's place depends on another's.
        SpaceError: fewer than five points.
    """
    named = options_of(method)
    if method == "axes":
        raise UsageError("a map on your own axes draws nothing and each point is placed by itself; it is always stable")
    if seeds < 2:
        raise UsageError(f"seeds is {seeds}; two maps or more can be compared")
    if not 0.5 < subsample < 1:
        raise UsageError(f"subsample is {subsample}; it lies above a half, so that two parts overlap, and below 1")
    if k < 1:
        raise UsageError(f"k is {k}; compare at least one neighbour")
    if "seed" in options:
        raise UsageError("stability takes each map with a seed of its own; leave the seed out")
    n = len(space)
    size = round(subsample * n)
    k = min(k, (2 * size - n - 1) // 2)
    if k < 1:
        raise SpaceError(f"{space.name}: {n} points are too few to compare neighbours; it takes five or more")

    random = "seed" in named and not _exact_pca(method, space, options)
    told = on_map or (lambda _done, _all: None)

    def lay_out(of: EmbeddingSpace, seed: int) -> np.ndarray:
        chosen = {**options, **({"seed": seed} if random else {})}
        return METHODS[method](of, measured=False, **chosen).points

    everything = np.arange(n)
    whole: list[tuple[np.ndarray, np.ndarray]] = []
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    for seed in range(seeds):
        whole.append((everything, lay_out(space, seed) if random or seed == 0 else whole[0][1]))
        told(seed + 1, 2 * seeds)
    for seed in range(seeds):
        rows = np.sort(np.random.default_rng(seed).choice(n, size=size, replace=False))
        parts.append((rows, lay_out(space.take(rows), seed)))
        told(seeds + seed + 1, 2 * seeds)
    return Stability(method, agreement(whole, n, k), agreement(parts, n, k), subsample, k, dict(options))


def agreement(maps: list[tuple[np.ndarray, np.ndarray]], total: int, k: int) -> Agreement:
    """Compare each two of several maps, given as the (M,) rising rows of their points among `total`, and (M, 2 or 3).

    Raises:
        SpaceError: two maps share fewer points than neighbours are compared.
    """
    jaccards, procrustes, chances = [], [], []
    sums, counts = np.zeros(total), np.zeros(total)
    for (rows_a, a), (rows_b, b) in combinations(maps, 2):
        shared, in_a, in_b = np.intersect1d(rows_a, rows_b, assume_unique=True, return_indices=True)
        if len(shared) <= k:
            raise SpaceError(f"two maps share {len(shared)} points; comparing {k} neighbours needs more")
        each = jaccard(a[in_a], b[in_b], k)
        sums[shared] += each
        counts[shared] += 1
        jaccards.append(float(each.mean()))
        chances.append(jaccard_chance(len(shared), k))
        procrustes.append(disparity(a[in_a], b[in_b]))
    points = np.divide(sums, counts, out=np.full(total, np.nan), where=counts > 0)
    known = [value for value in procrustes if value is not None]
    spread = _spread(known) if len(known) == len(procrustes) else None
    return Agreement(_spread(jaccards), spread, points, float(np.mean(chances)), len(maps))


def jaccard(a: np.ndarray, b: np.ndarray, k: int) -> np.ndarray:
    """(N,) the Jaccard index of each point's k nearest on two maps (N, 2 or 3) of the same points."""
    if np.array_equal(a, b):
        return np.ones(len(a))
    first, second = (np.sort(nearest_on_map(np.asarray(points, dtype=np.float64), k)[0], axis=1) for points in (a, b))
    both = np.sort(np.hstack([first, second]), axis=1)
    shared = (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return shared / (2 * k - shared)


def jaccard_chance(points: int, k: int) -> float:
    """The mean Jaccard index of two random sets of k among the others of a point: of so many, some are shared by
    chance, and how many is hypergeometric."""
    from scipy.stats import hypergeom

    shared = np.arange(k + 1)
    return float((hypergeom(points - 1, k, k).pmf(shared) * shared / (2 * k - shared)).sum())


def disparity(a: np.ndarray, b: np.ndarray) -> float | None:
    """The Procrustes distance of two maps of the same points; None where all points of one coincide."""
    from scipy.spatial import procrustes

    a, b = (np.asarray(points, dtype=np.float64) for points in (a, b))
    if min(np.ptp(a, axis=0).max(), np.ptp(b, axis=0).max()) == 0:
        return None
    return 0.0 if np.array_equal(a, b) else float(procrustes(a, b)[2])


def _spread(values: list[float]) -> Spread:
    return Spread(float(np.mean(values)), min(values), max(values))


def _exact_pca(method: str, space: EmbeddingSpace, options: Mapping[str, Any]) -> bool:
    """Whether this is the PCA that draws nothing, of all points and of their parts."""
    from embedkit.analysis.maps.principal import chosen_solver

    return method == "pca" and chosen_solver(space, options.get("solver")) == "exact"
