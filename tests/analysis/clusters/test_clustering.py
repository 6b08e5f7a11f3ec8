"""Clusters: planted ones are found and named, noise stays noise, and nothing to divide is no crash."""

from math import log

import numpy as np
import pytest

from embedkit.analysis.clusters import clustering
from embedkit.analysis.clusters.clustering import NOISE, Clustering, cluster, sampled, with_evidence
from embedkit.analysis.clusters.naming import telling_words
from embedkit.analysis.clusters.partition import Partition, by_falling_size
from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.sampling import Sample

SIZES = (40, 30, 20)
TOPICS = ("days ago", "in months", "cold miles")


def planted(scattered: int = 60, seed: int = 0) -> EmbeddingSpace:
    """Three bundles of directions, of 20, 40 and 30 points, among directions without order; 40 dimensions."""
    rng = np.random.default_rng(seed)
    axes = np.eye(40)
    parts = [axes[i] + 0.05 * rng.normal(size=(SIZES[i], 40)) for i in (2, 0, 1)]
    labels = [f"{j} {TOPICS[i]}" for i in (2, 0, 1) for j in range(SIZES[i])]
    labels += [f"stray {i}" for i in range(scattered)]
    return EmbeddingSpace("planted", tuple(labels), np.vstack([*parts, rng.normal(size=(scattered, 40))]))


def test_planted_clusters_are_found_by_falling_size() -> None:
    found = cluster(planted(), min_size=10)
    assert len(found) == 3
    assert found.labels.dtype == np.int32
    assert [set(found.labels[part].tolist()) for part in (slice(20), slice(20, 60), slice(60, 90))] == [{2}, {0}, {1}]
    # A stray that is nearer to one bundle than bundles are to each other is counted with it; most are not.
    strays = found.labels[90:] == NOISE
    assert strays.mean() > 0.8
    assert (found.noise, found.space) == (pytest.approx(strays.sum() / 150), "planted")
    assert found.sizes == tuple(np.bincount(found.labels[found.labels != NOISE]))
    assert found.silhouette_sample == sum(found.sizes)
    assert found.silhouette is not None
    assert found.silhouette > 0.6


def test_without_strays_all_are_in_their_cluster() -> None:
    found = cluster(planted(0))
    assert (found.sizes, found.noise, found.silhouette_sample) == (SIZES, 0, 90)
    assert found.silhouette is not None
    assert found.silhouette > 0.8


def test_clusters_are_named_by_their_words_and_nearest_members() -> None:
    space = planted(0)
    found = cluster(space)
    assert [set(words) for words in found.words] == [set(topic.split()) for topic in TOPICS]
    centre = space.unit[20:60].mean(axis=0)
    order = np.argsort(-(space.unit[20:60] @ centre))[:3]
    assert found.nearest[0] == tuple(space.labels[20 + i] for i in order)
    # Both words are in all 40 members, so they weigh the same and stand by the alphabet.
    assert found.names[0] == f"ago, days ({found.nearest[0][0]})"
    assert len(set(found.names)) == 3


def test_single_words_are_named_by_the_nearest_members() -> None:
    space = planted()
    one_word = EmbeddingSpace("words", tuple(f"w{i}" for i in range(len(space))), space.vectors)
    found = cluster(one_word, min_size=10)
    assert found.words == ((), (), ())
    assert found.names[0] == ", ".join(found.nearest[0])


def test_telling_words_by_hand() -> None:
    # Seven words in the first group and five in the second: A is 6. "in" is 2 of 7 there but 4 in all; "may" is 2 of 7
    # and 2 in all, so it tells more. "here" stands in one text alone.
    groups = [["in may", "in may 3", "here 3"], ["in paris", "in rome rome"]]
    assert telling_words(groups) == (("3", "may", "in"), ("in",))
    assert telling_words(groups, count=1) == (("3",), ("in",))
    # 2/7 log(1 + 6/2) against 2/7 log(1 + 6/4); "rome" twice in one text would lead with 2/5 log 4, and is left out.
    assert 2 / 7 * log(4) > 2 / 7 * log(2.5)
    assert telling_words([["a x", "a x", "x"], ["a y", "a y", "a z"]])[1] == ("y", "a")
    assert telling_words([]) == ()


def test_without_clusters_all_is_noise() -> None:
    scattered = np.random.default_rng(0).normal(size=(300, 40))
    found = cluster(EmbeddingSpace("scattered", tuple(map(str, range(300))), scattered))
    assert (len(found), found.noise, found.names, found.sizes, found.silhouette) == (0, 1.0, (), (), None)


@pytest.mark.parametrize(
    "vectors",
    [
        np.zeros((0, 5)),
        np.ones((1, 5)),
        np.random.default_rng(0).normal(size=(4, 5)),
        np.zeros((50, 5)),
        np.ones((50, 5)) / 3,
        np.outer(np.arange(1, 51), [0.3, 0.7, 0.1]),  # one direction, of different lengths
        np.ones((50, 1)),
    ],
    ids=["none", "one", "few", "zeros", "constant", "one direction", "one dimension"],
)
def test_nothing_to_divide_is_all_noise(vectors: np.ndarray) -> None:
    found = cluster(EmbeddingSpace("dull", tuple(map(str, range(len(vectors)))), vectors))
    assert (found.labels == NOISE).all()
    assert len(found.labels) == len(vectors)
    assert (len(found), found.silhouette, found.silhouette_sample) == (0, None, 0)
    assert found.noise == (1.0 if len(vectors) else 0.0)


def test_points_that_rounding_parts_are_no_groups() -> None:
    # Two piles, 1e-8 from each other, at a place whose coordinates differ.
    points = np.tile([[3.0, -2.0]], (40, 1)) + np.repeat([[0.0], [1e-8]], 20, axis=0)
    assert (Partition(min_size=5, neighbors=5).labels(points) == NOISE).all()


def test_piles_of_duplicates_are_clusters() -> None:
    piles = np.repeat(np.eye(3), 20, axis=0)
    found = cluster(EmbeddingSpace("piles", tuple(map(str, range(60))), piles))
    assert found.labels.tolist() == [0] * 20 + [1] * 20 + [2] * 20
    assert found.silhouette == pytest.approx(1)


def test_lengths_are_without_effect_and_nothing_is_random() -> None:
    space = planted()
    longer = space.vectors * np.random.default_rng(1).uniform(0.1, 9, size=(len(space), 1))
    same = cluster(EmbeddingSpace("longer", space.labels, longer), min_size=10)
    assert (same.labels == cluster(space, min_size=10).labels).all()
    assert same.names == cluster(space, min_size=10).names


def test_parameters_are_kept() -> None:
    parameters = dict(cluster(planted()).parameters)
    assert "scikit-learn" in parameters.pop("versions")
    assert parameters == {
        "method": "hdbscan",
        "min_size": 10,
        "neighbors": 10,
        "dimensions": 20,
        "leaves": False,
        "silhouette_seed": 0,
    }
    assert cluster(planted(), dimensions=99).parameters["dimensions"] == 40
    assert cluster(planted(), dimensions=None).parameters["dimensions"] is None
    chosen = cluster(planted(), min_size=9, neighbors=3, leaves=True).parameters
    assert (chosen["min_size"], chosen["neighbors"], chosen["leaves"]) == (9, 3, True)


def test_wrong_calls_are_said() -> None:
    with pytest.raises(UsageError, match="min_size is 1"):
        cluster(planted(), min_size=1)
    with pytest.raises(UsageError, match="neighbors is 0"):
        cluster(planted(), neighbors=0)
    with pytest.raises(UsageError, match="dimensions is 0"):
        cluster(planted(), dimensions=0)
    with pytest.raises(SpaceError, match="beyond 1 names"):
        Clustering("x", np.array([0, 1]), ("a",), ((),), ((),), {}, None, 0)
    with pytest.raises(SpaceError, match="differ in number"):
        Clustering("x", np.array([0, -1]), ("a",), (), (), {}, None, 0)
    with pytest.raises(SpaceError, match=r"labels \(2, 1\) go beyond 1 names"):
        Clustering("x", np.array([[0], [0]]), ("a",), ((),), ((),), {}, None, 0)
    with pytest.raises(SpaceError, match="2 labels of 3 rows"):
        Clustering("x", np.array([0, -1]), ("a",), ((),), ((),), {}, None, 0, rows=np.arange(3))
    with pytest.raises(SpaceError, match=r"labels of shape \(90,\) for 150 points"):
        with_evidence(cluster(planted(0)), planted())


def test_clusters_that_a_sample_lacks_leave_no_gap() -> None:
    # Of clusters 0 to 5 the sample has 5 three times, 2 twice and 0 once.
    assert by_falling_size(np.array([5, 2, NOISE, 5, 0, 2, 5])).tolist() == [0, 1, NOISE, 0, 2, 1, 0]
    assert by_falling_size(np.array([NOISE, NOISE])).tolist() == [NOISE, NOISE]


def test_clusters_of_some_rows_know_which() -> None:
    found = Clustering("x", np.array([0, NOISE, 0]), ("a",), ((),), ((),), {"method": "hdbscan"}, None, 0)
    assert found.over(5).tolist() == [0, NOISE, 0, NOISE, NOISE]
    drawn = Sample("random", 3, 5, seed=7)
    some = sampled(found, np.array([1, 3, 4]), drawn)
    assert some.over(5).tolist() == [NOISE, 0, NOISE, NOISE, 0]
    assert some.parameters == {"method": "hdbscan", "sample": drawn.to_json()}
    assert list(some.to_stored({"labels": some.labels, "rows": some.rows, "space": "x"})) == ["space", "rows", "labels"]
    first = sampled(found, np.arange(3), drawn)
    assert first.rows is None
    assert list(first.to_stored({"labels": first.labels, "rows": None, "space": "x"})) == ["space", "labels"]
    assert repr(some) == "Clustering('x', 1 of 3 points, 33% in none)"


def test_a_silhouette_of_many_points_is_that_of_a_drawn_part(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cluster(planted(0))
    monkeypatch.setattr(clustering, "_SILHOUETTES", 50)
    part = cluster(planted(0))
    assert (part.silhouette_sample, whole.silhouette_sample) == (50, 90)
    assert part.silhouette != whole.silhouette
    assert part.silhouette == pytest.approx(whole.silhouette, abs=0.05)
    monkeypatch.setattr(clustering, "_SILHOUETTES", 90)
    assert cluster(planted(0)).silhouette == whole.silhouette
