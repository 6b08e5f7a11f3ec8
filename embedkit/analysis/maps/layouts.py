"""Maps that keep neighbours together: UMAP, t-SNE and PaCMAP.

Each lays out distinct vectors, and points that share one on one spot: their forces would scatter copies about.
"""

import logging
import math
import warnings
from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from typing import Any, TypeVar, cast

import numpy as np

from embedkit.analysis.copies import spots_of
from embedkit.analysis.maps.compiled import keep_compiled
from embedkit.analysis.maps.coordinates import Projection, check_map
from embedkit.analysis.maps.measurement import Surroundings, projected, repeated
from embedkit.analysis.maps.principal import components as principal
from embedkit.compilation import settle_cache
from embedkit.errors import MissingPackageError, UsageError
from embedkit.spaces.space import EmbeddingSpace

Layout = TypeVar("Layout", bound=Callable[..., Projection])

FEWEST = 5
"""Fewer points have no neighbourhoods to keep: principal components lay them out, as the parameters say."""


def _on_distinct_vectors(lay_out: Layout) -> Layout:
    """The layout of the first point of each vector, where several share one; the others lie on its spot."""

    @wraps(lay_out)
    def laid_out(space: EmbeddingSpace, *, metric: str = "cosine", measured: bool = True, **options: Any) -> Projection:
        spots = spots_of(space, metric)
        if not spots.copies:
            return lay_out(space, metric=metric, measured=measured, **options)
        layout = lay_out(space.take(spots.firsts), metric=metric, measured=False, **options)
        return repeated(layout, space, spots, surroundings=Surroundings(space, metric), measured=measured)

    return cast(Layout, laid_out)


@_on_distinct_vectors
def umap(
    space: EmbeddingSpace,
    *,
    dimensions: int = 2,
    neighbors: int = 15,
    min_distance: float = 0.1,
    metric: str = "cosine",
    seed: int | None = None,
    measured: bool = True,
) -> Projection:
    """UMAP (McInnes et al. 2018) over exact nearest neighbours.

    Without a seed umap-learn lays the map out on all cores and no two maps are the same; with one it runs on
    one core, several times slower, and the map is exact to the bit on the same machine and versions. A zero
    vector has no direction: its cosine distance to everything is 1. Fewer points than neighbours lower the
    neighbours; spaces of up to four points are too small for UMAP and are laid out by their principal components.

    Raises:
        UsageError: dimensions is not 2 or 3, neighbors is below 2, min_distance is not in [0, 1), or no such metric.
        SpaceError: the space is empty.
    """
    _check_umap(space, dimensions, neighbors, min_distance)
    surroundings = Surroundings(space, metric)
    used = min(neighbors, len(space) - 1)
    parameters = {
        "dimensions": dimensions,
        "neighbors": used,
        "min_distance": min_distance,
        "metric": metric,
        "seed": seed,
    }
    if len(space) < FEWEST:
        points, parameters = _few(space, dimensions, parameters)
    else:
        points = _umap(space.vectors, surroundings.nearest(used - 1), dimensions, used, min_distance, metric, seed)
    packages = ("umap-learn", "numba", "scikit-learn", "numpy")
    return projected(space, "umap", points, parameters, packages=packages, surroundings=surroundings, measured=measured)


@_on_distinct_vectors
def pca_umap(
    space: EmbeddingSpace,
    *,
    dimensions: int = 2,
    components: int = 50,
    neighbors: int = 15,
    min_distance: float = 0.1,
    metric: str = "cosine",
    seed: int | None = None,
    measured: bool = True,
) -> Projection:
    """UMAP of the first principal components, which leaves out directions of little variance, noise or not.

    For cosine distances the components are those of the unit vectors, among which Euclidean distances stand in the
    same order; between components UMAP's distances are Euclidean. The fidelity is to the full space. The
    parameters say how many components there were and what share of the variance they have.

    Raises:
        UsageError: as `umap`, or components is not above dimensions.
        SpaceError: the space is empty.
    """
    _check_umap(space, dimensions, neighbors, min_distance)
    if components <= dimensions:
        raise UsageError(f"components is {components}; keep more than the {dimensions} dimensions of the map")
    surroundings = Surroundings(space, metric)
    count = min(components, len(space), space.dimensions)
    rows, shares = principal(space.unit if metric == "cosine" else space.vectors, count)
    reduced = EmbeddingSpace(space.name, space.labels, rows)
    layout = umap(
        reduced,
        dimensions=dimensions,
        neighbors=neighbors,
        min_distance=min_distance,
        metric="euclidean",
        seed=seed,
        measured=False,
    )
    parameters = {name: value for name, value in layout.parameters.items() if name not in ("versions", "machine")}
    return projected(
        space,
        "pca-umap",
        layout.points,
        {
            **parameters,
            "metric": metric,
            "components": count,
            "components_variance": round(float(shares.sum()), 6),
            "metric_of_components": "euclidean",
        },
        packages=tuple(layout.parameters["versions"]),
        surroundings=surroundings,
        measured=measured,
    )


@_on_distinct_vectors
def tsne(
    space: EmbeddingSpace,
    *,
    dimensions: int = 2,
    perplexity: float = 30.0,
    metric: str = "cosine",
    seed: int | None = None,
    measured: bool = True,
) -> Projection:
    """t-SNE (van der Maaten & Hinton 2008; Barnes-Hut), which starts from the principal components.

    The start keeps some of the large distances and the learning rate grows with the points, as Kobak & Berens (2019)
    advise. Without a seed the seed is 0: scikit-learn's t-SNE is no faster without. Fewer points lower the
    perplexity to a third of the others; up to four points are laid out by their principal components.

    Raises:
        UsageError: dimensions is not 2 or 3, perplexity is below 1, or no such metric.
        SpaceError: the space is empty.
    """
    check_map(space, dimensions)
    if not perplexity >= 1 or math.isinf(perplexity):
        raise UsageError(f"perplexity is {perplexity}; t-SNE needs one or more")
    surroundings = Surroundings(space, metric)
    used = max(1.0, min(perplexity, (len(space) - 1) / 3))
    parameters = {"dimensions": dimensions, "perplexity": used, "metric": metric, "seed": seed or 0}
    if len(space) < FEWEST:
        points, parameters = _few(space, dimensions, parameters)
    else:
        points = _tsne(space, dimensions, used, metric, seed or 0)
    return projected(
        space,
        "tsne",
        points,
        parameters,
        packages=("scikit-learn", "scipy", "numpy"),
        surroundings=surroundings,
        measured=measured,
    )


@_on_distinct_vectors
def pacmap(
    space: EmbeddingSpace,
    *,
    dimensions: int = 2,
    neighbors: int = 10,
    metric: str = "cosine",
    seed: int | None = None,
    measured: bool = True,
) -> Projection:
    """PaCMAP (Wang et al. 2021), where the package `pacmap` is installed. It starts from the principal components.

    Its distances are Euclidean; for cosine distances it is given unit vectors. Up to four points are laid out by
    their principal components.

    Raises:
        UsageError: pacmap is not installed, dimensions is not 2 or 3, neighbors is below 1, or no such metric.
        SpaceError: the space is empty.
    """
    check_map(space, dimensions)
    if neighbors < 1:
        raise UsageError(f"neighbors is {neighbors}; PaCMAP needs one or more")
    surroundings = Surroundings(space, metric)
    if find_spec("pacmap") is None:
        raise MissingPackageError("PaCMAP is not installed; `pip install 'embedkit[maps]'` installs it")
    used = min(neighbors, max(1, (len(space) - 1) // 4))
    parameters = {"dimensions": dimensions, "neighbors": used, "metric": metric, "seed": seed}
    if len(space) < FEWEST:
        points, parameters = _few(space, dimensions, parameters)
    else:
        points = _pacmap(space.unit if metric == "cosine" else space.vectors, dimensions, used, seed)
    packages = ("pacmap", "numba", "numpy")
    return projected(
        space, "pacmap", points, parameters, packages=packages, surroundings=surroundings, measured=measured
    )


def _check_umap(space: EmbeddingSpace, dimensions: int, neighbors: int, min_distance: float) -> None:
    check_map(space, dimensions)
    if neighbors < 2:
        raise UsageError(f"neighbors is {neighbors}; UMAP needs two or more")
    if not 0 <= min_distance < 1:
        raise UsageError(f"min_distance is {min_distance}; it lies from 0 to below 1")


def _few(space: EmbeddingSpace, dimensions: int, parameters: dict[str, Any]) -> tuple[np.ndarray, dict[str, Any]]:
    """Points and parameters of a map of points that are too few for the method."""
    return principal(space.vectors, dimensions)[0], {**parameters, "laid_out": "by PCA, for want of points"}


def _umap(
    vectors: np.ndarray,
    nearest: tuple[np.ndarray, np.ndarray],
    dimensions: int,
    neighbors: int,
    min_distance: float,
    metric: str,
    seed: int | None,
) -> np.ndarray:
    settle_cache()
    from umap import UMAP

    keep_compiled()
    # umap-learn counts a point as its own first neighbour.
    own = np.arange(len(vectors), dtype=np.int32)[:, None]
    ids = np.hstack([own, nearest[0][:, : neighbors - 1]])
    away = np.hstack([np.zeros_like(own, dtype=np.float32), nearest[1][:, : neighbors - 1]])
    fit = UMAP(
        n_components=dimensions,
        n_neighbors=neighbors,
        min_dist=min_distance,
        metric=metric,
        random_state=seed,
        n_jobs=1 if seed is not None else -1,
        # The neighbours come without an index for new points, which a map does not take.
        precomputed_knn=(ids, away, None),
        # The spectral start needs more points than the few eigenvectors it computes.
        init="spectral" if len(vectors) > 4 * (dimensions + 1) else "random",
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="precomputed_knn.*transform", category=UserWarning)
        # Duplicates and zero rows make a graph in pieces; umap-learn then starts each piece by itself.
        warnings.filterwarnings("ignore", message=".*[Ss]pectral initiali[sz]ation failed", category=UserWarning)
        warnings.filterwarnings("ignore", message="Graph is not fully connected", category=UserWarning)
        warnings.filterwarnings("ignore", message="A (large number|few) of your vertices", category=UserWarning)
        points = fit.fit_transform(vectors)
    # A point that nothing is near to comes back without a place: put it in the middle.
    placed = np.isfinite(points).all(axis=1)
    points[~placed] = points[placed].mean(axis=0) if placed.any() else 0
    return points


def _tsne(space: EmbeddingSpace, dimensions: int, perplexity: float, metric: str, seed: int) -> np.ndarray:
    from sklearn.manifold import TSNE

    rows = space.unit if metric == "cosine" else space.vectors
    start, _ = principal(rows, dimensions)
    spread = start[:, 0].std()
    # Without any spread there is no force that could part the points; with it t-SNE wants a small start.
    start = start / spread * 1e-4 if spread > 0 else np.random.default_rng(seed).normal(scale=1e-4, size=start.shape)
    fit = TSNE(
        n_components=dimensions,
        perplexity=perplexity,
        metric=metric,
        init=start.astype(np.float32),
        random_state=seed,
        n_jobs=-1,
    )
    return fit.fit_transform(space.vectors)


def _pacmap(rows: np.ndarray, dimensions: int, neighbors: int, seed: int | None) -> np.ndarray:
    settle_cache()
    from pacmap import PaCMAP

    # It warns of any seed, of three dimensions and of few points.
    logging.getLogger("pacmap").setLevel(logging.ERROR)
    fit = PaCMAP(n_components=dimensions, n_neighbors=neighbors, random_state=seed, apply_pca=False)
    start, _ = principal(rows, dimensions)
    # It looks for more components than some spaces have dimensions; empty ones change no distance.
    rows = np.pad(rows, ((0, 0), (0, max(0, 4 - rows.shape[1]))))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)
        return fit.fit_transform(rows, init=(start / start[:, 0].std()).astype(np.float32))
