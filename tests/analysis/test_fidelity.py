"""Fidelity: an identity map, a shuffled one, four points by hand, and scikit-learn as the referee."""

import numpy as np
import pytest

from embedkit.analysis.fidelity import distances, measure
from embedkit.errors import SpaceError, UsageError


def cloud(n: int = 300, dimensions: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dimensions))


def test_the_identity_map_is_perfect() -> None:
    found = measure(cloud(), cloud(), metric="euclidean")
    assert (found.trustworthiness, found.continuity, found.neighbors_kept) == (1.0, 1.0, 1.0)
    assert found.distance_rank_correlation == pytest.approx(1.0)
    assert (found.k, found.sample, found.points, found.metric) == (15, 300, 300, "euclidean")


def test_turned_moved_and_scaled_is_still_perfect() -> None:
    turn = np.array([[0, -3.0], [3, 0]])
    found = measure(cloud(), cloud() @ turn + [100, -7], metric="euclidean")
    assert (found.trustworthiness, found.continuity, found.neighbors_kept) == (1.0, 1.0, 1.0)


def test_a_shuffled_map_is_near_chance() -> None:
    points = np.random.default_rng(1).permutation(cloud(600))
    found = measure(cloud(600), points, metric="euclidean")
    assert found.chance == pytest.approx(15 / 599)
    assert found.neighbors_kept == pytest.approx(found.chance, abs=0.01)
    # Random ranks are n/2 on average; scaled so that the worst map has 0, that is about one half.
    assert found.trustworthiness == pytest.approx(0.5, abs=0.03)
    assert found.continuity == pytest.approx(0.5, abs=0.03)
    assert found.distance_rank_correlation == pytest.approx(0.0, abs=0.05)


def test_four_points_by_hand() -> None:
    # On a line at 0 1 3 7; the map exchanges the last two. With one neighbour each, on the map 2 has 3 (third in the
    # space, two out of rank) and 3 has 1 (second, one out): 1 - 3 * 2 / (4 * 1 * (2 * 4 - 3 * 1 - 1)) = 0.625. In the
    # space 2 has 1 (second on the map) and 3 has 2 (third): the same. 0 and 1 keep theirs.
    vectors, points = np.array([[0.0], [1], [3], [7]]), np.array([[0.0, 0], [1, 0], [7, 0], [3, 0]])
    found = measure(vectors, points, metric="euclidean")
    assert found.k == 1
    assert found.trustworthiness == pytest.approx(0.625)
    assert found.continuity == pytest.approx(0.625)
    assert found.neighbors_kept == 0.5
    # Distances 01 02 03 12 13 23: ranks 1 3 6 2 5 4 and 1 6 3 5 2 4, so Spearman's is 1 - 6 * 36 / (6 * 35).
    assert found.distance_rank_correlation == pytest.approx(1 - 36 / 35, abs=1e-6)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_scikit_learn_agrees(metric: str) -> None:
    from sklearn.manifold import trustworthiness

    vectors = cloud(200, 10)
    points = vectors[:, :2] + 0.3 * cloud(200, 2, seed=1)
    found = measure(vectors, points, k=7, metric=metric)
    assert found.trustworthiness == pytest.approx(trustworthiness(vectors, points, n_neighbors=7, metric=metric))
    if metric == "euclidean":  # the other way round scikit-learn would take the map's distances for cosines too
        assert found.continuity == pytest.approx(trustworthiness(points, vectors, n_neighbors=7))


def test_cosine_distances_by_hand() -> None:
    found = distances(np.array([[1.0, 0], [0, 5], [-2, 0], [0, 0]]), "cosine")
    assert found[0].tolist() == pytest.approx([0, 1, 2, 1])
    assert found[3, :3].tolist() == [1, 1, 1]


def test_large_maps_are_measured_on_a_stated_sample() -> None:
    vectors, points = cloud(500, 6), cloud(500, 6)[:, :2]
    one, two, other = (measure(vectors, points, sample=100, seed=seed) for seed in (3, 3, 4))
    assert (one.sample, one.points, one.seed) == (100, 500, 3)
    assert one == two
    assert one != other


def test_small_maps_lower_k_and_equal_distances_have_no_order() -> None:
    corners = np.array([[0, 0], [1, 0], [0.5, 3**0.5 / 2]])
    found = measure(np.eye(3), corners)
    assert (found.k, found.distance_rank_correlation) == (1, None)


def test_wrong_calls_are_said() -> None:
    with pytest.raises(UsageError, match="did you mean cosine"):
        measure(cloud(), cloud(), metric="cosin")
    with pytest.raises(SpaceError, match="2 points cannot be compared with 3 vectors"):
        measure(cloud(3), cloud(2))
    with pytest.raises(SpaceError, match="three points or more; there are 2"):
        measure(cloud(2), cloud(2))
