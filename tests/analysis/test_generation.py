"""Generated text: a score sheet worked out by hand, bins, memory, and intervals that cover what they should."""

import numpy as np
import pytest

from embedkit.analysis.generation import Memory, bleu_interval, score_generation
from embedkit.analysis.proportion import Proportion
from embedkit.errors import UsageError
from embedkit.text.bleu import bleu, chrf

SOURCES = ["one two three four five", "un", "deux mots", "three little words", "x y"]
REFERENCES = ["a b c d e", "One", "two  words", "three little words", "x y"]
HYPOTHESES = ["a b c d e", "one", "two words", "", "other words"]


def drawn_texts(n: int = 200, wrong: float = 0.3, seed: int = 0) -> tuple[list[str], list[str]]:
    """References of 5 words of 20 letters, and hypotheses with a share of the words drawn anew."""
    rng = np.random.default_rng(seed)
    meant = rng.integers(20, size=(n, 5))
    said = np.where(rng.random(meant.shape) < wrong, rng.integers(20, size=meant.shape), meant)
    return [" ".join(f"w{i}" for i in row) for row in meant], [" ".join(f"w{i}" for i in row) for row in said]


def test_the_sheet_by_hand() -> None:
    found = score_generation(SOURCES, REFERENCES, HYPOTHESES, memorised_from=["other words", "two words", ""])
    assert (found.n, found.exact, found.empty, found.exact_share) == (5, 2, 1, 0.4)
    # "two words" and "other words" stand in the training targets; the former is right, and was there to be repeated.
    assert found.memory == Memory(count=2, right=1, due=1)
    assert found.bleu == bleu(HYPOTHESES, REFERENCES)
    assert found.chrf == chrf(HYPOTHESES, REFERENCES)
    assert (found.lowercase, found.resamples, found.seed) == (False, 1000, 0)


def test_sources_are_told_apart_by_how_new_they_are() -> None:
    trained = ["zero one two three four five", "x z", "un"]
    found = score_generation(SOURCES, REFERENCES, HYPOTHESES, trained_sources=iter(trained))
    # "deux mots" is new and comes out right, "three little words" is new and does not; "x y" is a word off "x z".
    assert [(row.novelty, row.exact, row.n) for row in found.by_novelty] == [
        ("new", 1, 2),
        ("one edit", 0, 1),
        ("contained", 1, 1),
        ("exact", 0, 1),
    ]
    new, _, contained, exact = found.by_novelty
    assert found.new == new
    assert new.exact_interval == Proportion.of(1, 2).interval
    assert (new.bleu, contained.bleu) == (None, pytest.approx(100))
    assert exact.exact_share == 0
    only = score_generation(["x z"], ["x"], ["x"], trained_sources=trained)
    assert only.new is not None
    assert (only.new.n, only.new.exact_share, only.new.exact_interval, only.new.chrf) == (0, None, None, None)
    assert score_generation(SOURCES, REFERENCES, HYPOTHESES).new is None


def test_lower_case_is_compared_on_request() -> None:
    found = score_generation(SOURCES, REFERENCES, HYPOTHESES, lowercase=True, memorised_from=["ONE"])
    assert found.exact == 3
    assert found.memory == Memory(count=1, right=1, due=1)
    assert found.chrf == chrf(HYPOTHESES, REFERENCES, lowercase=True)


def test_any_of_several_references_will_do() -> None:
    several = [[r, "other  words"] for r in REFERENCES]
    assert score_generation(SOURCES, several, HYPOTHESES).exact == 3
    assert score_generation(SOURCES, several, HYPOTHESES, memorised_from=["other words"]).memory == Memory(1, 1, 5)


def test_without_training_targets_memory_is_not_known() -> None:
    assert score_generation(SOURCES, REFERENCES, HYPOTHESES).memory is None


def test_perfect_and_useless_text() -> None:
    meant, _ = drawn_texts()
    perfect = score_generation(meant, meant, meant)
    assert perfect.bleu is not None
    assert perfect.bleu_interval is not None
    assert (perfect.exact_share, perfect.bleu.score, perfect.chrf.score) == (1, pytest.approx(100), pytest.approx(100))
    assert perfect.bleu_interval.low == pytest.approx(100)
    useless = score_generation(meant, meant, ["zz yy vv uu tt"] * len(meant))
    assert useless.bleu is not None
    assert (useless.exact, useless.bleu.score) == (0, 0)
    assert useless.exact_interval.high < 0.03


def test_bins_hold_at_least_25() -> None:
    # 30 sources of one word, 20 of two and 10 of three: two and three words are joined. 3 of nine words are too few.
    counts = {1: 30, 2: 20, 3: 10, 9: 3}
    texts = [" ".join(["w"] * length) for length, n in counts.items() for _ in range(n)]
    said = ["w" if text == "w" else "v v v v" for text in texts]
    first, second = score_generation(texts, texts, said).by_length
    assert (first.shortest, first.longest, first.n, first.exact, first.exact_share) == (1, 1, 30, 30, 1)
    assert (second.shortest, second.longest, second.n, second.exact) == (2, 9, 33, 0)
    # One word has no four-gram; its BLEU is not 0 but unknown.
    assert (first.bleu, first.chrf) == (None, pytest.approx(100))
    assert second.bleu == 0
    assert second.exact_interval == Proportion.of(0, 33).interval
    # 24 are one too few, and one more is enough.
    texts = [" ".join(["w"] * length) for length, n in {1: 24, 2: 1, 3: 25}.items() for _ in range(n)]
    bins = score_generation(texts, texts, texts, resamples=0).by_length
    assert [(each.shortest, each.longest, each.n) for each in bins] == [(1, 2, 25), (3, 3, 25)]


def test_few_sources_are_one_bin_and_many_at_most_ten() -> None:
    (only,) = score_generation(SOURCES, REFERENCES, HYPOTHESES).by_length
    assert (only.shortest, only.longest, only.n) == (1, 5, 5)
    texts = [" ".join(["w"] * length) for length in range(1, 41) for _ in range(30)]
    bins = score_generation(texts, texts, texts, resamples=0).by_length
    assert len(bins) == 10
    assert sum(b.n for b in bins) == len(texts)
    assert [b.shortest for b in bins[1:]] == [b.longest + 1 for b in bins[:-1]]


def test_length_may_be_measured_otherwise() -> None:
    found = score_generation(SOURCES, REFERENCES, HYPOTHESES, split=list)
    assert (found.by_length[0].shortest, found.by_length[0].longest) == (2, 23)


def test_short_texts_have_no_bleu() -> None:
    found = score_generation(["a", "b c d"], ["a", "b c d"], ["a", "x"])
    assert (found.bleu, found.bleu_interval, found.by_length[0].bleu) == (None, None, None)
    assert found.exact == 1


def test_examples_from_best_to_worst() -> None:
    said = ["abcdef", "abcde", "abcd", "abc", "ab", "x"]
    found = score_generation([str(i) for i in range(6)], ["abcdef"] * 6, said, examples=2)
    assert [e.hypothesis for e in found.best] == ["abcdef", "abcde"]
    assert [e.hypothesis for e in found.typical] == ["abcd", "abc"]
    assert [e.hypothesis for e in found.worst] == ["x", "ab"]
    assert (found.best[0].chrf, found.worst[0].chrf) == (pytest.approx(100), 0)
    assert (found.best[0].source, found.best[0].references) == ("0", ("abcdef",))
    # Of equal ones the longer source stands first.
    equal = score_generation(["a", "b b"], ["x", "x"], ["x", "x"], examples=1)
    assert (equal.best[0].source, equal.worst[0].source) == ("b b", "b b")


def test_the_interval_holds_the_score_and_narrows() -> None:
    few, many = (bleu_interval(said, meant) for meant, said in (drawn_texts(50), drawn_texts(800)))
    assert few is not None
    assert many is not None
    meant, said = drawn_texts(800)
    assert many.low < bleu(said, meant).score < many.high
    # A sixteenth of the sentences: four times as wide.
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.35)
    assert bleu_interval(said, meant) == many
    assert bleu_interval(said, meant, seed=1) != many
    assert bleu_interval(["a b c d"], ["a b c d"]) is None
    assert bleu_interval(["a b c d"] * 2, ["a b c d"] * 2) is not None


def test_the_interval_covers_the_truth() -> None:
    # The truth is BLEU of very many sentences; of 40 samples the interval should miss it about twice.
    meant, said = drawn_texts(20_000, seed=99)
    truth = bleu(said, meant).score
    found = [bleu_interval(s, m, resamples=200) for m, s in (drawn_texts(150, seed=i) for i in range(40))]
    assert sum(i is not None and i.low <= truth <= i.high for i in found) >= 34


def test_wrong_calls_are_said() -> None:
    with pytest.raises(UsageError, match="2 hypotheses cannot be compared with 1 sources"):
        score_generation(["a"], ["a", "b"], ["a", "b"])
    with pytest.raises(UsageError, match="2 hypotheses cannot be compared with 1 references"):
        score_generation(["a", "b"], ["a"], ["a", "b"])
    with pytest.raises(UsageError, match="no hypotheses"):
        score_generation([], [], [])
