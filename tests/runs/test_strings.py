"""Strings that are kept as bytes behave as the tuple of them does."""

import copy
import pickle

import numpy as np
import pytest

from embedkit.runs.strings import Strings

WORDS = ("the", "", "naïve", "日本語", "a b", "a\nb", "e\0", "\0", "\ud800", "x" * 30, "x" * 31, "New_York", "𝄞")


@pytest.fixture
def strings() -> Strings:
    return Strings.of(WORDS)


def test_they_are_looked_at_as_a_tuple_is(strings: Strings) -> None:
    assert tuple(strings) == WORDS
    assert [strings[row] for row in range(-len(WORDS), len(WORDS))] == [*WORDS, *WORDS]
    assert strings[np.int64(3)] == "日本語"
    for some in (slice(3), slice(2, 5), slice(-4, None), slice(None, None, -1), slice(5, 2), slice(1, 9, 3), slice(50)):
        assert tuple(strings[some]) == WORDS[some]
        assert len(strings[some]) == len(WORDS[some])
    assert strings[2:9][1:4][-1] == WORDS[5]
    with pytest.raises(IndexError):
        strings[len(WORDS)]


def test_they_are_equal_to_the_tuple_of_the_same(strings: Strings) -> None:
    assert strings == WORDS
    assert strings == WORDS
    assert strings == Strings.of(WORDS)
    assert strings[1:3] == Strings.of(WORDS)[1:3] == Strings.of(WORDS[1:3])
    assert strings != WORDS[:-1]
    assert strings != Strings.of(["them", *WORDS[1:]])
    assert strings != list(WORDS)
    assert Strings.joined([strings[:4], strings[4:4], strings[4:]]) == WORDS
    assert tuple(Strings.of([])) == tuple(Strings.joined([])) == ()


def test_a_string_is_found_by_going_through_all_and_by_the_index(strings: Strings) -> None:
    for _ in range(3):  # 39 look-ups: the first few go through all
        assert [strings.row_of(word) for word in WORDS] == list(range(len(WORDS)))
    fresh = Strings.of(WORDS)
    part = strings[3:12]
    for _ in range(10):
        assert [fresh.row_of(word) for word in ("th", "them", "York", "\udfff")] == [None] * 4
        assert (part.row_of("the"), part.row_of("日本語"), part.row_of("New_York")) == (None, 0, 8)
    assert "naïve" in strings
    assert 5 not in strings
    assert strings.index("New_York") == WORDS.index("New_York")
    with pytest.raises(ValueError, match="is not among"):
        strings.index("the", 1)


def test_many_strings_are_found_at_once(strings: Strings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert strings.rows_of(WORDS[::-1]).tolist() == list(range(len(WORDS)))[::-1]
    assert strings.rows_of(["th", "naïve", "\udfff", "naïve"]).tolist() == [-1, 2, -1, 2]
    assert strings[3:12].rows_of(["the", "日本語", "New_York"]).tolist() == [-1, 0, 8]
    assert strings.rows_of([]).tolist() == []
    assert Strings.of([]).rows_of(["the"]).tolist() == [-1]
    assert Strings.of(["b", "a", "b"]).rows_of(["b"]).tolist() == [0]
    # Were all hashes the same, each string would still be told from the others.
    monkeypatch.setattr(Strings, "_hashes", lambda self: np.zeros(len(self), dtype=np.uint64))
    monkeypatch.setattr("embedkit.runs.strings._hash", lambda encoded: 0)
    assert Strings.of(WORDS).rows_of(["naïve", "them", ""]).tolist() == [2, -1, 1]


def test_the_first_string_that_stands_before_too_is_named() -> None:
    assert Strings.of(WORDS).repeated() is None
    assert Strings.of(["a", "b", "c", "b", "a"]).repeated() == 3
    assert Strings.of(["", "a", ""]).repeated() == 2
    assert Strings.of(["b", "a", "b"])[1:].repeated() is None
    assert Strings.of(["b", "b"]).row_of("b") == 0


def test_what_is_no_utf_8_is_named() -> None:
    assert Strings.of(WORDS).undecodable() is None
    assert Strings.of_bytes([b"a", b"\xff", b"b"]).undecodable() == 1
    # All bytes together are UTF-8, and the first string ends within a character.
    assert Strings.of_bytes([b"a\xc3", b"\xa9", b"b"]).undecodable() == 0


def test_they_become_an_array_of_numpys_own_unless_one_is_very_long(strings: Strings) -> None:
    assert Strings.of(["a", "bc"]).array().dtype == np.dtype("<U2")
    wide = Strings.of(["a"] * 9_999 + ["x" * 5_000]).array()
    assert (wide.dtype, wide[-1], wide[0]) == (object, "x" * 5_000, "a")
    assert tuple(strings.array().tolist()) == WORDS


def test_they_are_pickled_and_copied_with_their_own_bytes_alone(strings: Strings) -> None:
    part = strings[3:7]
    for twin in (pickle.loads(pickle.dumps(part)), copy.deepcopy(part)):
        assert twin == WORDS[3:7]
        assert twin.text.nbytes == sum(len(word.encode("utf-8", "surrogatepass")) for word in WORDS[3:7])
