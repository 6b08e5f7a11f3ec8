"""Encoding to disk: the ids by hand, and a corpus that is never held in memory."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.config.architecture import Level
from embedkit.errors import CorpusError
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary
from tests.progress import Recorder
from tests.text.memory_corpus import corpus_of


def test_ids_by_hand(tmp_path: Path) -> None:
    corpus = corpus_of(["b a b", "c a b"])
    told = Recorder()
    ids = encode_split(corpus, "train", Vocabulary.build(corpus, level="word"), tmp_path / "x.ids", progress=told)
    # <unk> <eos> b a c
    assert ids.tolist() == [2, 3, 2, 1, 4, 3, 2, 1]
    assert ids.dtype == np.uint16
    assert isinstance(ids, np.memmap)
    assert (told.shares, told.texts) == ([None], ["8 tokens"])
    assert [path.name for path in tmp_path.iterdir()] == ["x.ids"]


def test_large_vocabularies_take_wider_ids(tmp_path: Path) -> None:
    corpus = corpus_of(" ".join(f"w{i}" for i in range(start, start + 1000)) for start in range(0, 70_000, 1000))
    vocabulary = Vocabulary.build(corpus, level="word")
    ids = encode_split(corpus, "train", vocabulary, tmp_path / "x.ids")
    assert ids.dtype == np.int32
    assert vocabulary.tokens[ids.max()] == "w9999"
    assert len(np.unique(ids)) == 70_001


def test_an_empty_split_leaves_nothing_behind(tmp_path: Path) -> None:
    corpus = corpus_of(["a"])
    empty = replace(corpus, splits={"valid": lambda: iter(())})
    with pytest.raises(CorpusError, match=r"lines\.txt: the valid split is empty"):
        encode_split(empty, "valid", Vocabulary.build(corpus, level="char"), tmp_path / "x.ids")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("level", "lines", "most"),
    [("word", 250, 2_500_000), ("char", 1_000, 8_000_000), ("bpe", 250, 2_500_000)],
)
def test_a_large_corpus_is_never_held_whole(level: Level, lines: int, most: int, tmp_path: Path) -> None:
    line = "the quick brown fox jumps over the lazy dog again and again " * 200  # 12 kB
    characters = 0

    def stream() -> Iterator[str]:
        nonlocal characters
        for _ in range(lines):
            characters += len(line)
            yield line + "and"  # a string of its own each time, so that what is held shows

    corpus = replace(corpus_of(["x"]), splits={"train": stream})
    small = Vocabulary.build(corpus_of([line]), level=level, size=300)
    small.encode("x")  # builds its tables, whose size does not depend on the text
    tracemalloc.start()
    try:
        if level == "word":
            assert Vocabulary.build(corpus, level=level).counts.sum() == lines * 2_402
        ids = encode_split(corpus, "train", small, tmp_path / "x.ids")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert characters >= 12_000 * lines
    assert len(ids) > 2_000 * lines
    assert peak < most, f"{peak:,} bytes at the peak"
