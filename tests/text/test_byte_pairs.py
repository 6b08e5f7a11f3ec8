"""Byte pairs of texts without spaces: in a bounded time, said, and no text is lost."""

import os
import random
import signal
import threading
import time
import warnings
from collections.abc import Iterable
from pathlib import Path

import pytest

from embedkit.corpora import open_corpus
from embedkit.errors import EmbedkitWarning
from embedkit.text import byte_pairs
from embedkit.text.byte_pairs import LONGEST_STRETCH, cut, learn_merges
from embedkit.text.vocabulary import Vocabulary


def unbroken(characters: int) -> str:
    return "".join(random.Random(0).choices("acgt", k=characters))


def test_a_line_is_cut_only_where_a_stretch_is_too_long() -> None:
    words = "word " * 1000
    assert cut(words) == [words]
    assert [len(piece) for piece in cut("a " + "b" * 2500)] == [1002, 1000, 500]
    assert [len(piece) for piece in cut("b" * LONGEST_STRETCH)] == [1000]
    assert [len(piece) for piece in cut("a" + " " * 2500 + "b")] == [1001, 1000, 501]
    assert cut("b" * 2500, 0) == ["b" * 2500]
    assert [len(piece) for piece in cut("b" * 2500, 2000)] == [2000, 500]
    assert "".join(cut(unbroken(12345))) == unbroken(12345)


def test_merges_of_ordinary_text_are_as_they_were() -> None:
    merges, cuts = learn_merges(["low lower lowest " * 50, "new newer newest " * 50], 262, 2)
    assert cuts == 0
    assert merges[0] == ("w", "e")  # in lower, lowest, newer and newest: 200 times


def test_a_text_without_spaces_is_learnt_in_a_bounded_time_and_encoded_whole(tmp_path: Path) -> None:
    text = unbroken(100_000)
    (tmp_path / "genome.txt").write_text(text + "\n")
    corpus = open_corpus(tmp_path / "genome.txt")
    started = time.process_time()
    with pytest.warns(EmbedkitWarning, match=r"genome\.txt: \d+ times there are more than 1,000 characters without a"):
        vocabulary = Vocabulary.build(corpus, level="bpe", size=1000)
    assert time.process_time() - started < 5  # as one stretch it takes 9 s, and four times as long of twice as many
    assert vocabulary.decode(vocabulary.encode(text)) == text
    assert len(vocabulary.encode(text)) < len(text) / 2  # merges were learnt


def test_pairs_across_a_long_stretch_are_learnt_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "genome.txt").write_text(unbroken(3_000) + "\n")
    corpus = open_corpus(tmp_path / "genome.txt")
    with pytest.warns(EmbedkitWarning, match=r"\(--longest-stretch 0 learns them too"):
        Vocabulary.build(corpus, level="bpe", size=300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Vocabulary.build(corpus, level="bpe", size=300, longest_stretch=0)


def test_pairs_of_a_long_text_are_learnt_from_lines_that_are_spread_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Lines of three kinds take turns; of one in three, by chance, all three are learnt from.
    (tmp_path / "three.txt").write_text(("low " * 24 + "low\n" + "new " * 24 + "new\n" + "old " * 24 + "old\n") * 20)
    corpus = open_corpus(tmp_path / "three.txt")
    characters = sum(len(line) + 1 for line in corpus.lines("train"))
    monkeypatch.setattr(byte_pairs, "LEARNT_FROM", characters)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = Vocabulary.build(corpus, level="bpe", size=300)
    monkeypatch.setattr(byte_pairs, "LEARNT_FROM", characters - 1)
    with pytest.warns(EmbedkitWarning, match="from one in 2 lines"):
        Vocabulary.build(corpus, level="bpe", size=300)
    monkeypatch.setattr(byte_pairs, "LEARNT_FROM", sum(len(line) + 1 for line in corpus.lines("train")) // 2 - 100)
    lines: list[int] = []
    learn = byte_pairs.learn_merges

    def counted(sample: Iterable[str], *rest: int) -> object:
        held = list(sample)
        lines.append(len(held))
        return learn(held, *rest)

    monkeypatch.setattr(byte_pairs, "learn_merges", counted)
    with pytest.warns(EmbedkitWarning, match=r"three\.txt: byte pairs are learnt from one in 3 lines by chance"):
        vocabulary = Vocabulary.build(corpus, level="bpe", size=300)
    assert 8 <= lines[0] <= 30 < len(list(corpus.lines("train")))
    assert {"".join(pair) for pair in vocabulary.merges} == {"".join(pair) for pair in whole.merges}
    assert vocabulary.decode(vocabulary.encode("new old")) == "new old"


def test_learning_hears_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedkit.text.byte_pairs.cut", lambda line, longest: [line])  # which takes long
    lines = [unbroken(400_000)]
    # What a shell starts in the background ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    started = time.perf_counter()
    try:
        with pytest.raises(KeyboardInterrupt):
            learn_merges(lines, 30_000, 2)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.perf_counter() - started < 2


def test_an_error_of_the_lines_is_raised() -> None:
    def lines() -> object:
        yield "a"
        raise ValueError("broken")

    with pytest.raises(Exception, match="broken"):
        learn_merges(lines(), 300, 2)  # type: ignore[arg-type]
