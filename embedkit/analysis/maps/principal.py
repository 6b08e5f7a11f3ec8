"""Principal components: as a map, and as a smaller space that other maps start from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedkit.analysis.copies import spots_of
from embedkit.analysis.maps.coordinates import Projection, check_map
from embedkit.analysis.maps.measurement import Surroundings, projected
from embedkit.errors import UsageError, unknown
from embedkit.spaces.space import EmbeddingSpace

SOLVERS = ("exact", "randomised")
_SAME_PLACE = 1e-4  # of a map's width, by which coordinates may be off that are read off it
EXACT_UP_TO = 2_000
"""The smaller of points and dimensions up to which the exact solver is quick: its cost grows with the third power."""


def pca(
    space: EmbeddingSpace,
    *,
    dimensions: int = 2,
    solver: str | None = None,
    seed: int | None = None,
    measured: bool = True,
) -> Projection:
    """Principal components: centred, each axis turned so that its largest loading is positive.

    Where the space has fewer components than asked for, the axes left are zero and explain nothing. The
    fidelity is to cosine distances, as UMAP's is by default, so that the two maps can be compared.

    Args:
        solver: "exact", or "randomised" (Halko, Martinsson & Tropp 2011), which finds the few components asked for
            and no others; by default exact, but randomised where both points and dimensions are above 2,000. The
            parameters say which it was.
        seed: of the randomised solver, by default 0.
        measured: without, the map has no fidelity; for many maps of one space.

    Raises:
        UsageError: dimensions is not 2 or 3, no such solver, or a seed for the exact one, which draws nothing.
        SpaceError: the space is empty.
    """
    check_map(space, dimensions)
    actual = chosen_solver(space, solver)
    if actual == "exact" and seed is not None:
        raise UsageError("seed is given, but exact PCA draws nothing; ask for the solver randomised, or leave it out")
    points, explained = components(space.vectors, dimensions, solver=actual, seed=seed or 0)
    return projected(
        space,
        "pca",
        points,
        {
            "dimensions": dimensions,
            "solver": actual,
            "solver_chosen": "automatically" if solver is None else "as asked",
            **({"seed": seed or 0} if actual == "randomised" else {}),
        },
        packages=("scikit-learn", "numpy"),
        surroundings=Surroundings(space, "cosine"),
        spots=spots_of(space, "euclidean"),  # a longer vector of the same direction lies farther out
        explained=tuple(float(share) for share in explained),
        measured=measured,
    )


def fitted_axes(
    space: EmbeddingSpace, *, dimensions: int = 2, solver: str | None = None, seed: int | None = None
) -> "PrincipalAxes":
    """What `pca` lays out with these options, for points that are not in the space.

    Raises:
        UsageError: no such solver.
    """
    return principal_axes(space.vectors, dimensions, solver=chosen_solver(space, solver), seed=seed or 0)


def draws(space: EmbeddingSpace, options: Mapping[str, Any]) -> bool:
    """Whether `pca` draws anything: the exact solver does not."""
    return chosen_solver(space, options.get("solver")) == "randomised"


def components(
    vectors: np.ndarray, count: int, *, solver: str = "exact", seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """(N, D) → (N, count) float64 coordinates on the first principal components, and their (count,) shares of variance.

    Where there are fewer components the coordinates left are zero.
    """
    axes = principal_axes(vectors, count, solver=solver, seed=seed)
    return axes.place(vectors), axes.explained


@dataclass(frozen=True, eq=False)
class PrincipalAxes:
    """Where the first principal components of some vectors lie.

    Attributes:
        mean: (D,) of the vectors.
        loadings: (C, D) rows of length one, at most as many as were asked for.
        explained: (count,) shares of variance; where there are fewer components the rest are zero.
    """

    mean: np.ndarray
    loadings: np.ndarray
    explained: np.ndarray

    def place(self, vectors: np.ndarray) -> np.ndarray:
        """(N, D) vectors, those fitted or others → (N, count) float64 coordinates."""
        points = np.zeros((len(vectors), len(self.explained)))
        points[:, : len(self.loadings)] = (np.asarray(vectors, dtype=np.float64) - self.mean) @ self.loadings.T
        return points


def principal_axes(vectors: np.ndarray, count: int, *, solver: str = "exact", seed: int = 0) -> PrincipalAxes:
    """The first `count` principal components of (N, D) vectors; where all are the same there are none."""
    from sklearn.decomposition import PCA

    vectors = np.asarray(vectors, dtype=np.float64)
    # In one dimension and for few points the mean of equal vectors is theirs only to rounding.
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    explained = np.zeros(count)
    available = min(count, *centred.shape)
    scale = np.abs(vectors).max(initial=0)
    if not np.abs(centred).max(initial=0) > 1e-12 * scale:
        return PrincipalAxes(mean, np.zeros((0, vectors.shape[1])), explained)
    exact = "full" if len(vectors) < vectors.shape[1] else "covariance_eigh"
    fit = PCA(available, svd_solver="randomized" if solver == "randomised" else exact, random_state=seed)
    fit.fit(centred)
    loadings = fit.components_
    strongest = loadings[np.arange(available), np.abs(loadings).argmax(axis=1)]
    explained[:available] = fit.explained_variance_ratio_
    return PrincipalAxes(mean, loadings * np.where(strongest < 0, -1, 1)[:, None], explained)


def chosen_solver(space: EmbeddingSpace, solver: str | None) -> str:
    """`solver`, or without one that which suits the size of the space.

    Raises:
        UsageError: no such solver.
    """
    if solver is not None and solver not in SOLVERS:
        raise unknown("solver", solver, SOLVERS)
    return solver or ("randomised" if min(len(space), space.dimensions) > EXACT_UP_TO else "exact")


def axes_of(projection: Projection, space: EmbeddingSpace) -> PrincipalAxes | None:
    """The axes that laid out a stored map of principal components, read off its coordinates; None of another map, or
    where the points of the space have changed since, or are no longer in it, so that no axes give its coordinates."""
    if projection.method != "pca":
        return None
    rows = space.rows_of(projection.labels)
    points = projection.points.astype(np.float64)
    if len(rows) < 2 or (rows < 0).any():
        return None
    vectors = space.vectors[rows].astype(np.float64)
    # The coordinates are centred as the vectors are; least squares gives them back exactly.
    mean = vectors.mean(axis=0)
    loadings = np.linalg.lstsq(vectors - mean, points, rcond=None)[0].T
    axes = PrincipalAxes(mean, loadings, np.zeros(len(loadings)))
    off = np.abs(axes.place(vectors) - points).max()
    return axes if off <= _SAME_PLACE * float(np.ptp(points, axis=0).max()) else None
