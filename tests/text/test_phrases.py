"""Frequent phrases: counted by hand, never across punctuation, with the same share for each length."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from embedkit.corpora import ParallelCorpus, open_corpus
from embedkit.errors import CorpusError, UsageError
from embedkit.text import phrases
from embedkit.text.phrases import phrase_pairs
from tests.progress import Recorder
from tests.text.memory_corpus import corpus_of

FILLER = [f"alpha{i} beta{i}" for i in range(150)] * 5
"""Phrases of two words that stand five times each, so that every split gets some."""


def found(*lines: str, **options: int) -> dict[str, int]:
    """The phrases of some lines and their counts, without the filler."""
    corpus = phrase_pairs(corpus_of([*lines, *FILLER]), **{"size": 4_000, **options})  # type: ignore[arg-type]
    return {phrase: count for phrase, count in corpus.frequencies.items() if "alpha" not in phrase}


def lengths(corpus: ParallelCorpus) -> Counter[int]:
    return Counter(len(phrase.split()) for split in corpus.splits for phrase in corpus.source.lines(split))


def test_phrases_are_counted() -> None:
    # "the old man" three times, of which once with "and" before it.
    assert found("The old man.", "the old man (again)", "and the OLD man") == {
        "the old": 3,
        "old man": 3,
        "the old man": 3,
    }


def test_no_phrase_goes_over_punctuation_or_the_end_of_a_line() -> None:
    assert found(*["red, green", "blue; red", "green"] * 5) == {}
    assert found(*["red green", "blue"] * 5) == {"red green": 5}


def test_a_phrase_has_a_letter_and_an_unknown_word_is_none() -> None:
    assert found(*["1990 2000 1990 men"] * 2) == {"1990 men": 2, "2000 1990 men": 2, "1990 2000 1990 men": 2}
    corpus = replace(corpus_of(["the <unk> man 's hat , well @-@ known", *FILLER] * 2), pretokenized=True)
    kept = {phrase for phrase in phrase_pairs(corpus, size=4_000).frequencies if "alpha" not in phrase}
    assert kept == {"man 's", "'s hat", "man 's hat"}


def test_rare_phrases_are_left_out() -> None:
    lines = ["new york city"] * 3 + ["new york times"] * 2
    assert found(*lines, min_count=3, shortest=2, longest=3) == {"new york": 5, "york city": 3, "new york city": 3}
    assert found(*lines, min_count=2)["new york times"] == 2


def test_case_is_kept_where_asked() -> None:
    assert found("New York", "New York", "new york", lowercase=False) == {"New York": 2}


def test_every_length_has_the_same_share_of_the_most_frequent() -> None:
    random = Random(3)
    words = [f"w{i}" for i in range(12)]
    lines = [" ".join(random.choices(words, k=30)) for _ in range(300)]
    corpus = phrase_pairs(corpus_of(lines), size=400)
    assert lengths(corpus) == {2: 100, 3: 100, 4: 100, 5: 100}
    pairs = Counter(pair for line in lines for pair in zip(*(line.split()[i:] for i in range(2)), strict=False))
    kept = {phrase: count for phrase, count in corpus.frequencies.items() if len(phrase.split()) == 2}
    assert sorted(kept.values(), reverse=True) == sorted(pairs.values(), reverse=True)[:100]
    counts = list(corpus.frequencies.values())
    assert counts == sorted(counts, reverse=True)


def test_ties_go_to_the_phrase_that_comes_first() -> None:
    lines = [f"first{i} second{i}" for i in range(300)] * 2
    corpus = phrase_pairs(corpus_of(lines), size=200, shortest=2, longest=2)
    assert list(corpus.frequencies) == [f"first{i} second{i}" for i in range(200)]


@pytest.mark.parametrize("block", [7, 1 << 22])
@pytest.mark.parametrize("min_count", [1, 2, 5])
def test_counts_are_those_of_counting_one_by_one(monkeypatch: pytest.MonkeyPatch, block: int, min_count: int) -> None:
    monkeypatch.setattr(phrases, "_BLOCK", block)
    random = Random(1)
    lines = [" ".join(random.choice("abcdefgh12,") for _ in range(random.randint(0, 12))) for _ in range(300)]
    expected: Counter[str] = Counter()
    for part in (part for line in lines for part in line.split(",")):
        words = part.split()
        for length in (2, 3, 4, 5):
            expected.update(" ".join(words[i : i + length]) for i in range(len(words) - length + 1))
    wanted = {p: n for p, n in expected.items() if n >= min_count and any(map(str.isalpha, p))}
    assert len(wanted) > 50
    assert phrase_pairs(corpus_of(lines), size=100_000, min_count=min_count).frequencies == wanted


def test_a_phrase_is_its_own_target_and_stands_in_one_split() -> None:
    corpus = phrase_pairs(corpus_of(FILLER), size=1_000, shortest=2, longest=2)
    assert corpus.name == "phrases-lines"
    assert corpus.mirrored
    assert (corpus.licence, corpus.source.source) == ("none", "lines.txt")
    every = [phrase for split in ("train", "valid", "test") for phrase in corpus.source.lines(split)]
    assert sorted(every) == sorted(f"alpha{i} beta{i}" for i in range(150))
    other = phrase_pairs(corpus_of(FILLER), size=1_000, shortest=2, longest=2, seed=2)
    assert other.frequencies == corpus.frequencies
    assert set(other.source.lines("valid")) != set(corpus.source.lines("valid"))


def test_the_lines_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedkit.progress._LINES", 100)
    told = Recorder()
    phrase_pairs(corpus_of(FILLER), progress=told)
    assert told.texts == [f"{n} lines" for n in (100, 200, 300, 400, 500, 600, 700)]


@pytest.mark.parametrize(
    "call",
    [{"shortest": 0}, {"shortest": 4, "longest": 3}, {"size": 3}, {"min_count": 0}],
)
def test_a_number_out_of_range_is_refused(call: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="at least"):
        phrase_pairs(corpus_of(FILLER), **call)  # type: ignore[arg-type]


def test_a_phrase_of_each_length_may_be_asked_for() -> None:
    with pytest.raises(CorpusError, match="left without a pair"):  # but none is left to hold out
        phrase_pairs(corpus_of(FILLER), shortest=2, longest=2, size=1, min_count=1)


def test_a_text_without_phrases_is_an_error() -> None:
    with pytest.raises(CorpusError, match=r"lines\.txt: no phrase of 3 to 5 words stands 2 times in it"):
        phrase_pairs(corpus_of(FILLER), shortest=3)
    with pytest.raises(CorpusError, match=r"lines\.txt: its \w+ split is left without a pair"):
        phrase_pairs(corpus_of(["two words"] * 2))


def test_the_bundled_text_has_enough() -> None:
    corpus = phrase_pairs(open_corpus("wikipedia-sample"), size=8_000)
    assert corpus.name == "phrases-wikipedia-sample"
    assert lengths(corpus) == {2: 2_000, 3: 2_000, 4: 2_000, 5: 2_000}
    assert next(iter(corpus.frequencies)) == "of the"
    assert corpus.frequencies["the united states"] > 100
    assert all(corpus.source.counts[f"{split}_lines"] > 300 for split in ("train", "valid", "test"))
