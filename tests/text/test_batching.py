"""Batchify and windows, against the alphabet figure."""

from string import ascii_lowercase

import numpy as np
import pytest

from embedkit.text.batching import batchify, window_count, windows

ALPHABET = np.frombuffer(ascii_lowercase.encode(), dtype=np.uint8)


def letters(rows: np.ndarray) -> list[str]:
    return [" ".join(map(chr, row)) for row in rows]


def test_batchify_lays_the_alphabet_in_columns() -> None:
    assert letters(batchify(ALPHABET, 4)) == [
        "a g m s",
        "b h n t",
        "c i o u",
        "d j p v",
        "e k q w",
        "f l r x",
    ]


def test_a_column_has_two_tokens_at_least() -> None:
    assert letters(batchify(ALPHABET[:9], 4)) == ["a c e g", "b d f h"]
    with pytest.raises(ValueError, match="7 tokens are too few for 4 columns of at least two"):
        batchify(ALPHABET[:7], 4)


def test_the_first_window_of_the_alphabet() -> None:
    first = next(windows(batchify(ALPHABET, 4), 3))
    assert letters(first.inputs) == ["a g m s", "b h n t", "c i o u"]
    assert letters(first.targets) == ["b h n t", "c i o u", "d j p v"]


def test_windows_follow_on_and_the_last_is_shorter() -> None:
    second = list(windows(batchify(ALPHABET, 4), 3))[1]
    assert letters(second.inputs) == ["d j p v", "e k q w"]
    assert letters(second.targets) == ["e k q w", "f l r x"]


def test_every_target_comes_once() -> None:
    columns = batchify(np.arange(1000), 7)
    seen = np.concatenate([window.targets.ravel() for window in windows(columns, 13)])
    assert sorted(seen) == sorted(columns[1:].ravel())


@pytest.mark.parametrize(("bptt", "count"), [(1, 5), (2, 3), (3, 2), (5, 1), (50, 1)])
def test_window_count(bptt: int, count: int) -> None:
    columns = batchify(ALPHABET, 4)
    assert window_count(columns, bptt) == count == len(list(windows(columns, bptt)))


def test_windows_start_where_they_are_told() -> None:
    columns = batchify(ALPHABET, 4)
    assert letters(next(windows(columns, 3, start=3)).inputs)[0] == "d j p v"


def test_batchify_copies_nothing() -> None:
    ids = np.arange(26)
    assert np.shares_memory(batchify(ids, 4), ids)


def test_too_short_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="7 tokens are too few for 4 columns"):
        batchify(np.arange(7), 4)
