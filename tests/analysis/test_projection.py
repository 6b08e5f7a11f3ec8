"""Maps: PCA by hand, UMAP by what a map of two clusters must show."""

import numpy as np
import pytest

from embedkit.analysis.projection import METHODS, Projection, pca, umap
from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace


def space(vectors: object) -> EmbeddingSpace:
    vectors = np.asarray(vectors, dtype=float)
    return EmbeddingSpace("try", tuple(f"w{i}" for i in range(len(vectors))), vectors)


def clusters(each: int = 40) -> EmbeddingSpace:
    """Two clusters that point in opposite directions of ten dimensions."""
    noise = np.random.default_rng(0).normal(size=(2 * each, 10)) * 0.3
    return space(noise + np.repeat([1.0, -1.0], each)[:, None])


def test_pca_is_centred_with_falling_variance() -> None:
    # A cross: variance 8 along x and 2 along y, far from the origin.
    cross = np.array([[2, 0], [-2, 0], [0, 1], [0, -1]])
    made = pca(space(cross + np.array([100, 50])))
    assert made.points == pytest.approx(cross, abs=1e-5)
    assert made.explained_variance == pytest.approx((0.8, 0.2))
    assert (made.method, made.space, made.labels) == ("pca", "try", ("w0", "w1", "w2", "w3"))
    assert made.points.dtype == np.float32


def test_pca_signs_are_fixed_by_the_largest_loading() -> None:
    # Along (0.6, -0.8, 0) the largest loading is that of the second axis, which must be positive.
    t = np.array([-1.0, 0, 1, 4])
    made = pca(space(t[:, None] * [0.6, -0.8, 0]))
    assert made.points[:, 0] == pytest.approx(-(t - 1), abs=1e-6)
    assert made.points[:, 1] == pytest.approx(np.zeros(4), abs=1e-6)
    assert made.explained_variance == pytest.approx((1, 0), abs=1e-9)
    # A mirrored cloud has the same axes, so its map is mirrored and not turned back.
    assert pca(space(t[:, None] * [-0.6, 0.8, 0])).points[:, 0] == pytest.approx(t - 1, abs=1e-6)


@pytest.mark.parametrize(("n", "dimensions"), [(40, 6), (6, 40)])
def test_pca_agrees_with_the_singular_values(n: int, dimensions: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(n, dimensions)).astype(np.float32)
    made = pca(space(vectors), dimensions=3)
    singular = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False)
    assert np.linalg.norm(made.points, axis=0) == pytest.approx(singular[:3], rel=1e-4)
    assert made.explained_variance == pytest.approx(singular[:3] ** 2 / (singular**2).sum(), rel=1e-4)


def test_axes_that_are_not_there_are_zero() -> None:
    made = pca(space([[1.0], [3], [5]]))
    assert made.points.tolist() == [[-2, 0], [0, 0], [2, 0]]
    assert made.explained_variance == pytest.approx((1, 0))
    assert pca(space([[1.0, 2], [1, 2], [1, 2]])).points.tolist() == [[0, 0]] * 3
    assert pca(space([[1.0, 2]])).fidelity is None


def test_a_flat_space_loses_nothing() -> None:
    flat = np.random.default_rng(0).normal(size=(100, 2)) @ np.random.default_rng(1).normal(size=(2, 20))
    made = pca(space(flat))
    assert sum(made.explained_variance or ()) == pytest.approx(1)
    assert made.fidelity is not None
    assert made.fidelity.metric == "cosine"


@pytest.fixture(scope="module")
def seeded() -> Projection:
    return umap(clusters(), seed=7)


def test_umap_keeps_clusters_apart(seeded: Projection) -> None:
    assert seeded.points.shape == (80, 2)
    one, two = seeded.points[:40], seeded.points[40:]
    spread = max(np.linalg.norm(part - part.mean(axis=0), axis=1).max() for part in (one, two))
    assert np.linalg.norm(one.mean(axis=0) - two.mean(axis=0)) > spread
    assert seeded.fidelity is not None
    assert seeded.fidelity.neighbors_kept > 2 * seeded.fidelity.chance
    assert seeded.explained_variance is None


def test_umap_with_a_seed_is_reproducible(seeded: Projection) -> None:
    assert (umap(clusters(), seed=7).points == seeded.points).all()
    assert (umap(clusters(), seed=8).points != seeded.points).any()


def test_umap_keeps_its_parameters(seeded: Projection) -> None:
    parameters = dict(seeded.parameters)
    assert "umap-learn" in parameters.pop("versions")
    assert parameters == {"dimensions": 2, "neighbors": 15, "min_distance": 0.1, "metric": "cosine", "seed": 7}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 16])
def test_umap_takes_few_points_duplicates_and_zero_rows(n: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(n, 5))
    vectors[n // 2] = 0
    vectors[-1] = vectors[0]
    made = umap(space(vectors), dimensions=3, seed=1)
    assert made.points.shape == (n, 3)
    assert made.parameters["neighbors"] == min(15, n - 1)


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("pca", {"dimensions": 4}, "dimensions is 4"),
        ("umap", {"dimensions": 1}, "dimensions is 1"),
        ("umap", {"neighbors": 1}, "neighbors is 1"),
        ("umap", {"min_distance": 1.0}, r"min_distance is 1\.0"),
        ("umap", {"metric": "euclidian"}, "did you mean euclidean"),
    ],
)
def test_wrong_options_are_said(method: str, options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        METHODS[method](clusters(), **options)


def test_an_empty_space_has_no_map() -> None:
    with pytest.raises(SpaceError, match="no points to map"):
        pca(space(np.empty((0, 3))))


def test_a_projection_checks_its_shape() -> None:
    with pytest.raises(SpaceError, match=r"points \(2, 2\) for 1 labels"):
        Projection("try", "pca", ("a",), np.eye(2), {})
    with pytest.raises(SpaceError, match="not finite"):
        Projection("try", "pca", ("a",), np.array([[np.nan, 0]]), {})
