"""How far each point of a map can be trusted: by hand, against brute force, and where points coincide."""

import numpy as np
import pytest

from embedkit.analysis import neighbors
from embedkit.analysis.maps.fidelity import measure
from embedkit.analysis.maps.neighborhoods import distances
from embedkit.analysis.maps.pointwise import measure_points, nearest_on_map, nearest_rows
from embedkit.errors import SpaceError, UsageError


def cloud(n: int, dimensions: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dimensions)).astype(np.float32)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(("n", "tiles"), [(40, False), (700, False), (700, True)])
def test_it_agrees_with_brute_force(n: int, tiles: bool, metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if tiles:  # as of many points
        for name, size in (("_AT_ONCE", 0), ("_ROWS", 13), ("_STRETCH", 90)):
            monkeypatch.setattr(neighbors, name, size)
    vectors = cloud(n, 8)
    points = vectors[:, :2] + 0.2 * cloud(n, 2, seed=1)
    full, flat = distances(vectors, metric), distances(points, "euclidean")
    for table in (full, flat):
        np.fill_diagonal(table, np.inf)
    k, far = min(15, (n - 1) // 2), min(50, (n - 1) // 2)
    found = measure_points(vectors, points, metric=metric)
    assert (found.k, found.far, len(found)) == (k, far, n)
    for i in range(n):
        in_space, on_map = np.argsort(full[i]), np.argsort(flat[i])
        assert found.kept[i] == pytest.approx(len({*in_space[:k]} & {*on_map[:k]}) / k)
        assert found.intruders[i] == pytest.approx(len({*on_map[:k]} - {*in_space[:far]}) / k)


def test_their_mean_is_the_cards_share() -> None:
    vectors, points = cloud(300, 6), cloud(300, 2, seed=3)
    assert measure_points(vectors, points).kept.mean() == pytest.approx(measure(vectors, points).at[1].neighbors_kept)


def test_chance_is_what_a_shuffled_map_has() -> None:
    found = measure_points(cloud(900, 5), cloud(900, 2, seed=1), metric="euclidean")
    assert found.chance == pytest.approx(15 / 899)
    assert found.intruders_chance == pytest.approx(1 - 50 / 899)
    assert found.kept.mean() == pytest.approx(found.chance, abs=0.005)
    assert found.intruders.mean() == pytest.approx(found.intruders_chance, abs=0.01)


def test_a_torn_cluster_loses_neighbours_and_two_laid_over_each_other_have_false_ones() -> None:
    vectors = np.repeat(10 * np.eye(3, 10, dtype=np.float32), 60, axis=0) + cloud(180, 10)
    points = vectors[:, :3] @ np.array([[1.0, 0], [0, 1], [0, 0]])
    points = points + np.repeat([[0.0, 0], [0, 0], [30, 0]], 60, axis=0)
    torn = points.copy()
    torn[120:] += np.repeat([[0, 0], [0, 500], [0, 1000], [0, 1500]], 15, axis=0)
    whole, after = (measure_points(vectors, p, metric="euclidean") for p in (points, torn))
    assert after.kept[120:].mean() < 0.6 * whole.kept[120:].mean()
    assert after.intruders[120:].mean() < 0.25  # 9 of the other 59 are beyond the 50 nearest
    laid = points.copy()
    laid[60:120] += points[:60].mean(axis=0) - points[60:120].mean(axis=0)
    assert measure_points(vectors, laid, metric="euclidean").intruders[:120].mean() > 0.3


def test_points_that_coincide_keep_each_other() -> None:
    # Forty copies of each of three points, the same on the map: nothing is lost and nothing false.
    vectors, points = np.repeat(np.eye(3), 40, axis=0), np.repeat([[0.0, 0], [1, 0], [0, 1]], 40, axis=0)
    for metric in ("cosine", "euclidean"):
        found = measure_points(vectors, points, metric=metric)
        assert found.kept.min() == 1
        assert found.intruders.max() == 0


def test_nearest_rows_leave_out_the_row_itself_whatever_coincides() -> None:
    vectors = np.vstack([np.zeros((4, 3)), np.ones((4, 3)), cloud(6500, 3)])
    ids, away = nearest_rows(vectors, 20, "cosine")
    assert not (ids == np.arange(len(vectors))[:, None]).any()
    assert (np.diff(away, axis=1) >= 0).all()
    assert away[0] == pytest.approx(np.ones(20))  # a zero row is at distance 1 from all
    expected = np.sort(np.delete(distances(vectors, "cosine")[100], 100))[:20]
    assert away[100] == pytest.approx(expected, abs=1e-5)
    ids, gaps = nearest_on_map(np.zeros((30, 2)), 5)
    assert not (ids == np.arange(30)[:, None]).any()
    assert gaps.max() == 0


def test_wrong_calls_are_said() -> None:
    with pytest.raises(SpaceError, match="cannot be compared with 3 vectors"):
        measure_points(cloud(3, 2), cloud(4, 2))
    with pytest.raises(SpaceError, match="there are 2"):
        measure_points(cloud(2, 2), cloud(2, 2))
    with pytest.raises(UsageError, match="did you mean cosine"):
        measure_points(cloud(9, 2), cloud(9, 2), metric="cosin")
