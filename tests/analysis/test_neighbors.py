"""Nearest neighbours against a plain sort, and by hand."""

import re

import numpy as np
import pytest

from embedkit.analysis import neighbors
from embedkit.analysis.neighbors import largest, nearest, nearest_to, neighbor_table, restricted, rows_of
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace

ROSE = EmbeddingSpace(
    "rose", ("east", "north", "north-east", "west", "nowhere"), np.array([[1, 0], [0, 3], [2, 2], [-1, 0], [0, 0]])
)


def test_by_hand() -> None:
    found = nearest(ROSE, "east", k=3)
    assert [a.word for a in found] == ["north-east", "north", "nowhere"]
    assert [a.cosine for a in found] == pytest.approx([np.sqrt(0.5), 0, 0], abs=1e-6)
    assert [a.word for a in nearest(ROSE, "east", k=9, restrict=2)] == ["north"]
    # A word outside the restriction is answered from within it.
    assert [a.word for a in nearest(ROSE, "west", k=1, restrict=2)] == ["north"]


def test_only_the_first_words_answer_and_the_last_of_them_does() -> None:
    assert [restricted(ROSE, restrict) for restrict in (1, 2, 5, 6, None)] == [1, 2, 5, 5, 5]
    for restrict, answers in ((2, ["north"]), (3, ["north-east", "north"]), (4, ["north-east", "north", "west"])):
        assert [a.word for a in nearest(ROSE, "east", k=9, restrict=restrict)] == answers
        assert [a.word for a in nearest_to(ROSE, ROSE.vectors[0], k=9, restrict=restrict)] == ["east", *answers]


def test_a_word_alone_has_no_neighbours() -> None:
    ids, cosines = neighbor_table(EmbeddingSpace("one", ("a",), np.ones((1, 2))), np.array([0]), k=3)
    assert (ids.shape, ids.dtype, cosines.shape, cosines.dtype) == ((1, 0), np.int32, (1, 0), np.float32)


def test_part_of_a_text_is_told_which_texts_have_it() -> None:
    labels = ("A dog runs by the sea.", "The sea, and a DOG.", "Two cats sleep." + " Long." * 40)
    space = EmbeddingSpace("pets", labels, np.eye(3), {}, {"noun": "caption"})
    both = (
        "'dog sea' is not in pets; 2 captions contain it: name one whole, such as 'A dog runs by the sea.' or 'The sea"
    )
    with pytest.raises(UsageError, match=re.escape(both)):
        rows_of(space, ["dog sea"])
    with pytest.raises(UsageError, match=r"1 caption contains it: name one whole, such as 'Two cats sleep\. .*…'$"):
        rows_of(space, ["cats"])
    with pytest.raises(UsageError, match="unknown caption of pets 'horse'; there are: A dog runs"):
        rows_of(space, ["horse"])


def test_unknown_words_and_counts_below_one_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean north"):
        nearest(ROSE, "noth")
    with pytest.raises(UsageError, match="did you mean east"):
        nearest(ROSE, "EAST")
    with pytest.raises(UsageError, match="k is 0"):
        nearest(ROSE, "east", k=0)
    with pytest.raises(UsageError, match="restrict is 0"):
        nearest(ROSE, "east", restrict=0)


def in_small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("_AT_ONCE", 0), ("_ROWS", 13), ("_STRETCH", 90)):
        monkeypatch.setattr(neighbors, name, size)


@pytest.mark.parametrize("tiles", [False, True])
@pytest.mark.parametrize("restrict", [None, 700, 20])
def test_tiles_and_buckets_change_nothing(restrict: int | None, tiles: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if tiles:
        in_small_tiles(monkeypatch)
    rng = np.random.default_rng(1)
    space = EmbeddingSpace("random", tuple(map(str, range(1000))), rng.normal(size=(1000, 6)))
    rows = rng.permutation(1000)[:200]
    ids, cosines = neighbor_table(space, rows, k=5, restrict=restrict)
    full = space.unit[rows] @ space.unit[: restrict or 1000].T
    full[rows[:, None] == np.arange(full.shape[1])] = -np.inf
    assert (ids == np.argsort(-full, axis=1)[:, :5]).all()
    assert cosines == pytest.approx(-np.sort(-full, axis=1)[:, :5], abs=1e-6)
    assert (ids.dtype, cosines.dtype) == (np.int32, np.float32)


def test_equal_cosines_stand_in_their_order_however_far_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    in_small_tiles(monkeypatch)
    monkeypatch.setattr(neighbors, "_STRETCH", 5)
    corners = np.array([[1, 0], [0, 1], [-1, 0], [0, 0]], dtype=np.float32)
    space = EmbeddingSpace("corners", tuple(map(str, range(40))), np.tile(corners, (10, 1)))
    ids, cosines = neighbor_table(space, np.array([4, 1, 3]), k=4)
    assert ids.tolist() == [[0, 8, 12, 16], [5, 9, 13, 17], [0, 1, 2, 4]]
    assert cosines.tolist() == [[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]]


def test_the_table_of_all_rows_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(400, 5)).astype(np.float32)
    space = EmbeddingSpace("space", [f"w{i}" for i in range(400)], vectors)
    monkeypatch.setattr(neighbors, "_kept_table", [])
    expected = neighbor_table(space, np.arange(400), k=4)
    ids, cosines = neighbors.unit_table(space.unit, 9)
    assert ids.shape == cosines.shape == (400, 9)
    some = neighbor_table(space, np.array([3, 5]), k=4)
    monkeypatch.setattr(neighbors, "best_columns", pytest.fail)
    for table in (neighbor_table(space, np.arange(400), k=4), neighbors.unit_table(space.unit.copy(), 4)):
        assert [part.tolist() for part in table] == [part.tolist() for part in expected]
    assert [part.tolist() for part in some] == [part[[3, 5]].tolist() for part in expected]
    # Not of other rows, of more neighbours, nor where fewer may answer.
    other = EmbeddingSpace("other", space.labels, vectors[::-1])
    for unit, k in ((other.unit, 4), (space.unit[:200], 4), (space.unit, 10)):
        assert neighbors.kept_table(unit, k) is None


def test_the_table_of_all_rows_is_the_same_to_the_bit_kept_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product of rows with themselves is rounded otherwise than one with a copy of them."""
    vectors = np.random.default_rng(0).normal(size=(1200, 48)).astype(np.float32)
    space = EmbeddingSpace("try", tuple(f"w{i}" for i in range(1200)), vectors)
    tables = []
    for kept in (True, False):
        monkeypatch.setattr(neighbors, "_kept_table", [])
        if kept:
            neighbors.unit_table(space.unit, 15)
        tables.append(neighbor_table(space, np.arange(1200), k=5))
    assert [part.tobytes() for part in tables[0]] == [part.tobytes() for part in tables[1]]


def test_equal_values_stand_in_their_order() -> None:
    values = np.zeros((2, 1000), dtype=np.float32)
    values[1, [900, 30, 500]] = 1
    found, best = largest(values, 4)
    assert found.tolist() == [[0, 1, 2, 3], [30, 500, 900, 0]]
    assert best.tolist() == [[0, 0, 0, 0], [1, 1, 1, 0]]


def test_answers_name_ten_and_count_the_rest() -> None:
    eleven = EmbeddingSpace("fan", tuple("abcdefghijkl"), np.array([[1, i / 10] for i in range(12)]))
    assert repr(nearest(ROSE, "east", k=2)) == "'north-east' 0.707, 'north' 0.000"
    assert repr(nearest(eleven, "a", k=11)).endswith("'k' 0.707, and 1 more")
    assert repr(nearest(eleven, "a", k=10)).endswith("'k' 0.707")
    assert repr(nearest(EmbeddingSpace("one", ("a",), np.ones((1, 2))), "a")) == "no answers"


def test_a_vector_has_the_dimensions_of_the_space() -> None:
    with pytest.raises(UsageError, match=r"a vector of shape \(3,\) in rose of 2 dimensions"):
        nearest_to(ROSE, np.ones(3))
    with pytest.raises(UsageError, match="k is 0"):
        nearest_to(ROSE, np.ones(2), k=0)
    near = nearest_to(ROSE, np.array([0, 9]), k=2, excluded=("north", "no such"))
    assert [(a.word, round(a.cosine, 4)) for a in near] == [("north-east", 0.7071), ("east", 0.0)]
    assert [a.cosine for a in nearest_to(ROSE, np.zeros(2), k=9)] == [0] * 5


@pytest.mark.parametrize("few", [0, 64])
@pytest.mark.parametrize("restrict", [None, 50, 120])
def test_a_large_space_has_the_neighbours_of_a_small_one(
    restrict: int | None, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = np.random.default_rng(0).normal(size=(120, 7))
    vectors[3], vectors[70] = 0, vectors[5]
    small, large = (EmbeddingSpace("random", tuple(map(str, range(120))), vectors) for _ in range(2))
    ids, cosines = neighbor_table(small, np.array([4, 119, 3]), k=6, restrict=restrict)
    alone = nearest_to(small, vectors[9], k=6, restrict=restrict, excluded=("9", "110"))
    monkeypatch.setattr("embedkit.spaces.space.LARGE", 100)
    monkeypatch.setattr(neighbors, "_FEW", few)
    monkeypatch.setattr(neighbors, "_SCANNED", 7 * 32)
    assert large.large
    again, cosines_again = neighbor_table(large, np.array([4, 119, 3]), k=6, restrict=restrict)
    assert "unit" not in large.__dict__
    assert again.dtype == ids.dtype
    assert again.tolist() == ids.tolist()
    assert cosines_again == pytest.approx(cosines, abs=1e-6)
    others = nearest_to(large, vectors[9], k=6, restrict=restrict, excluded=("9", "110"))
    assert [a.word for a in others] == [a.word for a in alone]
    assert [a.cosine for a in others] == pytest.approx([a.cosine for a in alone], abs=1e-6)
