"""Pairs as ids, and batches of like lengths."""

from collections import Counter

import numpy as np
import pytest

from embedkit.text.pairs import EncodedPairs, length_buckets, line_ids, pad
from embedkit.text.vocabulary import EOS, UNK, Vocabulary

WORDS = Vocabulary("word", (UNK, EOS, "a", "b"), np.array([1, 4, 3, 2]), lowercase=True)
LETTERS = Vocabulary("char", (UNK, "\n", "a", "b"), np.array([1, 4, 3, 2]))


def some(lengths: list[tuple[int, int]]) -> EncodedPairs:
    """Pair i of these lengths holds i + 1 everywhere."""
    sides = ([np.full(pair[side], i + 1) for i, pair in enumerate(lengths)] for side in (0, 1))
    return EncodedPairs(*sides)


def drawn(n: int, seed: int = 0) -> EncodedPairs:
    return some(np.random.default_rng(seed).integers(1, 12, size=(n, 2)).tolist())


def test_a_text_has_its_end_and_an_empty_one_has_nothing_else() -> None:
    assert line_ids(WORDS, "A b zebra").tolist() == [2, 3, 0, 1]
    assert line_ids(WORDS, "").tolist() == [1]
    assert line_ids(LETTERS, "ab").tolist() == [2, 3, 1]
    assert line_ids(LETTERS, "").tolist() == [1]


def test_padding_stands_behind() -> None:
    padded, lengths = pad([np.array([5, 6]), np.array([7]), np.array([8, 9, 1])])
    assert padded.tolist() == [[5, 6, 0], [7, 0, 0], [8, 9, 1]]
    assert lengths.tolist() == [2, 1, 3]
    assert padded.dtype == np.int64
    assert pad([])[0].shape == (0, 0)


def test_a_batch_holds_both_sides_of_its_rows() -> None:
    pairs = some([(1, 3), (2, 1), (4, 2)])
    batch = pairs.batch([2, 0])
    assert batch.source.tolist() == [[3, 3, 3, 3], [1, 0, 0, 0]]
    assert batch.source_lengths.tolist() == [4, 1]
    assert batch.target.tolist() == [[3, 3, 0], [1, 1, 1]]
    assert batch.target_lengths.tolist() == [2, 3]
    assert pairs.target_tokens == 6
    assert len(pairs) == 3


@pytest.mark.parametrize("tokens", [1, 12, 40, 10_000])
def test_every_pair_once_and_padding_within_the_limit(tokens: int) -> None:
    pairs = drawn(200)
    batches = length_buckets(pairs, tokens, np.random.default_rng(0))
    assert Counter(np.concatenate(batches).tolist()) == Counter(range(200))
    for rows in batches:
        batch = pairs.batch(rows)
        assert max(batch.source.size, batch.target.size) <= tokens or len(rows) == 1
    if tokens == 10_000:
        assert len(batches) == 1
    if tokens == 1:
        assert len(batches) == 200


def test_batches_by_hand() -> None:
    """Ten tokens: sources of 2 and 2 (with a target of 3) and 3 take 3 · 3; of 5 and 5 take 2 · 5; 30 is alone."""
    pairs = some([(30, 1), (2, 2), (5, 1), (3, 3), (2, 3), (5, 4)])
    batches = length_buckets(pairs, 10, np.random.default_rng(0))
    assert {frozenset(rows.tolist()) for rows in batches} == {frozenset({1, 3, 4}), frozenset({2, 5}), frozenset({0})}


def test_large_batches_have_a_multiple_of_sixteen_pairs() -> None:
    """42 pairs of one token, and one of nine more would take 387: 32 go, and with the ten that stay it would still take
    99, so that they go too. Eight of nine tokens take 72, two are left."""
    pairs = some([(1, 1)] * 42 + [(9, 9)] * 10)
    batches = length_buckets(pairs, 80, np.random.default_rng(0))
    assert sorted(map(len, batches)) == [2, 8, 10, 32]


def test_a_long_target_counts_like_a_long_source() -> None:
    batches = length_buckets(some([(1, 1), (1, 9), (2, 1), (2, 1)]), 10, np.random.default_rng(0))
    assert {frozenset(rows.tolist()) for rows in batches} == {frozenset({0}), frozenset({1}), frozenset({2, 3})}


def test_like_lengths_go_together() -> None:
    pairs = drawn(1000)
    sizes = [pairs.batch(rows).source for rows in length_buckets(pairs, 100, np.random.default_rng(0))]
    filled = sum((source > 0).sum() for source in sizes) / sum(source.size for source in sizes)
    shuffled = [pairs.batch(rows).source for rows in np.arange(1000).reshape(-1, 10)]
    assert filled > 0.97
    assert sum((source > 0).sum() for source in shuffled) / sum(source.size for source in shuffled) < 0.7


def test_the_generator_decides_on_the_batches_and_their_order() -> None:
    pairs = drawn(300)
    one, two, other = (
        [rows.tolist() for rows in length_buckets(pairs, 60, np.random.default_rng(seed))] for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other
    # Not only the order of the batches is drawn, but also who is with whom.
    assert {frozenset(rows) for rows in one} != {frozenset(rows) for rows in other}
    lengths = [max(len(pairs.sources[i]) for i in rows) for rows in one]
    assert lengths != sorted(lengths)
