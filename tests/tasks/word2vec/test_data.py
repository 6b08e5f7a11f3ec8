"""The words of a corpus as sentences: what is a word, where a line is cut, and that no text is in memory whole."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedkit.corpora.corpus import Corpus
from embedkit.tasks.word2vec import data
from embedkit.tasks.word2vec.data import Pace, SpooledSentences, spool_words, words_of


@pytest.mark.parametrize(
    ("line", "pretokenized", "words"),
    [
        ("Don't panic: 42 of the U.S. Marines", False, ["don", "t", "panic", "of", "the", "u", "s", "marines"]),
        ("Über_all — 1990s…", False, ["über", "all", "s"]),
        ("the 1990s , a well-known <unk> @-@ 5", True, ["the", "1990s", "a", "well-known", "<unk>"]),
        ("", False, []),
        (" . ", True, []),
    ],
)
def test_words_are_told_from_punctuation_and_numbers(line: str, pretokenized: bool, words: list[str]) -> None:
    assert words_of(line, pretokenized=pretokenized) == words


def corpus_of(lines: list[str] | range) -> Corpus:
    """A corpus whose lines are made as they are read."""

    def stream() -> Iterator[str]:
        for line in lines:
            yield line if isinstance(line, str) else "some words of the text " * 20

    return Corpus("made", {"train": stream}, False, "sha256:0", "none", "none", "made")


def test_a_long_line_is_cut_and_an_empty_one_is_no_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MAX_SENTENCE_WORDS", 3)
    counts, sentences = spool_words(corpus_of(["a b c d A", "", "…", "b"]), tmp_path / "words.txt")
    assert (tmp_path / "words.txt").read_text(encoding="utf-8") == "a b c\nd a\nb\n"
    assert sentences == 3
    assert counts == {"a": 2, "b": 2, "c": 1, "d": 1}


def test_the_corpus_is_never_in_memory_whole(tmp_path: Path) -> None:
    """1 MB of text goes through in less than a fifth of that."""
    tracemalloc.start()
    counts, sentences = spool_words(corpus_of(range(2_000)), tmp_path / "words.txt")
    text = SpooledSentences(tmp_path / "words.txt", words=counts.total(), sentences=sentences, epochs=1)
    streamed = sum(len(sentence) for sentence in text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert streamed == text.words_seen == counts.total() == 2_000 * 100
    assert peak < 200_000


def test_the_stream_starts_afresh_until_it_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a b\nc\n", encoding="utf-8")
    text = SpooledSentences(tmp_path / "words.txt", words=3, sentences=2, epochs=4)
    assert list(text) == list(text) == [["a", "b"], ["c"]]
    halfway = text.pace(seconds=3.0)
    assert halfway == Pace(share=0.5, words_seen=6, words_per_second=2.0)
    text.stop()
    assert list(text) == []
