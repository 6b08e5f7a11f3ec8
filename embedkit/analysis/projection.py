"""Maps of a space: PCA and UMAP, with their parameters and their fidelity."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from embedkit.analysis.fidelity import METRICS, Fidelity, measure
from embedkit.analysis.neighbors import in_blocks, largest
from embedkit.errors import SpaceError, UsageError, unknown
from embedkit.spaces.space import EmbeddingSpace


@dataclass(frozen=True, eq=False)
class Projection:
    """Points of a space in two or three dimensions.

    Attributes:
        space: the name of the space it was made from.
        method: "pca" or "umap".
        labels: N strings, as in the space.
        points: (N, 2 or 3) float32.
        parameters: everything that made it (metric, neighbours, seed, package versions), JSON-ready.
        fidelity: how far the picture can be trusted, on a stated subsample; None with fewer than three points.
        explained_variance: share of variance per axis, PCA only.

    Raises:
        SpaceError: labels and points differ in number, points are not in two or three dimensions or not finite.
    """

    space: str
    method: str
    labels: tuple[str, ...]
    points: np.ndarray
    parameters: Mapping[str, Any]
    fidelity: Fidelity | None = None
    explained_variance: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "points", np.ascontiguousarray(self.points, dtype=np.float32))
        if self.points.ndim != 2 or self.points.shape[1] not in (2, 3) or len(self.points) != len(self.labels):
            raise SpaceError(f"map of {self.space}: points {self.points.shape} for {len(self.labels)} labels")
        if not np.isfinite(self.points).all():
            raise SpaceError(f"map of {self.space}: a point is not finite")


def pca(space: EmbeddingSpace, *, dimensions: int = 2) -> Projection:
    """Principal components, exact: centred, each axis turned so that its largest loading is positive.

    Where the space has fewer components than asked for, the axes left are zero and explain nothing. The
    fidelity is to cosine distances, as UMAP's is by default, so that the two maps can be compared.

    Raises:
        UsageError: dimensions is not 2 or 3.
        SpaceError: the space is empty.
    """
    from sklearn.decomposition import PCA

    _check(space, dimensions)
    vectors = space.vectors.astype(np.float64)
    centred = vectors - vectors.mean(axis=0)
    points = np.zeros((len(space), dimensions))
    explained = np.zeros(dimensions)
    components = min(dimensions, *centred.shape)
    if np.square(centred).sum() > 0:
        fit = PCA(n_components=components, svd_solver="full" if len(space) < space.dimensions else "covariance_eigh")
        fit.fit(centred)
        loadings = fit.components_
        strongest = loadings[np.arange(components), np.abs(loadings).argmax(axis=1)]
        loadings = loadings * np.where(strongest < 0, -1, 1)[:, None]
        points[:, :components] = centred @ loadings.T
        explained[:components] = fit.explained_variance_ratio_
    return Projection(
        space=space.name,
        method="pca",
        labels=space.labels,
        points=points,
        parameters={"dimensions": dimensions, "versions": _versions("scikit-learn", "numpy")},
        fidelity=_fidelity(space, points, "cosine"),
        explained_variance=tuple(float(share) for share in explained),
    )


def umap(
    space: EmbeddingSpace,
    *,
    dimensions: int = 2,
    neighbors: int = 15,
    min_distance: float = 0.1,
    metric: str = "cosine",
    seed: int | None = None,
) -> Projection:
    """UMAP (McInnes et al. 2018) over exact nearest neighbours.

    Without a seed umap-learn lays the map out on all cores and no two maps are the same; with one it runs on
    one core, several times slower, and the map is exact to the bit on the same machine and versions. A zero
    vector has no direction: its cosine distance to everything is 1. Fewer points than neighbours lower the
    neighbours; spaces of up to four points are too small for UMAP and are laid out by their distances.

    Raises:
        UsageError: dimensions is not 2 or 3, neighbors is below 2, min_distance is not in [0, 1), or no such metric.
        SpaceError: the space is empty.
    """
    _check(space, dimensions)
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    if neighbors < 2:
        raise UsageError(f"neighbors is {neighbors}; UMAP needs two or more")
    if not 0 <= min_distance < 1:
        raise UsageError(f"min_distance is {min_distance}; it lies from 0 to below 1")
    used = min(neighbors, len(space) - 1)
    points = _tiny(space, dimensions) if len(space) < 5 else _umap(space, dimensions, used, min_distance, metric, seed)
    return Projection(
        space=space.name,
        method="umap",
        labels=space.labels,
        points=points,
        parameters={
            "dimensions": dimensions,
            "neighbors": used,
            "min_distance": min_distance,
            "metric": metric,
            "seed": seed,
            "versions": _versions("umap-learn", "numba", "scikit-learn", "numpy"),
        },
        fidelity=_fidelity(space, points, metric),
    )


METHODS: Mapping[str, Callable[..., Projection]] = {"pca": pca, "umap": umap}


def _umap(
    space: EmbeddingSpace, dimensions: int, neighbors: int, min_distance: float, metric: str, seed: int | None
) -> np.ndarray:
    from umap import UMAP

    ids, distance = _nearest(space, neighbors, metric)
    fit = UMAP(
        n_components=dimensions,
        n_neighbors=neighbors,
        min_dist=min_distance,
        metric=metric,
        random_state=seed,
        n_jobs=1 if seed is not None else -1,
        # The neighbours come without an index for new points, which a map does not take.
        precomputed_knn=(ids, distance, None),
        # The spectral start needs more points than the few eigenvectors it asks for.
        init="spectral" if len(space) > 4 * (dimensions + 1) else "random",
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="precomputed_knn.*transform", category=UserWarning)
        # Duplicates and zero rows make a graph in pieces; umap-learn then starts each piece by itself.
        warnings.filterwarnings("ignore", message=".*[Ss]pectral initiali[sz]ation failed", category=UserWarning)
        warnings.filterwarnings("ignore", message="Graph is not fully connected", category=UserWarning)
        points = fit.fit_transform(space.vectors)
    # A point that nothing is near to comes back without a place: put it in the middle.
    placed = np.isfinite(points).all(axis=1)
    points[~placed] = points[placed].mean(axis=0) if placed.any() else 0
    return points


def _nearest(space: EmbeddingSpace, k: int, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """(N, k) int32 ids and float32 distances of each point's nearest, itself first, as umap-learn counts them."""
    n = len(space)
    rows = space.unit if metric == "cosine" else space.vectors - space.vectors.mean(axis=0)
    squares = np.zeros(n, dtype=np.float32) if metric == "cosine" else np.square(rows).sum(axis=1)
    ids = np.empty((n, k), dtype=np.int32)
    distance = np.zeros((n, k), dtype=np.float32)

    def fill(start: int, stop: int) -> None:
        # Largest first: the cosine, or the negative squared distance less the constant square of the row itself.
        scores = rows[start:stop] @ rows.T
        if metric == "euclidean":
            scores *= 2
            scores -= squares
        own = np.arange(start, stop)
        scores[own - start, own] = -np.inf
        found, best = largest(scores, k - 1)
        ids[start:stop, 0] = own
        ids[start:stop, 1:] = found
        away = 1 - best if metric == "cosine" else np.sqrt(np.maximum(squares[own, None] - best, 0))
        distance[start:stop, 1:] = np.maximum(away, 0)

    in_blocks(fill, n, max(1, 4_000_000 // n))
    return ids, distance


def _tiny(space: EmbeddingSpace, dimensions: int) -> np.ndarray:
    return pca(space, dimensions=dimensions).points


def _fidelity(space: EmbeddingSpace, points: np.ndarray, metric: str) -> Fidelity | None:
    return measure(space.vectors, points, metric=metric) if len(space) >= 3 else None


def _check(space: EmbeddingSpace, dimensions: int) -> None:
    if dimensions not in (2, 3):
        raise UsageError(f"dimensions is {dimensions}; a map has 2 or 3")
    if not len(space):
        raise SpaceError(f"{space.name}: there are no points to map")


def _versions(*packages: str) -> dict[str, str]:
    return {package: version(package) for package in packages}
