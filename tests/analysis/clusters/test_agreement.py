"""Clusters of a map beside those of the space: who is counted, and what the indices are."""

import numpy as np
import pytest

from embedkit.analysis.clusters.agreement import agreement
from embedkit.errors import SpaceError


def test_the_rand_index_by_hand() -> None:
    # {a b c} {d e f} against {a b} {c d} {e f}: of 15 pairs 6 are together in the first, 3 in the second and 2 in both;
    # 6 · 3 / 15 = 1.2 would be by chance, so (2 - 1.2) / ((6 + 3) / 2 - 1.2).
    found = agreement(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2]), method="umap")
    assert found.rand == pytest.approx(0.8 / 3.3)
    assert found.rand_with_noise == found.rand
    assert (found.clusters, found.noise, found.points, found.in_both) == (3, 0, 6, 6)


def test_noise_is_left_out_and_then_a_cluster_of_its_own() -> None:
    space = np.array([0, 0, 1, 1, -1, -1, 0, -1])
    on_map = np.array([1, 1, 0, 0, -1, 0, -1, -1])
    found = agreement(space, on_map, method="pca")
    assert (found.in_both, found.points, found.clusters, found.noise) == (4, 8, 2, 3 / 8)
    assert (found.rand, found.information) == (1, pytest.approx(1))
    # All eight: of 28 pairs 3 + 1 + 3 are together in the space, 1 + 3 + 3 on the map, 1 + 1 + 1 in both.
    assert found.rand_with_noise == pytest.approx((3 - 7 * 7 / 28) / (7 - 7 * 7 / 28))
    assert found.information_with_noise is not None
    assert 0 < found.information_with_noise < 1


def test_clusters_that_have_nothing_to_do_with_each_other() -> None:
    rng = np.random.default_rng(0)
    found = agreement(rng.integers(4, size=4000), rng.integers(4, size=4000), method="umap")
    assert found.rand == pytest.approx(0, abs=0.01)
    assert found.information == pytest.approx(0, abs=0.01)


def test_nothing_in_both_is_none() -> None:
    found = agreement(np.array([0, 0, -1, -1]), np.array([-1, -1, 0, 0]), method="umap")
    assert (found.in_both, found.rand, found.information) == (0, None, None)
    assert found.rand_with_noise is not None
    nothing = agreement(np.zeros(0, int), np.zeros(0, int), method="umap")
    assert (nothing.rand_with_noise, nothing.noise, nothing.clusters) == (None, 0, 0)


def test_where_neither_divides_there_is_no_index() -> None:
    together = agreement(np.array([0, 0, 0, -1]), np.array([2, 2, 2, -1]), method="umap")
    assert (together.in_both, together.rand, together.information) == (3, None, None)
    assert together.rand_with_noise == 1
    noise = agreement(np.full(5, -1), np.full(5, -1), method="umap")
    assert (noise.rand_with_noise, noise.information_with_noise) == (None, None)
    split = agreement(np.array([0, 0, 0, 0]), np.array([0, 0, 1, 1]), method="umap")
    assert split.rand == 0


def test_labels_of_other_points_are_said() -> None:
    with pytest.raises(SpaceError, match="not of the same points"):
        agreement(np.zeros(3, int), np.zeros(4, int), method="umap")
