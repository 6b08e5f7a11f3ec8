"""Fidelity: an identity map, a shuffled one, four points by hand, and scikit-learn as the referee."""

import numpy as np
import pytest

from embedkit.analysis.maps.fidelity import Fidelity, measure
from embedkit.analysis.maps.neighborhoods import distances, drawn, neighborhoods
from embedkit.errors import SpaceError, UsageError


def cloud(n: int = 300, dimensions: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dimensions))


def test_the_identity_map_is_perfect() -> None:
    found = measure(cloud(), cloud(), metric="euclidean")
    assert [(at.k, at.trustworthiness, at.continuity, at.neighbors_kept) for at in found.at] == [
        (k, 1.0, 1.0, 1.0) for k in (5, 15, 50)
    ]
    assert found.distance_rank_correlation == pytest.approx(1.0)
    assert (found.sample, found.points, found.metric, found.neighborhood_hit) == (300, 300, "euclidean", None)


def test_turned_moved_and_scaled_is_still_perfect() -> None:
    turn = np.array([[0, -3.0], [3, 0]])
    found = measure(cloud(), cloud() @ turn + [100, -7], metric="euclidean")
    assert {(at.trustworthiness, at.continuity, at.neighbors_kept) for at in found.at} == {(1.0, 1.0, 1.0)}


def test_a_shuffled_map_is_near_chance() -> None:
    points = np.random.default_rng(1).permutation(cloud(600))
    found = measure(cloud(600), points, metric="euclidean")
    assert [at.chance for at in found.at] == pytest.approx([5 / 599, 15 / 599, 50 / 599])
    for at in found.at:
        assert at.neighbors_kept == pytest.approx(at.chance, abs=0.01)
        # Random ranks are n/2 on average; scaled so that the worst map has 0, that is about one half.
        assert at.trustworthiness == pytest.approx(0.5, abs=0.03)
        assert at.continuity == pytest.approx(0.5, abs=0.03)
    assert found.distance_rank_correlation == pytest.approx(0.0, abs=0.05)


def test_four_points_by_hand() -> None:
    # On a line at 0 1 3 7; the map exchanges the last two. With one neighbour each, on the map 2 has 3 (third in the
    # space, two out of rank) and 3 has 1 (second, one out): 1 - 3 * 2 / (4 * 1 * (2 * 4 - 3 * 1 - 1)) = 0.625. In the
    # space 2 has 1 (second on the map) and 3 has 2 (third): the same. 0 and 1 keep theirs.
    vectors, points = np.array([[0.0], [1], [3], [7]]), np.array([[0.0, 0], [1, 0], [7, 0], [3, 0]])
    found = measure(vectors, points, metric="euclidean")
    (at,) = found.at
    assert (at.k, at.neighbors_kept, at.chance) == (1, 0.5, pytest.approx(1 / 3))
    assert (at.trustworthiness, at.continuity) == (pytest.approx(0.625), pytest.approx(0.625))
    # Distances 01 02 03 12 13 23: ranks 1 3 6 2 5 4 and 1 6 3 5 2 4, so Spearman's is 1 - 6 * 36 / (6 * 35).
    assert found.distance_rank_correlation == pytest.approx(1 - 36 / 35, abs=1e-6)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_scikit_learn_agrees(metric: str) -> None:
    from sklearn.manifold import trustworthiness

    vectors = cloud(200, 10)
    points = vectors[:, :2] + 0.3 * cloud(200, 2, seed=1)
    for at in measure(vectors, points, metric=metric).at:
        assert at.trustworthiness == pytest.approx(trustworthiness(vectors, points, n_neighbors=at.k, metric=metric))
        if metric == "euclidean":  # the other way round scikit-learn would take the map's distances for cosines too
            assert at.continuity == pytest.approx(trustworthiness(points, vectors, n_neighbors=at.k))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_zadu_agrees(metric: str) -> None:
    """Its distances are Euclidean, which between unit vectors stand in the order of cosines; they are float64, and what
    differs in the last digit of float32 can change places."""
    pytest.importorskip("zadu", reason="a second opinion, where it is installed: pip install zadu")
    from zadu.measures import neighborhood_hit, spearman_rho, trustworthiness_continuity

    vectors, labels = cloud(250, 12), np.random.default_rng(5).integers(4, size=250)
    vectors += 2 * np.eye(4, 12)[labels]
    if metric == "cosine":
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    points = vectors[:, :2] + 0.1 * cloud(250, 2, seed=1)
    found = measure(vectors, points, metric=metric, labels=labels, labelled="kind")
    for at in found.at:
        theirs = trustworthiness_continuity.measure(vectors, points, k=at.k)
        assert at.trustworthiness == pytest.approx(theirs["trustworthiness"], abs=1e-5)
        assert at.continuity == pytest.approx(theirs["continuity"], abs=1e-5)
    hit = found.neighborhood_hit
    assert hit is not None
    assert hit.on_map == pytest.approx(neighborhood_hit.measure(points, labels, k=15)["neighborhood_hit"])
    assert hit.in_space == pytest.approx(neighborhood_hit.measure(vectors, labels, k=15)["neighborhood_hit"])
    rho = spearman_rho.measure(vectors, points)["spearman_rho"]
    assert found.distance_rank_correlation == pytest.approx(rho, abs=1e-6)


def test_the_neighbourhood_hit_by_hand() -> None:
    # Of four points the 15 nearest are the three others, one of which is alike: no map could do better or worse.
    vectors = np.array([[0.0], [1], [10], [11]])
    points = np.array([[0.0, 0], [10, 0], [1, 0], [11, 0]])
    hit = measure(vectors, points, metric="euclidean", labels=["a", "a", "b", "b"], labelled="kind").neighborhood_hit
    assert hit is not None
    assert (hit.labels, hit.k, hit.asked) == ("kind", 3, 4)
    assert hit.on_map == hit.in_space == hit.chance == pytest.approx(1 / 3)
    assert hit.most == pytest.approx(1 / 3)  # of three neighbours one can be of the own kind: there is no other


def test_labels_that_the_map_mixes_are_hit_less_than_in_the_space() -> None:
    labels = np.repeat([0, 1], 100)
    vectors = cloud(200, 3) + 8 * labels[:, None]
    mixed = np.random.default_rng(2).permutation(200)
    good = measure(vectors, vectors[:, :2], metric="euclidean", labels=labels).neighborhood_hit
    bad = measure(vectors, vectors[mixed, :2], metric="euclidean", labels=labels).neighborhood_hit
    assert good is not None
    assert bad is not None
    assert (good.on_map, good.in_space, bad.in_space) == (1.0, 1.0, 1.0)
    assert bad.on_map == pytest.approx(bad.chance, abs=0.05)
    assert bad.chance == pytest.approx(99 / 199)
    assert (good.asked, good.among) == (200, 200)
    assert measure(vectors, vectors[:, :2], labels=[None] * 200).neighborhood_hit is None


def test_neighbours_are_looked_for_among_the_points_that_have_a_label() -> None:
    # Two groups of which one point in ten has a label, as of clusters that were looked for in a sample: all neighbours
    # that have one have the same, nine others of the own kind could be neighbours, and nine of nineteen are.
    labels = np.repeat([0, 1], 100)
    vectors = cloud(200, 3) + 80 * labels[:, None]
    tenth = [label if row % 10 == 0 else None for row, label in enumerate(labels.tolist())]
    hit = measure(vectors, vectors[:, :2], metric="euclidean", labels=tenth).neighborhood_hit
    assert hit is not None
    assert (hit.k, hit.asked, hit.among) == (15, 20, 20)
    assert hit.on_map == hit.in_space == hit.most == pytest.approx(9 / 15)
    assert hit.chance == pytest.approx(9 / 19)
    judged = measure(vectors, vectors[:, :2], metric="euclidean", labels=tenth, sample=12).neighborhood_hit
    assert judged is not None
    assert (judged.asked, judged.among) == (12, 20)


def test_cosine_distances_by_hand() -> None:
    found = distances(np.array([[1.0, 0], [0, 5], [-2, 0], [0, 0]]), "cosine")
    assert found[0].tolist() == pytest.approx([0, 1, 2, 1])
    assert found[3, :3].tolist() == [1, 1, 1]


def test_large_maps_are_measured_at_a_stated_sample() -> None:
    vectors, points = cloud(500, 6), cloud(500, 6)[:, :2]
    one, two, other = (measure(vectors, points, sample=100, seed=seed) for seed in (3, 3, 4))
    assert (one.sample, one.points, one.seed, one.among) == (100, 500, 3, 500)
    assert one.judged == "100 drawn points, each among all 500"
    assert measure(vectors, points).judged == "all 500 points"
    assert one == two
    assert one != other


def test_drawn_points_are_judged_among_all() -> None:
    # The four points of above, of which this seed draws the two that the map exchanges. Both lose their neighbour,
    # which is not among the drawn: 2 has 1 in the space, third on the map, and 3 on the map, third in the space; 3 has
    # 2, third on the map, and 1, second in the space. (2 + 1) out of rank: 1 - 3 * 2 / (2 * 1 * (2 * 4 - 3 - 1)).
    vectors, points = np.array([[0.0], [1], [3], [7]]), np.array([[0.0, 0], [1, 0], [7, 0], [3, 0]])
    assert drawn(4, 2, seed=0).tolist() == [2, 3]
    (at,) = measure(vectors, points, metric="euclidean", sample=2, seed=0).at
    assert (at.k, at.neighbors_kept, at.chance) == (1, 0.0, pytest.approx(1 / 3))
    assert at.trustworthiness == pytest.approx(1 - 6 / 8)
    # Of labels a b b b, two of the three others of either point are alike, wherever they lie.
    hit = measure(vectors, points, metric="euclidean", labels=list("abbb"), sample=2, seed=0).neighborhood_hit
    assert hit is not None
    assert (hit.k, hit.asked, hit.chance) == (3, 2, pytest.approx(2 / 3))


def test_scikit_learn_keeps_as_many_neighbours_of_the_drawn_points() -> None:
    from sklearn.neighbors import NearestNeighbors

    vectors = cloud(300, 10)
    points = vectors[:, :2] + 0.3 * cloud(300, 2, seed=1)
    rows = drawn(300, 60, seed=2)
    for at in measure(vectors, points, metric="cosine", sample=60, seed=2).at:
        near_full = NearestNeighbors(n_neighbors=at.k + 1, metric="cosine").fit(vectors).kneighbors(vectors[rows])[1]
        near_flat = NearestNeighbors(n_neighbors=at.k + 1).fit(points).kneighbors(points[rows])[1]
        kept = [len(set(a) & set(b)) - 1 for a, b in zip(near_full.tolist(), near_flat.tolist(), strict=True)]
        assert at.neighbors_kept == pytest.approx(np.mean(kept) / at.k)


def test_a_card_of_before_says_that_its_neighbours_are_those_among_the_sample() -> None:
    stored = {"at": (), "metric": "cosine", "sample": 20, "points": 50, "seed": 0}
    stored |= {"distance_rank_correlation": None, "neighborhood_hit": None}
    assert Fidelity(**Fidelity.from_stored(stored)).judged == "20 drawn points, each among these"


def test_equal_distances_are_ranked_in_their_order() -> None:
    # From the first of five corners of a regular simplex all others are equally far: ranks 1 2 3 4 by their rows. The
    # map has them at 1 2 3 4 the other way round, and nearest is the last, of rank 4.
    near = neighborhoods(np.eye(5), np.array([[0.0, 0], [4, 0], [3, 0], [2, 0], [1, 0]]), np.array([0]), 4, "cosine")
    assert near.in_space.tolist() == [[1, 2, 3, 4]]
    assert near.on_map.tolist() == [[4, 3, 2, 1]]
    assert near.ranks_in_space.tolist() == near.ranks_on_map.tolist() == [[4, 3, 2, 1]]


def test_small_maps_lower_k_and_equal_distances_have_no_order() -> None:
    corners = np.array([[0, 0], [1, 0], [0.5, 3**0.5 / 2]])
    found = measure(np.eye(3), corners)
    assert ([at.k for at in found.at], found.distance_rank_correlation) == ([1], None)
    # 27 characters: of 5, 15 and 50 neighbours the last two become 13, once.
    assert [at.k for at in measure(cloud(27, 5), cloud(27)).at] == [5, 13]
    assert measure(cloud(27, 5), cloud(27)).near(15).k == 13


def test_wrong_calls_are_said() -> None:
    with pytest.raises(UsageError, match="did you mean cosine"):
        measure(cloud(), cloud(), metric="cosin")
    with pytest.raises(SpaceError, match="2 points cannot be compared with 3 vectors"):
        measure(cloud(3), cloud(2))
    with pytest.raises(SpaceError, match="three points or more; there are 2"):
        measure(cloud(2), cloud(2))
    with pytest.raises(SpaceError, match="2 labels for a map of 3 points"):
        measure(cloud(3), cloud(3), labels=[1, 2])
    with pytest.raises(UsageError, match="one point or more"):
        measure(cloud(), cloud(), neighbors=(0, 5))
