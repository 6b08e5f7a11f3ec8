"""Strings to copy and to turn round."""

import pytest

from embedkit.errors import UsageError
from embedkit.tasks.seq2seq.strings import copy_pairs, reverse_pairs


def test_a_copy_is_its_own_target() -> None:
    corpus = copy_pairs(600)
    assert corpus.name == "copy"
    assert corpus.mirrored
    for split in corpus.splits:
        assert all(source == target for source, target in corpus.pairs(split))


def test_a_reversal_is_the_source_read_backwards() -> None:
    corpus = reverse_pairs(600)
    assert (corpus.name, corpus.mirrored) == ("reverse", False)
    pairs = [pair for split in corpus.splits for pair in corpus.pairs(split)]
    assert all("".join(reversed(source)) == target for source, target in pairs)
    assert any(source != target for source, target in pairs)


def test_strings_are_distinct_and_held_out_ones_are_new() -> None:
    corpus = reverse_pairs(1_000, longest=4, symbols="abcdefgh")
    lines = {split: list(corpus.source.lines(split)) for split in ("train", "valid", "test")}
    every = [line for split in lines.values() for line in split]
    assert len(every) == len(set(every)) == 1_000
    assert {len(line) for line in every} == {1, 2, 3, 4}
    assert set("".join(every)) == set("abcdefgh")
    assert 850 < len(lines["train"]) < 950


def test_the_seed_is_what_they_hang_on() -> None:
    assert copy_pairs(500).checksum == copy_pairs(500).checksum
    assert copy_pairs(500).checksum != copy_pairs(500, seed=2).checksum
    assert copy_pairs(500).source.checksum == reverse_pairs(500).source.checksum


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"symbols": "aab"}, "give each once"),
        ({"symbols": "a b"}, "no space"),
        ({"symbols": ""}, "give each once"),
        # 2 + 4 + 8 strings, of which half may be asked for.
        ({"symbols": "ab", "longest": 3, "size": 8}, "at most 7"),
        ({"size": 0}, "at least 1"),
        ({"longest": 0}, "at most 0"),
    ],
)
def test_a_wrong_call_is_said(call: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        copy_pairs(**call)  # type: ignore[arg-type]
