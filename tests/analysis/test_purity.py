"""Purity of neighbourhoods: points in a plane by hand, chance, planted blobs, templates, and the baselines."""

import numpy as np
import pytest

from embedkit.analysis import purity
from embedkit.analysis.intervals import Interval
from embedkit.analysis.purity import (
    Coverage,
    KindPurity,
    bag_of_words,
    knn_purity,
    mean_of_word_vectors,
    paired_difference,
)
from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from embedkit.tasks.seq2seq.templates import templated_phrases

PHRASES = templated_phrases()
KINDS = [phrase.kind for phrase in PHRASES]
TEMPLATES = [phrase.template for phrase in PHRASES]
BOTH = [(phrase.template, phrase.filler) for phrase in PHRASES]


def blobs(each: int = 20, kinds: int = 4, spread: float = 0.05, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Kinds that point along axes of their own."""
    noise = np.random.default_rng(seed).normal(size=(each * kinds, 8)) * spread
    return noise + np.repeat(np.eye(8)[:kinds], each, axis=0), np.repeat(list("abcdefgh")[:kinds], each).tolist()


def test_four_points_in_a_plane() -> None:
    # On a line at 0, 1, 3 and 7, kinds a a b b. The nearest of 0 is 1 (a), of 1 is 0 (a), of 3 is 1 (a, wrong), of 7
    # is 3 (b). So a has 2 of 2 and b has 1 of 2; of the three others one is of the own kind.
    points = np.array([[0.0, 0], [1, 0], [3, 0], [7, 0]])
    found = knn_purity(points, ["a", "a", "b", "b"], k=1, metric="euclidean")
    assert found.per_kind == (KindPurity("a", 1.0, pytest.approx(1 / 3), 2), KindPurity("b", 0.5, 1 / 3, 2))
    assert (found.value, found.chance) == (0.75, pytest.approx(1 / 3))
    assert (found.n, found.k, found.clusters, found.excluded, found.metric) == (4, 1, 4, False, "euclidean")
    # By cosine: at 0°, 10°, 50° and 60° all are right; lengths are without effect.
    angles = np.radians([0, 10, 50, 60])
    turned = np.stack([np.cos(angles), np.sin(angles)], axis=1) * [[1], [9], [1], [9]]
    assert knn_purity(turned, ["a", "a", "b", "b"], k=1).value == 1
    assert knn_purity(turned, ["a", "b", "b", "a"], k=1).value == 0


def test_kinds_weigh_the_same_whatever_their_size() -> None:
    # Three a and a b at one place, another b far away; two neighbours. An a has two a and a b equally near for two
    # places: 2/3. The b among them has three a: 0. The b far away has all four equally far, one of them b: 1/4.
    points = np.array([[0.0], [0], [0], [0], [9]])
    found = knn_purity(points, list("aaabb"), k=2, metric="euclidean")
    assert [row.value for row in found.per_kind] == pytest.approx([2 / 3, (0 + 1 / 4) / 2])
    assert found.value == pytest.approx((2 / 3 + 1 / 8) / 2)


def test_equal_ones_share_what_is_left_in_any_order() -> None:
    # Zero vectors: all cosines are equal, so each kind has its chance, whatever the order.
    kinds = list("aaabbbbbb")
    found = knn_purity(np.zeros((9, 3)), kinds, k=4)
    assert [row.value for row in found.per_kind] == pytest.approx([2 / 8, 5 / 8])
    assert found.value == pytest.approx(found.chance)
    counts = bag_of_words([phrase.text for phrase in PHRASES])
    mixed = np.random.default_rng(0).permutation(len(PHRASES))
    same = knn_purity(counts[mixed], [KINDS[i] for i in mixed], groups=[TEMPLATES[i] for i in mixed])
    assert same.value == pytest.approx(knn_purity(counts, KINDS, groups=TEMPLATES).value)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("cells", [1, 100, 13 * 5])
def test_blocks_of_rows_are_without_effect(metric: str, cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whole numbers between -1 and 1, two of the rows zero: most distances are equal to others.
    vectors = np.random.default_rng(2).integers(-1, 2, size=(13, 2))
    vectors[[3, 8]] = 0
    kinds, groups = list("aaaaabbbbbbbb"), list("wxyzwxyzwxyzw")
    whole = knn_purity(vectors, kinds, groups=groups, k=3, metric=metric)
    monkeypatch.setattr(purity, "_CELLS", cells)
    assert knn_purity(vectors, kinds, groups=groups, k=3, metric=metric) == whole
    # On a line at 0, 1, 3 and 7 as above: only the longest distance of all makes 1e-9 of it the same for every row.
    points = np.array([[0.0, 0], [1, 0], [3, 0], [7, 0]])
    assert knn_purity(points, ["a", "a", "b", "b"], k=1, metric="euclidean").value == 0.75


def test_groups_may_not_answer() -> None:
    # Pairs of one template each, in turn of kind a and b. Without its own template a point of a finds one of b.
    points = np.array([[0.0], [0.1], [1], [1.1], [2], [2.1], [7], [7.1]])
    kinds, templates = list("aabbaabb"), list("wwxxyyzz")
    assert knn_purity(points, kinds, k=1, metric="euclidean").value == 1
    found = knn_purity(points, kinds, k=1, metric="euclidean", groups=templates)
    assert found.value == 0
    assert (found.excluded, found.clusters) == (True, 4)
    assert found.chance == pytest.approx(2 / 6)
    # A second column excludes more: 0 and 2 have the same filler, so of the two others of its kind one is left.
    both = np.stack([templates, list("12341234")], axis=1)
    assert knn_purity(points, kinds, k=1, metric="euclidean", groups=both).chance == pytest.approx(1 / 5)


def test_random_vectors_sit_at_chance() -> None:
    vectors = np.random.default_rng(3).normal(size=(len(PHRASES), 50))
    for groups in (None, TEMPLATES, BOTH):
        found = knn_purity(vectors, KINDS, groups=groups)
        assert found.value == pytest.approx(found.chance, abs=0.02)
        assert found.interval is not None
        assert found.interval.low < found.chance < found.interval.high
    # Plain: 59 of 479 others are of the own kind.
    assert knn_purity(vectors, KINDS).chance == pytest.approx(59 / 479)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_equal_vectors_have_as_many_of_their_kind_near_as_there_are(metric: str) -> None:
    found = knn_purity(np.ones((6, 2)), np.array(list("aaabbb")), k=2, metric=metric)
    assert found.value == pytest.approx(2 / 5)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_planted_blobs_are_pure_and_shuffled_ones_are_not(metric: str) -> None:
    vectors, kinds = blobs()
    found = knn_purity(vectors, kinds, metric=metric)
    assert (found.value, found.interval) == (1.0, Interval(1.0, 1.0))
    shuffled = np.random.default_rng(0).permutation(kinds)
    assert knn_purity(vectors, shuffled, metric=metric).value == pytest.approx(found.chance, abs=0.05)


def test_templates_are_told_from_meaning() -> None:
    # A space of templates alone is pure until the own template may not answer; one of kinds stays pure.
    rng = np.random.default_rng(0)
    for known, pure in ((TEMPLATES, False), (KINDS, True)):
        place = {name: rng.normal(size=64) for name in dict.fromkeys(known)}
        vectors = np.array([place[name] for name in known]) + 0.01 * rng.normal(size=(len(known), 64))
        assert knn_purity(vectors, KINDS, k=5).value == 1
        found = knn_purity(vectors, KINDS, k=5, groups=TEMPLATES)
        assert found.value == 1 if pure else found.value < found.chance + 0.1


def test_the_interval_draws_templates() -> None:
    # Ten templates of 30 phrases a kind; two of the ten lie wholly among the other kind. A phrase has about 0.8 or 0.2
    # of its own kind around it, and all of its template have the same: over templates the interval is wide.
    rng = np.random.default_rng(0)
    kinds, templates = np.repeat(["a", "b"], 300), np.repeat(np.arange(20), 30)
    right = np.repeat(np.arange(20) % 10 < 8, 30)
    side = np.where((kinds == "a") == right, 1.0, -1.0)
    vectors = side[:, None] * np.ones(16) + 0.1 * rng.normal(size=(600, 16))
    by_phrase = knn_purity(vectors, kinds).interval
    by_template = knn_purity(vectors, kinds, clusters=templates)
    assert by_phrase is not None
    assert by_template.interval is not None
    assert by_template.clusters == 20
    assert by_template.interval.high - by_template.interval.low > 3 * (by_phrase.high - by_phrase.low)
    assert by_template.interval.low < by_template.value < by_template.interval.high


def test_a_difference_is_paired() -> None:
    vectors, kinds = blobs(spread=0.4)
    worse = vectors + np.random.default_rng(1).normal(size=vectors.shape) * 0.4
    found = paired_difference(worse, vectors, kinds)
    assert found.first == knn_purity(worse, kinds)
    assert found.second == knn_purity(vectors, kinds)
    assert found.value == pytest.approx(found.second.value - found.first.value)
    assert found.interval is not None
    assert 0 < found.interval.low < found.value < found.interval.high
    back = paired_difference(vectors, worse, kinds)
    assert back.interval == Interval(pytest.approx(-found.interval.high), pytest.approx(-found.interval.low))
    none = paired_difference(vectors, vectors * 7, kinds)
    assert (none.value, none.interval) == (pytest.approx(0), Interval(pytest.approx(0), pytest.approx(0)))


def test_seeded() -> None:
    vectors, kinds = blobs(spread=0.5)
    assert knn_purity(vectors, kinds, seed=3) == knn_purity(vectors, kinds, seed=3)
    one, two = (knn_purity(vectors, kinds, seed=seed) for seed in (3, 4))
    assert one.value == two.value
    assert one.interval != two.interval
    assert knn_purity(vectors, kinds, resamples=0).interval is None


def test_a_bag_of_words_counts_words() -> None:
    found = bag_of_words(["a b a", "", "c  b"])
    assert found.tolist() == [[2, 1, 0], [0, 0, 0], [0, 1, 1]]


def test_a_bag_of_words_fails_where_words_differ() -> None:
    counts = bag_of_words([phrase.text for phrase in PHRASES])
    plain, no_template, neither = (knn_purity(counts, KINDS, groups=groups) for groups in (None, TEMPLATES, BOTH))
    assert plain.value > 0.6
    assert no_template.value < plain.value - 0.2
    # Neither template nor filler in common: what is left are small words, which most kinds share.
    assert neither.value < neither.chance + 0.15


def test_word_vectors_are_averaged_and_coverage_counted() -> None:
    space = EmbeddingSpace("rose", ("east", "north"), np.array([[2.0, 0], [0, 5]]))
    means, coverage = mean_of_word_vectors(["east", "north east", "north by north east", "west", ""], space)
    assert means == pytest.approx(np.array([[1, 0], [0.5, 0.5], [1 / 3, 2 / 3], [0, 0], [0, 0]]))
    assert coverage == Coverage(words=8, known=6, phrases=5, empty=2)


def test_wrong_calls_are_said() -> None:
    vectors, kinds = blobs(3, 2)
    with pytest.raises(UsageError, match="did you mean cosine"):
        knn_purity(vectors, kinds, k=2, metric="cosin")
    with pytest.raises(UsageError, match="k is 0"):
        knn_purity(vectors, kinds, k=0)
    with pytest.raises(UsageError, match="k is 6, but a phrase has only 5"):
        knn_purity(vectors, kinds, k=6)
    with pytest.raises(UsageError, match="only 0"):
        knn_purity(np.zeros((0, 2)), [])
    with pytest.raises(UsageError, match="kind 'a' has no other that may answer"):
        knn_purity(vectors, kinds, k=1, groups=kinds)
    with pytest.raises(SpaceError, match=r"\(6, 8\) for 5 phrases"):
        knn_purity(vectors, kinds[:5])
    with pytest.raises(SpaceError, match=r"groups of shape \(5,\)"):
        knn_purity(vectors, kinds, groups=kinds[:5])
    with pytest.raises(SpaceError, match=r"clusters of shape \(5,\)"):
        knn_purity(vectors, kinds, clusters=kinds[:5])
    with pytest.raises(SpaceError, match="not finite"):
        knn_purity(vectors * np.nan, kinds)
