"""Association tests, worked out by hand in a plane."""

import math

import numpy as np
import pytest

from embedkit.analysis.association import weat
from embedkit.analysis.association.weat import EXACT, _RandomWords, associate, division_p, effect_size
from embedkit.analysis.association.word_sets import AssociationTest, WordSet
from embedkit.spaces.space import EmbeddingSpace

TEST = AssociationTest(
    "plane",
    WordSet("east", ("x1", "x2")),
    WordSet("north", ("y1", "y2")),
    WordSet("a", ("a1", "a2")),
    WordSet("b", ("b1", "b2")),
    published=1.5,
)
PLANE = {
    "x1": (2.0, 0.0),
    "x2": (0.8, 0.6),
    "y1": (0.0, 1.0),
    "y2": (3.0, 4.0),
    "a1": (1.0, 0.0),
    "a2": (5.0, 0.0),
    "b1": (0.0, 1.0),
    "b2": (0.0, 2.0),
}


def space(others: int = 0, *, counts: bool = True) -> EmbeddingSpace:
    """The plane, after so many words in random directions, which are more frequent."""
    rng = np.random.default_rng(0)
    labels = (*(f"w{number}" for number in range(others)), *PLANE)
    vectors = np.concatenate([rng.normal(size=(others, 2)), np.array(list(PLANE.values()))]).astype(np.float32)
    columns = {"count": np.arange(len(labels), 0, -1)} if counts else {}
    return EmbeddingSpace("plane", labels, vectors, columns)


def test_the_effect_and_its_p_are_those_worked_out_by_hand() -> None:
    found = associate(space(), TEST, resamples=200)
    # s is 1, 0.2 for X and −1, −0.2 for Y: 1.2 apart, and of variance 2.08 / 3.
    assert found.effect == pytest.approx(1.2 / math.sqrt(2.08 / 3), abs=1e-6)
    # Of the six divisions of four words into two and two none has a larger sum in X.
    assert (found.p, found.divisions, found.exact) == (pytest.approx(1 / 6), 6, True)
    assert [(each.known, each.total) for each in found.coverage] == [(2, 2)] * 4
    assert found.interval is not None
    assert found.interval.low <= found.effect <= found.interval.high
    assert (found.published, found.no_headline, found.by_frequency) == (1.5, "", True)


def test_lengths_of_vectors_are_without_effect() -> None:
    plane = space()
    for scale in (1e-15, 1e15):
        scaled = EmbeddingSpace("plane", plane.labels, plane.vectors * np.float32(scale), plane.columns)
        assert associate(scaled, TEST, resamples=20).effect == pytest.approx(1.2 / math.sqrt(2.08 / 3), abs=1e-6)


def test_turned_round_the_effect_is_its_negative_and_p_its_complement() -> None:
    turned = AssociationTest("turned", TEST.y, TEST.x, TEST.a, TEST.b)
    found, back = associate(space(), TEST, resamples=100), associate(space(), turned, resamples=100)
    assert found.effect is not None
    assert back.effect == pytest.approx(-found.effect)
    assert back.p == 1.0


def test_words_that_are_not_there_are_counted_and_too_few_give_no_effect() -> None:
    sparse = AssociationTest("sparse", WordSet("east", ("x1", "x2", "q1", "q2", "q3")), TEST.y, TEST.a, TEST.b)
    found = associate(space(), sparse, resamples=100)
    assert found.effect is not None
    assert found.coverage[0].missing == ("q1", "q2", "q3")
    assert found.no_headline == "fewer than half of the words are known: 2 of 5 of east"
    none = associate(space(), AssociationTest("none", WordSet("east", ("x1", "q1")), TEST.y, TEST.a, TEST.b))
    assert (none.effect, none.p, none.interval, none.random_targets, none.divisions) == (None, None, None, None, 0)


def test_equal_targets_have_no_effect_size() -> None:
    assert effect_size(np.ones(3), np.ones(3)) is None
    same = AssociationTest("same", WordSet("s", ("b1", "b2")), WordSet("t", ("b1", "b2")), TEST.a, TEST.b)
    assert associate(space(), same, resamples=100).no_headline == "the targets do not differ"


def test_words_are_lower_cased_where_the_space_is() -> None:
    capitals = AssociationTest("c", WordSet("east", ("X1", "X2")), TEST.y, TEST.a, TEST.b)
    assert associate(space(), capitals, resamples=100).coverage[0].known == 2
    assert associate(space(), capitals, lowercase=False, resamples=100).coverage[0].known == 0


def test_many_divisions_are_drawn_and_p_is_near_the_exact_one() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0.5, 1, 20), rng.normal(0, 1, 20)
    p, looked_at, exact = division_p(x, y, rng=rng)
    assert (looked_at, exact) == (EXACT, False)
    from scipy.stats import ttest_ind

    assert p == pytest.approx(ttest_ind(x, y, alternative="greater").pvalue, abs=0.02)
    assert division_p(x + 100, y, rng=rng)[0] == pytest.approx(1 / (1 + EXACT))


def test_divisions_of_many_targets_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 20))
    whole = division_p(x, y, rng=np.random.default_rng(0))
    monkeypatch.setattr(weat, "_AT_ONCE", 40 * 999)
    assert division_p(x, y, rng=np.random.default_rng(0)) == whole


def test_random_words_show_what_any_words_would() -> None:
    found = associate(space(400), TEST, resamples=300)
    assert found.random_targets is not None
    assert found.random_attributes is not None
    # Two and two words in random directions: such an effect is nothing special, in either place.
    assert 0.1 < found.random_targets.as_large < 0.9
    assert found.random_targets.interval.low < 0 < found.random_targets.interval.high
    assert found.random_targets.draws == 300
    assert not associate(space(400, counts=False), TEST, resamples=100).by_frequency
    assert associate(space(400), TEST, resamples=300) == found


def test_random_words_are_of_like_frequency_and_not_of_the_test() -> None:
    order = np.random.default_rng(2).permutation(1000)
    rank = np.argsort(order)
    sets = [order[[400, 401]], order[[800, 3]]]
    draw = _RandomWords(order, sets, np.random.default_rng(0))
    for _ in range(50):
        words = draw(order[[400, 3, 800]])
        assert words is not None
        assert len(set(words.tolist())) == 3
        assert not set(words.tolist()) & {*order[[400, 401, 800, 3]].tolist()}
        assert 300 <= rank[words[0]] <= 500
        assert 0 <= rank[words[1]] <= 23
        assert 600 <= rank[words[2]] <= 999


def test_words_in_the_place_of_two_sets_are_none_of_each_other() -> None:
    order = np.arange(60)
    sets = [order[:4], order[4:8]]
    draw = _RandomWords(order, sets, np.random.default_rng(0))
    both = list(draw.pairs(*sets, 40))
    assert len(both) == 40
    assert all(len({*one.tolist(), *other.tolist()}) == 8 for one, other in both)
    assert [(len(one), len(other)) for one, other in both] == [(4, 4)] * 40


def test_where_too_few_words_are_near_none_of_the_test_takes_their_place() -> None:
    order = np.arange(14)
    sets = [order[:4], order[4:8]]
    assert list(_RandomWords(order, sets, np.random.default_rng(0)).pairs(*sets, 20)) == []
    found = associate(space(20), TEST, resamples=50)
    assert found.effect is not None
