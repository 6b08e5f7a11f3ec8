"""120 points of one vector among 300: on one spot of every map, counted, and not taken for neighbours kept."""

from importlib.util import find_spec

import numpy as np
import pytest

from embedkit.analysis.maps.copies import spots_of
from embedkit.analysis.maps.projection import METHODS, Projection, with_hit
from embedkit.report.trust import fidelity_facts, fidelity_note
from embedkit.spaces import EmbeddingSpace

RNG = np.random.default_rng(0)
DISTINCT = RNG.normal(size=(181, 16)).astype(np.float32)
ORDER = RNG.permutation(np.r_[np.arange(1, 181), np.zeros(120, dtype=int)])
SPACE = EmbeddingSpace("same", tuple(f"w{i}" for i in range(300)), DISTINCT[ORDER])
OPTIONS: dict[str, dict[str, object]] = {"umap": {"seed": 1}, "pca-umap": {"seed": 1}, "tsne": {"seed": 1}, "pca": {}}


def test_distinct_vectors_by_hand() -> None:
    spots = spots_of(np.array([[1, 0], [0, 1], [1, 0], [1, 0]], dtype=np.float32))
    assert (spots.firsts.tolist(), spots.number.tolist()) == ([0, 1], [0, 1, 0, 0])
    assert (spots.copies, spots.largest) == (2, 3)
    assert spots.parameters() == {"distinct_vectors": 2, "most_at_one_spot": 3}
    assert spots_of(DISTINCT).parameters() == {}


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
    once = SPACE.take(np.array(spots_of(SPACE.vectors).firsts))
    alone = METHODS["pca"].project(once)
    made = METHODS["pca"].project(SPACE)
    points = made.points[spots_of(SPACE.vectors).firsts]
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
