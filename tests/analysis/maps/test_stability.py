"""Stability: exact for PCA, by hand for its parts, low for noise and high for groups that are there."""

import numpy as np
import pytest

from embedkit.analysis.maps.agreement import Agreement, Spread, agreement, disparity, jaccard
from embedkit.analysis.maps.stability import stability
from embedkit.analysis.overlap import chance_jaccard
from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from tests.progress import Recorder


def space(vectors: np.ndarray) -> EmbeddingSpace:
    return EmbeddingSpace("try", tuple(f"w{i}" for i in range(len(vectors))), vectors)


def noise(n: int = 120, dimensions: int = 20) -> EmbeddingSpace:
    return space(np.random.default_rng(0).normal(size=(n, dimensions)))


def blobs(each: int = 12, count: int = 10) -> EmbeddingSpace:
    """Groups far apart, each of a point and its eleven nearest."""
    rng = np.random.default_rng(1)
    return space(np.repeat(rng.normal(size=(count, 20)), each, axis=0) + 0.01 * rng.normal(size=(each * count, 20)))


def test_pca_is_the_same_for_every_seed_and_nearly_so_for_parts() -> None:
    found = stability(noise(), "pca", seeds=3)
    assert (found.seeds.jaccard.mean, found.seeds.jaccard.lowest, found.seeds.jaccard.highest) == (1.0, 1.0, 1.0)
    assert found.seeds.procrustes is not None
    assert (found.seeds.procrustes.mean, found.seeds.procrustes.highest) == (0.0, 0.0)
    assert (found.seeds.points == 1).all()
    assert found.subsamples.chance < found.subsamples.jaccard.mean < 1
    assert found.subsamples.procrustes is not None
    assert 0 < found.subsamples.procrustes.lowest <= found.subsamples.procrustes.mean
    assert (found.seeds.maps, found.seeds.pairs, found.subsamples.pairs) == (3, 3, 3)
    assert len(found) == 120


@pytest.mark.parametrize(("maps", "pairs"), [(2, 1), (4, 6), (5, 10)])
def test_pairs_of_maps_are_counted(maps: int, pairs: int) -> None:
    assert Agreement(Spread(1.0, 1.0, 1.0), None, np.ones(3), 0.1, maps).pairs == pairs


def test_randomised_pca_draws_a_seed_each_time() -> None:
    found = stability(noise(), "pca", seeds=2, solver="randomised")
    assert 0.9 < found.seeds.jaccard.mean <= 1
    assert found.parameters == {"solver": "randomised"}


def test_under_umap_noise_is_unstable_and_groups_are_stable() -> None:
    of_noise = stability(noise(), "umap", seeds=2, k=11, neighbors=11)
    of_groups = stability(blobs(), "umap", seeds=2, k=11, neighbors=11)
    assert of_noise.seeds.jaccard.mean < 0.6
    assert of_groups.seeds.jaccard.mean > 0.95
    assert of_groups.subsamples.jaccard.mean > 0.6  # a tenth of each group is missing, others take the places
    assert of_noise.seeds.jaccard.mean > of_noise.seeds.chance
    # The same figures again: seeds and subsamples are drawn by number.
    again = stability(noise(), "umap", seeds=2, k=11, neighbors=11)
    assert again.seeds.jaccard == of_noise.seeds.jaccard
    assert np.array_equal(again.subsamples.points, of_noise.subsamples.points, equal_nan=True)


def test_jaccard_by_hand() -> None:
    # On a line at 0 1 2 10 11; on the other map the last point is next to the first. Nearest two of each:
    # 0: {1 2} and {4 1}; 1: {0 2} and {0 4}…
    a = np.array([[0.0, 0], [1, 0], [2, 0], [10, 0], [11, 0]])
    b = np.array([[0.0, 0], [1.1, 0], [2.3, 0], [10, 0], [0.5, 0]])
    assert jaccard(a, b, 2).tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1 / 3, 0])
    assert jaccard(a, a @ [[0, 1], [-1, 0]] * 3 + 5, 2).tolist() == [1] * 5


def test_chance_is_that_of_unrelated_maps() -> None:
    # One of two others each: the same with probability one half.
    assert chance_jaccard(3, 1) == pytest.approx(0.5)
    # Two of three others: both alike with 1/3, else one in common of three.
    assert chance_jaccard(4, 2) == pytest.approx(1 / 3 + 2 / 3 * 1 / 3)
    rng = np.random.default_rng(0)
    drawn = jaccard(rng.normal(size=(900, 2)), rng.normal(size=(900, 2)), 15).mean()
    assert drawn == pytest.approx(chance_jaccard(900, 15), abs=0.002)


def test_procrustes_forgives_place_size_turn_and_mirror() -> None:
    points = np.random.default_rng(0).normal(size=(40, 2))
    assert disparity(points, points) == 0.0
    assert disparity(points, points @ [[0, -2.0], [-2, 0]] + 7) == pytest.approx(0, abs=1e-12)
    shuffled = np.random.default_rng(1).permutation(points)
    assert disparity(points, shuffled) > 0.8
    assert disparity(points, np.ones((40, 2))) is None


def test_maps_are_compared_on_the_points_of_both() -> None:
    points = np.random.default_rng(0).normal(size=(10, 2))
    rows = np.array([0, 1, 2, 3, 4, 5, 6, 8])
    found = agreement([(np.arange(9), points[:9]), (rows, points[rows])], 10, 2)
    # Both maps agree on every point that they share; the last two are never in both.
    assert found.jaccard.mean == 1.0
    assert np.isnan(found.points).tolist() == [False] * 7 + [True, False, True]
    with pytest.raises(SpaceError, match="share 8 points"):
        agreement([(np.arange(9), points[:9]), (rows, points[rows])], 10, 8)


def test_progress_is_told_map_by_map() -> None:
    told = Recorder()
    stability(noise(30), "pca", seeds=2, progress=told)
    # It draws nothing: of all points there is one map, and of each half another.
    assert told.shares == [1 / 3, 2 / 3, 1]
    assert told.texts == ["map 1 of 3", "map 2 of 3", "map 3 of 3"]


def test_few_points_lower_k_and_fewer_are_refused() -> None:
    assert stability(noise(8), "pca", seeds=2, k=15).k == 2
    with pytest.raises(SpaceError, match="too few"):
        stability(noise(2), "pca")
    constant = stability(space(np.ones((20, 3))), "pca", seeds=2)
    assert constant.seeds.procrustes is None


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        ("umpa", {}, "did you mean umap"),
        ("axes", {"axes": ["a→b", "c→d"]}, "always stable"),
        ("pca", {"seeds": 1}, "seeds is 1"),
        ("pca", {"subsample": 0.5}, r"subsample is 0\.5"),
        ("pca", {"subsample": 1.0}, r"subsample is 1\.0"),
        ("pca", {"k": 0}, "k is 0"),
        ("umap", {"seed": 3}, "leave the seed out"),
    ],
)
def test_wrong_calls_are_said(method: str, options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        stability(noise(30), method, **options)
