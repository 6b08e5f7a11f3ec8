"""120 points of one vector among 300: on one spot of every map, counted, and not taken for neighbours kept."""

from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pytest

from embedkit.analysis.copies import distinct_vectors, identical, spots_of
from embedkit.analysis.maps.measurement import measured_again
from embedkit.analysis.maps.projection import METHODS, Projection, with_hit
from embedkit.report.trust import fidelity_facts, fidelity_note
from embedkit.spaces import EmbeddingSpace

RNG = np.random.default_rng(0)
DISTINCT = RNG.normal(size=(181, 16)).astype(np.float32)
ORDER = RNG.permutation(np.r_[np.arange(1, 181), np.zeros(120, dtype=int)])
SPACE = EmbeddingSpace("same", tuple(f"w{i}" for i in range(300)), DISTINCT[ORDER])
OPTIONS: dict[str, dict[str, object]] = {"umap": {"seed": 1}, "pca-umap": {"seed": 1}, "tsne": {"seed": 1}, "pca": {}}


def space(vectors: object) -> EmbeddingSpace:
    vectors = np.asarray(vectors, dtype=np.float32)
    return EmbeddingSpace("same", tuple(f"w{i}" for i in range(len(vectors))), vectors)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_distinct_vectors_by_hand(metric: str) -> None:
    spots = spots_of(space([[1, 0], [0, 1], [1, 0], [1, 0]]), metric)
    assert (spots.firsts.tolist(), spots.number.tolist()) == ([0, 1], [0, 1, 0, 0])
    assert (spots.copies, spots.largest) == (2, 3)
    assert spots.parameters() == {"distinct_vectors": 2, "most_at_one_spot": 3}
    assert spots_of(space(DISTINCT), metric).parameters() == {}


def test_what_the_metric_cannot_tell_apart_is_one() -> None:
    # Twice (1, 2) and once (2, 4), which a cosine cannot tell; (3, -1) as two batches round it; two zeros.
    some = space([[1, 2], [3, -1], [2, 4], [0, 0], [1, 2], [3, -1 - 3e-7], [0, 0], [3, -1.001]])
    assert spots_of(some, "cosine").number.tolist() == [0, 1, 0, 2, 0, 1, 2, 3]
    assert spots_of(some, "euclidean").number.tolist() == [0, 1, 2, 3, 0, 1, 3, 4]
    assert identical(some).number.tolist() == [0, 1, 2, 3, 0, 4, 3, 5]
    distinct = distinct_vectors(some)
    assert distinct.numbers.tolist() == [0, 1, 0, -1, 0, 1, -1, 2]
    assert (distinct.space.labels, distinct.copies, distinct.zeros) == (("w0", "w1", "w7"), 3, 2)
    for metric in ("cosine", "euclidean"):
        assert spots_of(space(np.zeros((0, 3))), metric).number.tolist() == []


def test_signs_of_zero_are_other_bits_and_one_direction() -> None:
    some = space([[1, 0], [1, -0.0], [2, 0], [1, 0], [0, 0], [-0.0, 0]])
    assert (identical(some).number.tolist(), identical(some).firsts.tolist()) == ([0, 1, 2, 0, 3, 4], [0, 1, 2, 4, 5])
    assert spots_of(some, "cosine").number.tolist() == [0, 0, 0, 0, 1, 1]


def test_many_rows_keep_the_order_in_which_they_come_first() -> None:
    # More than are compared at a time; each of 5,000 stands twice, in random places.
    order = np.random.default_rng(1).permutation(np.repeat(np.arange(5_000), 2))
    seen: dict[int, int] = {}
    by_hand = [seen.setdefault(row, len(seen)) for row in order.tolist()]
    rows = np.random.default_rng(2).normal(size=(5_000, 3))
    assert identical(space(rows[order])).number.tolist() == by_hand


def test_two_vectors_may_be_one() -> None:
    assert spots_of(space([[1, 2], [1, 2 + 4e-7]]), "cosine").number.tolist() == [0, 0]
    assert spots_of(space([[1, 2], [1, 2.1]]), "cosine").number.tolist() == [0, 1]
    assert spots_of(space([[1, 2]]), "cosine").number.tolist() == [0]


def test_a_map_by_cosine_lays_points_of_one_direction_on_one_spot() -> None:
    longer = space(np.concatenate([DISTINCT[:60], 2 * DISTINCT[:60]]))
    for method, options in (("umap", {"seed": 1}), ("tsne", {"seed": 1})):
        made = METHODS[method].project(longer, dimensions=2, **options)
        assert (made.points[:60] == made.points[60:]).all()
        assert made.parameters["distinct_vectors"] == made.fidelity.points == 60
        again = measured_again(made, longer)
        assert again.fidelity == made.fidelity
    made = METHODS["umap"].project(longer, dimensions=2, seed=1, metric="euclidean")
    assert "distinct_vectors" not in made.parameters
    assert made.fidelity.points == 120
    made = METHODS["pca"].project(longer, dimensions=2)
    assert np.abs(made.points[:60] - made.points[60:]).max() > 0.1
    assert made.fidelity.points == 120
    assert measured_again(made, longer).fidelity == made.fidelity


def test_a_map_of_before_is_measured_as_it_was() -> None:
    nearly = space(np.concatenate([DISTINCT[:60], DISTINCT[:30], DISTINCT[:30] * (1 + 4e-7)]))
    assert [len(spots_of(nearly, "cosine").firsts), len(identical(nearly).firsts)] == [60, 90]
    made = METHODS["pca"].project(nearly, dimensions=2)
    assert made.fidelity.points == 60
    before = replace(made, parameters={**made.parameters, "distinct_vectors": 90})
    assert measured_again(before, nearly).fidelity.points == 90
    assert measured_again(made, nearly).fidelity == made.fidelity


def project(method: str) -> Projection:
    return METHODS[method].project(SPACE, dimensions=2, **OPTIONS.get(method, {}))


@pytest.mark.parametrize("method", ["pca", "umap", "pca-umap", "tsne", "pacmap"])
def test_copies_lie_on_one_spot_and_the_others_on_theirs(method: str) -> None:
    if method == "pacmap" and find_spec("pacmap") is None:
        pytest.skip("pacmap is not installed")
    made = project(method)
    same = made.points[ORDER == 0]
    assert np.abs(same - same[0]).max() <= 1e-6 * np.ptp(made.points)
    assert len(np.unique(made.points[ORDER != 0], axis=0)) == 180
    assert made.fidelity is not None
    assert made.local is not None
    assert (made.fidelity.sample, made.fidelity.points) == (181, 181)
    assert (made.local.kept[ORDER == 0] == 1).all()  # the fifteen nearest copies are all there
    assert made.local.intruders[ORDER == 0].max() == 0
    fact = fidelity_facts(made)[0]
    assert fact.name == "Distinct vectors"
    assert fact.meaning.startswith("120 points are at one spot: 181 distinct vectors of 300")
    assert "distinct" not in fidelity_note(made)


def test_the_figures_are_those_of_the_distinct_vectors_alone() -> None:
    once = SPACE.take(np.array(spots_of(SPACE, "cosine").firsts))
    alone = METHODS["pca"].project(once)
    made = METHODS["pca"].project(SPACE)
    points = made.points[spots_of(SPACE, "cosine").firsts]
    # The axes are other ones, for 120 points pull at them; the neighbours are counted as of 181.
    assert made.fidelity is not None
    assert alone.fidelity is not None
    assert [at.chance for at in made.fidelity.at] == [at.chance for at in alone.fidelity.at]
    assert made.fidelity.near().neighbors_kept < 0.6  # with the copies in it, it is near 0.8
    hit = with_hit(made, SPACE, (ORDER % 3).astype(np.int32), "cluster").fidelity
    assert hit is not None
    assert hit.neighborhood_hit is not None
    assert hit.neighborhood_hit.asked == len(points) == 181


def test_points_that_all_share_a_vector_have_a_map_without_a_fidelity() -> None:
    one = EmbeddingSpace("one", tuple(f"w{i}" for i in range(30)), np.ones((30, 4), dtype=np.float32))
    for method in ("pca", "umap", "tsne"):
        made = METHODS[method].project(one, dimensions=2)
        assert len(np.unique(made.points, axis=0)) == 1
        assert made.fidelity is None
        assert fidelity_facts(made)[0].meaning.startswith("30 points are at one spot: 1 distinct vectors of 30")
