"""A long text worked at by several processes: the same as by one, and nothing is left of it when it is stopped."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.text import blocks
from embedkit.text.blocks import blocks_of, map_blocks
from embedkit.text.counting import indexed_words
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary
from tests.text.memory_corpus import corpus_of

LINES = ["Don't go.", "", "the cat sat", "THE 3.5 cats <unk>", "привет मित्र", "a\x0bb"] * 20


@pytest.fixture
def _short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "CHARACTERS", 100)
    monkeypatch.setattr(blocks, "ALONE", 2)


def process(block: list[str]) -> tuple[int, list[str]]:
    return os.getpid(), block


def children() -> set[str]:
    """Numbers of the processes that this one has started and that still run, where the system says them."""
    return {child for file in Path("/proc/self/task").glob("*/children") for child in file.read_text().split()}


def test_blocks_are_cut_between_lines_by_hand() -> None:
    assert list(blocks_of(["ab", "c", "def", "", "g" * 9], 5)) == [["ab", "c"], ["def", ""], ["g" * 9]]
    assert list(blocks_of([], 5)) == []


def test_words_and_where_they_stand_by_hand() -> None:
    words, places = indexed_words(str.split, ["a b a", "", "b"])
    assert words == ["a", "b", "\n"]
    assert places.tolist() == [0, 1, 0, 2, 2, 1, 2]


def test_two_processes_work_in_the_order_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "CHARACTERS", 1)
    lines = [str(i) for i in range(40)]
    done = list(map_blocks(process, lines, workers=2, alone=2))
    assert [line for _, block in done for line in block] == lines
    assert {worker for worker, _ in done[:2]} == {os.getpid()}
    assert os.getpid() not in {worker for worker, _ in done[2:]}


@pytest.mark.usefixtures("_short_blocks")
def test_vocabulary_and_ids_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    corpus = corpus_of(LINES)
    for level in ("word", "bpe"):
        alone, together = (Vocabulary.build(corpus, level=level, size=300, workers=n) for n in (1, 2))
        assert alone.tokens == together.tokens
        assert alone.counts.tolist() == together.counts.tolist()
        ids = [encode_split(corpus, "train", alone, tmp_path / f"{n}.ids", workers=n) for n in (1, 2)]
        assert np.array_equal(*ids)
        assert alone.decode(ids[1][:6]) == alone.decode(alone.encode("\n".join(LINES))[:6])


@pytest.mark.usefixtures("_short_blocks")
def test_an_interrupted_encoding_leaves_nothing_behind(tmp_path: Path) -> None:
    def stopped() -> Iterator[str]:
        yield from LINES
        raise KeyboardInterrupt

    corpus = corpus_of(LINES)
    vocabulary, before = Vocabulary.build(corpus, level="word", workers=1), children()
    with pytest.raises(KeyboardInterrupt):
        encode_split(replace(corpus, splits={"train": stopped}), "train", vocabulary, tmp_path / "x.ids", workers=2)
    assert list(tmp_path.iterdir()) == []
    assert children() == before


def test_a_short_text_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_in_processes", None)
    assert Vocabulary.build(corpus_of(LINES), level="word").counts.sum() > 0
