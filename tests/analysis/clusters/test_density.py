"""The validity index: by hand, against a plain version of the paper's formulas, and beside the hdbscan package."""

import numpy as np
import pytest

from embedkit.analysis.clusters.density import core_distances, spanning_tree, validity
from embedkit.errors import SpaceError


def line(*places: float) -> np.ndarray:
    return np.array(places)[:, None]


def blobs(seed: int, dimensions: int, spread: float = 0.4) -> tuple[np.ndarray, np.ndarray]:
    """Three blobs of 30 points and 25 of noise."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(3, dimensions)) * 2
    points = [centre + spread * rng.normal(size=(30, dimensions)) for centre in centres]
    return np.vstack([*points, rng.normal(size=(25, dimensions)) * 3]), np.repeat([0, 1, 2, -1], [30, 30, 30, 25])


def test_core_distances_by_hand() -> None:
    # On a line: the harmonic mean of the distances. 0 has 1 and 3, 1 has 1 and 2, 3 has 3 and 2.
    expected = [1 / ((1 + 1 / 3) / 2), 1 / ((1 + 1 / 2) / 2), 1 / ((1 / 3 + 1 / 2) / 2)]
    assert core_distances(line(0, 1, 3)) == pytest.approx(expected)
    # In a plane the squares count: the corner of a square has 1, 1 and √2.
    square = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    assert core_distances(square) == pytest.approx([((1 + 1 + 1 / 2) / 3) ** -0.5] * 4)
    assert core_distances(line(5)).tolist() == [0]
    assert core_distances(line(1, 1, 4))[:2].tolist() == [0, 0]


def test_validity_by_hand() -> None:
    # Pairs a distance of 1 apart: both are inner nodes, their core distance is 1, so is the only edge. The way between
    # them is 9, so each is worth (9 - 1) / 9; two of the six points are noise.
    found = validity(line(0, 1, 10, 11, 50, 70), np.array([0, 0, 1, 1, -1, -1]))
    assert found.per_cluster == pytest.approx((8 / 9, 8 / 9))
    assert found.value == pytest.approx(4 / 6 * 8 / 9)
    assert (found.points, found.dimensions) == (6, 1)
    # Pairs that lie across each other: 4 apart inside, 2 between, but the cores of 4 are the way's length, too.
    assert validity(line(0, 4, 2, 6), np.array([0, 0, 1, 1])).per_cluster == (0, 0)
    # The middle of three is the only inner node, so the longest edge of all stands for the sparseness: that to 3, whose
    # core distance is 1 / ((1/3 + 1/2) / 2) = 2.4. From 1 to the pair it is 9.
    mixed = validity(line(0, 1, 3, 10, 11), np.array([0, 0, 0, 1, 1]))
    assert mixed.per_cluster == pytest.approx(((9 - 2.4) / 9, (9 - 1) / 9))
    assert mixed.value == pytest.approx((3 * 6.6 / 9 + 2 * 8 / 9) / 5)


def test_a_better_clustering_is_more_valid() -> None:
    points, labels = blobs(0, 4)
    right = validity(points, labels).value
    wrong = validity(points, np.random.default_rng(0).permutation(labels)).value
    assert right is not None
    assert wrong is not None
    assert right > 0.3 > 0 > wrong


def plainly(points: np.ndarray, labels: np.ndarray) -> float:
    """The index by the formulas of the paper, with whole matrices and Kruskal's algorithm."""
    inner, sparse = {}, {}
    n, d = points.shape
    for k in range(labels.max() + 1):
        members = np.flatnonzero(labels == k)
        away = np.linalg.norm(points[members][:, None] - points[members][None], axis=2)
        core = np.array([np.mean([away[i, j] ** -d for j in range(len(members)) if j != i]) for i in range(len(away))])
        core = core ** (-1 / d)
        reach = np.maximum(away, np.maximum(core[:, None], core[None]))
        pairs = sorted(
            ((i, j) for i in range(len(members)) for j in range(i)),
            # Of ties the edge whose denser end is densest, which is how a straggler hangs on the middle.
            key=lambda p: (reach[p], min(core[p[0]], core[p[1]]), max(core[p[0]], core[p[1]])),
        )
        group, tree = list(range(len(members))), []
        for i, j in pairs:
            if group[i] != group[j]:
                tree.append((i, j))
                group = [group[i] if g == group[j] else g for g in group]
        degree = np.bincount(np.ravel(tree), minlength=len(members))
        edges = [reach[i, j] for i, j in tree if degree[i] > 1 and degree[j] > 1] or [reach[e] for e in tree]
        sparse[k] = max(edges)
        inner[k] = [(members[i], core[i]) for i in range(len(members)) if degree[i] > 1]
    total = 0.0
    for k in sparse:
        between = min(
            max(np.linalg.norm(points[i] - points[j]), a, b)
            for other in sparse
            if other != k
            for i, a in inner[k]
            for j, b in inner[other]
        )
        total += (labels == k).sum() / n * (between - sparse[k]) / max(between, sparse[k])
    return total


@pytest.mark.parametrize("dimensions", [1, 2, 5, 20])
@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_what_the_paper_says(dimensions: int, seed: int) -> None:
    points, labels = blobs(seed, dimensions, spread=0.7)
    assert validity(points, labels).value == pytest.approx(plainly(points, labels), abs=1e-9)


@pytest.mark.parametrize("dimensions", [2, 5, 20])
def test_it_is_near_the_index_of_the_hdbscan_package(dimensions: int) -> None:
    package = pytest.importorskip("hdbscan.validity", reason="needs the hdbscan package, which is an oracle only")
    for seed in range(3):
        points, labels = blobs(seed, dimensions)
        # Where mutual reachability ties, the package lets the order of the points choose the tree.
        theirs = [
            package.validity_index(points[order], labels[order])
            for order in (np.random.default_rng(s).permutation(len(points)) for s in range(5))
        ]
        assert validity(points, labels).value == pytest.approx(np.median(theirs), abs=0.15)


def test_the_order_of_the_points_is_without_effect() -> None:
    points, labels = blobs(3, 5)
    found = validity(points, labels)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(points))
        assert validity(points[order], labels[order]).value == pytest.approx(found.value, abs=1e-12)


def test_the_spanning_tree_is_the_shortest() -> None:
    scipy_tree = pytest.importorskip("scipy.sparse.csgraph").minimum_spanning_tree
    points = np.random.default_rng(0).normal(size=(60, 3))
    core = np.random.default_rng(1).uniform(0, 1, size=60)
    edges, lengths = spanning_tree(points, core)
    away = np.linalg.norm(points[:, None] - points[None], axis=2)
    reach = np.maximum(away, np.maximum(core[:, None], core[None]))
    assert lengths.sum() == pytest.approx(scipy_tree(np.triu(reach, 1)).sum())
    assert lengths == pytest.approx(reach[edges[:, 0], edges[:, 1]])
    assert set(edges.ravel().tolist()) == set(range(60))


def test_hundreds_of_dimensions_do_not_overflow() -> None:
    points, labels = blobs(0, 300)
    with np.errstate(over="raise", invalid="raise"):
        small, large = (validity(points * scale, labels).value for scale in (1e-6, 1e6))
    assert small == pytest.approx(large)
    assert small is not None
    assert 0 < small < 1


def test_duplicates_and_single_points() -> None:
    piles = np.repeat(np.eye(3), 5, axis=0)
    assert validity(piles, np.repeat([0, 1, 2], 5)).value == 1
    assert validity(np.zeros((4, 2)), np.array([0, 0, 1, 1])).value == 0
    assert validity(line(0, 1, 9), np.array([0, 0, 1])).per_cluster == pytest.approx((7 / 8, 1))
    edges, lengths = spanning_tree(line(5), core_distances(line(5)))
    assert (edges.shape, lengths.shape) == ((0, 2), (0,))


def test_less_than_two_clusters_have_no_validity() -> None:
    for labels in (np.zeros(0, int), np.full(3, -1), np.zeros(3, int)):
        found = validity(np.arange(len(labels) * 2.0).reshape(-1, 2), labels)
        assert (found.value, found.per_cluster, found.points) == (None, (), len(labels))


def test_wrong_labels_are_said() -> None:
    with pytest.raises(SpaceError, match="labels of shape"):
        validity(line(0, 1), np.zeros(3, int))
    with pytest.raises(SpaceError, match="no point is in cluster 1"):
        validity(line(0, 1), np.array([0, 2]))
