"""Maps: PCA by hand, UMAP and its like by what a map of two clusters must show, all of them with awkward points."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from embedkit.analysis.maps import layouts, principal
from embedkit.analysis.maps.principal import principal_axes
from embedkit.analysis.maps.projection import (
    METHODS,
    PAIRS,
    Projection,
    fingerprint,
    options_of,
    pca,
    pca_umap,
    title_of,
    tsne,
    umap,
    with_hit,
)
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


@pytest.mark.parametrize("scale", [1e-100, 1e-14, 1e14])
def test_principal_axes_are_the_same_at_any_scale(scale: float) -> None:
    vectors = np.random.default_rng(5).normal(size=(30, 4))
    plain, scaled = principal_axes(vectors, 2), principal_axes(scale * vectors, 2)
    assert scaled.loadings == pytest.approx(plain.loadings)
    assert scaled.explained == pytest.approx(plain.explained)


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
    at = seeded.fidelity.near(15)
    assert at.neighbors_kept > 2 * at.chance
    assert seeded.explained_variance is None
    assert seeded.kept is not None
    assert seeded.intruders is not None
    assert seeded.kept.shape == seeded.intruders.shape == (80,)
    assert seeded.kept.mean() > 2 * at.chance


def test_umap_with_a_seed_is_reproducible(seeded: Projection) -> None:
    assert (umap(clusters(), seed=7).points == seeded.points).all()
    assert (umap(clusters(), seed=8).points != seeded.points).any()


def test_umap_keeps_its_parameters(seeded: Projection) -> None:
    parameters = dict(seeded.parameters)
    assert "umap-learn" in parameters.pop("versions")
    assert parameters.pop("machine")
    assert parameters == {"dimensions": 2, "neighbors": 15, "min_distance": 0.1, "metric": "cosine", "seed": 7}


def test_pca_says_which_solver_it_was_and_the_randomised_one_agrees() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 40)) * np.geomspace(30, 1, 40)
    exact, drawn = pca(space(vectors)), pca(space(vectors), solver="randomised", seed=3)
    assert (exact.parameters["solver"], exact.parameters["solver_chosen"]) == ("exact", "automatically")
    assert (drawn.parameters["solver"], drawn.parameters["solver_chosen"]) == ("randomised", "as asked")
    assert drawn.parameters["seed"] == 3
    assert "seed" not in exact.parameters
    assert drawn.points == pytest.approx(exact.points, abs=1e-2)
    assert (pca(space(vectors), solver="randomised", seed=3).points == drawn.points).all()


def test_pca_of_a_large_space_is_randomised_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(principal, "EXACT_UP_TO", 9)
    made = pca(space(np.random.default_rng(0).normal(size=(50, 10))))
    assert (made.parameters["solver"], made.parameters["solver_chosen"]) == ("randomised", "automatically")
    with pytest.raises(UsageError, match="exact PCA draws nothing"):
        pca(clusters(), solver="exact", seed=1)


@pytest.mark.parametrize("make", [pca_umap, tsne])
def test_other_layouts_keep_clusters_apart_and_are_reproducible(make) -> None:
    made, again = (make(clusters(), seed=3) for _ in range(2))
    assert (made.points == again.points).all()
    one, two = made.points[:40], made.points[40:]
    spread = max(np.linalg.norm(part - part.mean(axis=0), axis=1).mean() for part in (one, two))
    assert np.linalg.norm(one.mean(axis=0) - two.mean(axis=0)) > spread
    assert made.fidelity is not None
    assert made.fidelity.near(15).trustworthiness > 0.8
    assert made.fidelity.metric == made.parameters["metric"] == "cosine"


def test_components_are_those_that_there_are_and_their_variance_is_told() -> None:
    made = pca_umap(clusters(), components=4, seed=1)
    assert made.parameters["components"] == 4
    assert 0.5 < made.parameters["components_variance"] < 1
    whole = pca_umap(clusters(), components=50, seed=1)
    assert whole.parameters["components"] == 10
    assert whole.parameters["components_variance"] == pytest.approx(1)


DEGENERATE = {
    "random": lambda n, rng: rng.normal(size=(n, 5)),
    "duplicates and a zero row": lambda n, rng: np.vstack([np.zeros((1, 5)), *[rng.normal(size=(n // 3 + 1, 5))] * 3])[
        :n
    ],
    "constant": lambda n, rng: np.ones((n, 5)),
    "all zero": lambda n, rng: np.zeros((n, 5)),
    "one dimension": lambda n, rng: rng.normal(size=(n, 1)),
}


def ends(dimensions: int) -> EmbeddingSpace:
    """Two words that an axis can lead between."""
    return space([np.ones(dimensions), -np.ones(dimensions)])


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("vectors", DEGENERATE)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_answers_awkward_points(method: str, vectors: str, dimensions: int) -> None:
    if method == "pacmap" and find_spec("pacmap") is None:
        pytest.skip("needs pacmap: pip install -e '.[maps]'")
    # UMAP and t-SNE take a moment each: the sizes are those where something changes, and 27 characters.
    for n in (1, 2, 3, 4, 5, 6, 8, 16, 27):
        points = space(DEGENERATE[vectors](n, np.random.default_rng(n)))
        options = {"pca": {}, "axes": {"axes": ["w0→w1"] * dimensions, "vocabulary": ends(points.dimensions)}}
        made = METHODS[method].project(points, dimensions=dimensions, **options.get(method, {"seed": 1}))
        assert made.points.shape == (n, dimensions)
        assert np.isfinite(made.points).all()
        # By cosine a dimension has two directions; principal components know lengths too.
        alike = vectors in ("constant", "all zero") or (vectors == "one dimension" and method != "pca")
        assert (made.fidelity is None) == (made.local is None) == (n < 3 or alike)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("method", ["umap", "tsne", "pacmap"])
def test_points_that_nearly_share_a_vector_have_a_map(method: str, metric: str) -> None:
    if method == "pacmap" and find_spec("pacmap") is None:
        pytest.skip("needs pacmap: pip install -e '.[maps]'")
    nearly = space(np.column_stack([np.full((27, 4), 1e6), 1e-8 * np.arange(27)]))
    made = METHODS[method].project(nearly, seed=1, metric=metric)
    assert np.isfinite(made.points).all()


def test_fewer_points_lower_what_counts_as_near() -> None:
    few = space(np.random.default_rng(0).normal(size=(8, 5)))
    assert umap(few, seed=1).parameters["neighbors"] == 7
    assert tsne(few).parameters["perplexity"] == pytest.approx(7 / 3)
    assert "for want of points" in umap(few.head(4)).parameters["laid_out"]


def test_a_space_with_nan_cannot_be_built_so_no_map_meets_one() -> None:
    with pytest.raises(SpaceError, match=r"the vector of 'w1' \(row 1\) is not finite"):
        space([[1.0, 2], [np.nan, 0], [0, 0]])


def test_labels_of_the_points_are_counted_by_the_neighbourhood_hit() -> None:
    plain = clusters()
    columns = {"cluster": np.repeat([0, -1, 1], [40, 1, 39])}
    labelled = EmbeddingSpace(plain.name, plain.labels, plain.vectors, columns)
    fidelity = pca(labelled).fidelity
    assert fidelity is not None
    hit = fidelity.neighborhood_hit
    assert hit is not None
    assert (hit.labels, hit.asked) == ("cluster", 79)
    assert hit.on_map > 0.9
    plainly = pca(plain).fidelity
    assert plainly is not None
    assert plainly.neighborhood_hit is None


def test_labels_that_come_later_are_counted_as_if_they_had_been_there() -> None:
    plain, column = clusters(), np.repeat([0, -1, 1], [40, 1, 39])
    labelled = EmbeddingSpace(plain.name, plain.labels, plain.vectors, {"cluster": column})
    made = pca(plain)
    assert with_hit(made, plain, column, "cluster").fidelity == pca(labelled).fidelity
    # A map of the first points takes the labels of these; what is not labelled is not asked; what a space says counts.
    few = with_hit(pca(plain.head(50)), plain, column, "cluster").fidelity
    assert few is not None
    assert few.neighborhood_hit is not None
    assert few.neighborhood_hit.asked == 49
    some = with_hit(made, plain, column[:30], "cluster").fidelity
    assert some is not None
    assert some.neighborhood_hit is not None
    assert some.neighborhood_hit.asked == 30
    assert with_hit(pca(labelled), labelled, 0 * column, "other").fidelity == pca(labelled).fidelity
    assert with_hit(pca(plain.head(2)), plain, column, "cluster").fidelity is None


def test_a_picture_of_two_axes_of_three_has_a_fidelity_of_its_own() -> None:
    made = pca(clusters(), dimensions=3)
    assert [(face.points == made.points[:, pair]).all() for face, pair in zip(made.faces, PAIRS, strict=True)] == [
        True
    ] * 3
    first = pca(clusters())
    assert made.faces[0].fidelity == first.fidelity
    assert (made.faces[0].kept == first.kept).all()
    assert made.faces[1].explained_variance == pytest.approx((made.explained_variance[0], made.explained_variance[2]))
    whole, parts = made.fidelity.near(15), [face.fidelity.near(15) for face in made.faces]
    assert whole.neighbors_kept > max(part.neighbors_kept for part in parts)
    assert first.faces == pca(clusters(), dimensions=3, measured=False).faces == ()


def test_a_map_without_its_measures_has_the_same_points() -> None:
    made = pca(clusters(), measured=False)
    assert made.fidelity is made.local is made.kept is None
    assert (made.points == pca(clusters()).points).all()


def test_the_fingerprint_is_that_of_labels_and_vectors() -> None:
    one = clusters()
    assert pca(one).source == fingerprint(one) == fingerprint(clusters())
    assert fingerprint(one.take(np.arange(80)[::-1])) != fingerprint(one)
    moved = one.vectors.copy()
    moved[3, 4] = np.nextafter(moved[3, 4], 9)
    assert fingerprint(EmbeddingSpace(one.name, one.labels, moved)) != fingerprint(one)


def test_a_method_is_a_function_and_a_line_in_the_table() -> None:
    assert list(METHODS) == ["umap", "pca", "pca-umap", "tsne", "pacmap", "axes"]
    assert options_of("pca") == ("solver", "seed")
    assert options_of("axes") == ("axes",)
    with pytest.raises(UsageError, match="did you mean tsne"):
        options_of("tsen")
    assert [name for name, method in METHODS.items() if method.by_words] == ["axes"]
    assert title_of("pca-umap") == "PCA then UMAP"
    assert title_of("of another package") == "of another package"


@pytest.mark.parametrize(
    ("method", "options", "draws"),
    [
        ("umap", {}, True),
        ("pca", {}, False),
        ("pca", {"solver": "exact"}, False),
        ("pca", {"solver": "randomised"}, True),
        ("axes", {}, False),
    ],
)
def test_a_method_says_whether_it_draws_anything(method: str, options: dict[str, str], draws: bool) -> None:
    assert METHODS[method].draws(clusters(), options) == draws


def test_components_by_cosine_are_those_of_directions() -> None:
    one = clusters()
    lengths = np.random.default_rng(0).uniform(0.5, 2, size=(len(one), 1))
    other = EmbeddingSpace(one.name, one.labels, one.vectors * lengths)

    def variance(space: EmbeddingSpace, metric: str) -> float:
        made = METHODS["pca-umap"].project(space, components=3, seed=1, metric=metric, measured=False)
        return float(made.parameters["components_variance"])

    assert variance(one, "cosine") == pytest.approx(variance(other, "cosine"), abs=1e-5)
    assert variance(other, "cosine") != pytest.approx(variance(other, "euclidean"), abs=1e-3)


def test_a_missing_pacmap_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r"pip install 'embedkit\[maps\]'"):
        METHODS["pacmap"].project(clusters())


@pytest.mark.skipif(find_spec("pacmap") is None, reason="needs pacmap: pip install -e '.[maps]'")
def test_pacmap_keeps_clusters_apart() -> None:
    made = METHODS["pacmap"].project(clusters(), seed=1)
    one, two = made.points[:40], made.points[40:]
    assert np.linalg.norm(one.mean(axis=0) - two.mean(axis=0)) > 2 * one.std()


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("pca", {"dimensions": 4}, "dimensions is 4"),
        ("umap", {"dimensions": 1}, "dimensions is 1"),
        ("umap", {"neighbors": 1}, "neighbors is 1"),
        ("umap", {"min_distance": 1.0}, r"min_distance is 1\.0"),
        ("umap", {"metric": "euclidian"}, "did you mean euclidean"),
        ("pca", {"solver": "randomized"}, "did you mean randomised"),
        ("pca-umap", {"components": 2}, "components is 2"),
        ("pacmap", {"neighbors": 0}, "neighbors is 0; PaCMAP needs one or more"),
        ("tsne", {"perplexity": 0.5}, r"perplexity is 0\.5"),
        ("tsne", {"metric": "manhattan"}, "manhattan"),
    ],
)
def test_wrong_options_are_said(method: str, options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        METHODS[method].project(clusters(), **options)


def test_an_empty_space_has_no_map() -> None:
    with pytest.raises(SpaceError, match="no points to map"):
        pca(space(np.empty((0, 3))))


def test_a_projection_checks_its_shape() -> None:
    with pytest.raises(SpaceError, match=r"points \(2, 2\) for 1 labels"):
        Projection("try", "pca", ("a",), np.eye(2), {})
    with pytest.raises(SpaceError, match="not finite"):
        Projection("try", "pca", ("a",), np.array([[np.nan, 0]]), {})
    for points in (np.ones(2), np.ones((2, 1)), np.ones((2, 4))):
        with pytest.raises(SpaceError, match="for 2 labels"):
            Projection("try", "pca", ("a", "b"), points, {})
    assert Projection("try", "pca", ("a", "b"), np.ones((2, 3)), {}).dimensions == 3
    made = pca(clusters())
    with pytest.raises(SpaceError, match="map of try: the fidelity of 80 points for 2 labels"):
        Projection("try", "pca", ("a", "b"), np.eye(2), {}, local=made.local)
    with pytest.raises(SpaceError, match=r"shares kept \(2,\) and intruders \(3,\) of one map"):
        replace(made.local, kept=np.ones(2), intruders=np.ones(3))
    kept = made.fidelity.near()
    assert repr(made) == f"Projection(pca of 'try', 80 × 2, {100 * kept.neighbors_kept:.1f} % of {kept.k} nearest kept)"
    assert repr(Projection("try", "pca", ("a",), np.ones((1, 3)), {})) == "Projection(pca of 'try', 1 × 3)"


def test_what_umap_compiles_is_kept() -> None:
    from umap import layouts, umap_

    umap(space(np.random.default_rng(0).normal(size=(40, 4))), seed=0)
    layout = layouts._nb_optimize_layout_euclidean_single_epoch
    assert all(
        kernel.stats.cache_path for kernel in (umap_.smooth_knn_dist, umap_.compute_membership_strengths, layout)
    )
    # The two layouts have one source, by which numba tells kept code apart, and the parallel one is not reproducible.
    parallel = layouts._nb_optimize_layout_euclidean_single_epoch_parallel
    assert parallel.stats.cache_path
    assert parallel.py_func.__qualname__ != layout.py_func.__qualname__
    assert layouts._get_optimize_layout_euclidean_single_epoch_fn(True) is parallel
