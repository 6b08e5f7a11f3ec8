"""Word similarity: ρ by hand, against scipy, and intervals that cover what they should."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from embedkit.analysis.scored_pairs import ScoredPair, SimilaritySet
from embedkit.analysis.similarity import compare_similarity, score_similarity
from embedkit.corpora import questions_file, similarity_file
from embedkit.errors import CorpusError, UsageError
from embedkit.spaces import EmbeddingSpace


def at_angles(name: str, degrees: dict[str, float]) -> EmbeddingSpace:
    """Words on a circle: the cosine of two is that of the angle between them. Their lengths differ."""
    angles = np.radians(list(degrees.values()))
    lengths = np.arange(1, len(angles) + 1)[:, None]
    return EmbeddingSpace(name, tuple(degrees), lengths * np.stack([np.cos(angles), np.sin(angles)], axis=1))


PLANE = at_angles("plane", {"a": 0, "b": 10, "c": 30, "d": 60, "e": 100})


def asked(**scores: float) -> SimilaritySet:
    return SimilaritySet("by hand", tuple(ScoredPair(pair[0], pair[1], score) for pair, score in scores.items()))


def simulated(n: int, r: float, seed: int) -> tuple[EmbeddingSpace, SimilaritySet]:
    """n pairs whose cosines and scores are, but for a monotone change, bivariate normal with correlation r."""
    rng = np.random.default_rng(seed)
    x, noise = rng.normal(size=(2, n))
    y = r * x + np.sqrt(1 - r * r) * noise
    angles = np.pi / (1 + np.exp(x))
    firsts = np.tile([1.0, 0.0], (n, 1))
    seconds = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    labels = [f"{side}{i}" for side in ("x", "y") for i in range(n)]
    pairs = tuple(ScoredPair(f"x{i}", f"y{i}", float(y[i])) for i in range(n))
    return EmbeddingSpace("simulated", tuple(labels), np.vstack([firsts, seconds])), SimilaritySet("normal", pairs)


def replace_score(pair: ScoredPair, score: float) -> ScoredPair:
    return replace(pair, score=float(score))


def test_rho_by_hand() -> None:
    # Angles 10, 30, 60 and 100 rank the cosines 4, 3, 2, 1; people say 3, 4, 2, 1: ρ = 1 - 6 · 2 / (4 · 15) = 0.8.
    found = score_similarity(PLANE, asked(ab=8, ac=9, ad=5, ae=1), resamples=200)
    assert found.correlation is not None
    assert found.correlation.rho == pytest.approx(0.8)
    assert (found.covered, found.total, found.coverage) == (4, 4, 1)
    assert found.strict == found.headline == found.correlation
    assert found.no_headline == ""


def test_rho_with_ties_by_hand() -> None:
    # Angles 10, 20, 30 and 30 rank the cosines 4, 3, 1.5, 1.5; people say 7, 7, 7 and 2, ranks 3, 3, 3, 1.
    # Centred: (1.5, 0.5, -1, -1) and (0.5, 0.5, 0.5, -1.5): 2 / sqrt(4.5 · 3) = 0.5443.
    space = at_angles("ties", {"a": 0, "b": 10, "c": 30, "d": 0, "e": 30})
    found = score_similarity(space, asked(ab=7, bc=7, ac=7, de=2), resamples=200)
    assert found.correlation is not None
    assert found.correlation.rho == pytest.approx(2 / np.sqrt(4.5 * 3))


def test_what_is_not_covered_is_counted_and_costs() -> None:
    # Covered: ab, ac, ad with ranks 3, 2, 1 and scores 9, 8, 1: ρ = 1. The cosines are 0.985, 0.866 and 0.5, their mean
    # 0.784 goes to ax and by. All five: cosines rank 5, 4, 1, 2.5, 2.5, scores (9, 8, 1, 10, 2) rank 4, 3, 1, 5, 2.
    # Centred: (2, 1, -2, -0.5, -0.5) and (1, 0, -2, 2, -1): 5.5 / sqrt(9.5 · 10) = 0.5643.
    found = score_similarity(PLANE, asked(ab=9, ac=8, ad=1, ax=10, by=2), resamples=200)
    assert found.correlation is not None
    assert found.strict is not None
    assert found.correlation.rho == pytest.approx(1)
    assert found.strict.rho == pytest.approx(5.5 / np.sqrt(95))
    assert (found.covered, found.total, found.coverage) == (3, 5, 0.6)
    assert (found.correlation.pairs, found.strict.pairs) == (3, 5)
    # All draws of a perfect order are perfect: they tell nothing of its error.
    assert found.correlation.interval is None
    assert found.strict.interval is not None


def test_low_coverage_is_no_headline() -> None:
    few = score_similarity(PLANE, asked(ab=9, ac=1, ad=8, ax=1, ay=2, az=3, bx=4), resamples=200)
    assert few.headline is None
    assert few.correlation is not None
    assert "3 of 7 word pairs are covered, 42.9 %" in few.no_headline
    half = score_similarity(PLANE, asked(ab=9, ac=1, ad=8, ax=1, ay=2, az=3), resamples=200)
    assert half.headline == half.correlation


def test_fewer_than_three_pairs_have_no_order() -> None:
    for found in (
        score_similarity(PLANE, asked(ab=9, ac=1, ax=1)),
        score_similarity(PLANE, asked(xy=9, xz=1, zx=1)),
        compare_similarity(PLANE, PLANE, asked(ab=9, ac=1, ax=1)),
    ):
        assert "fewer than 3" in found.no_headline
        assert found.coverage in (2 / 3, 0)
    for one in (score_similarity(PLANE, asked(xy=9, xz=1, zx=1)), score_similarity(PLANE, asked(ab=5, ac=5, ad=5))):
        assert (one.correlation, one.strict, one.headline) == (None, None, None)
    assert "all scores are equal" in score_similarity(PLANE, asked(ab=5, ac=5, ad=5)).no_headline


def test_restriction_and_case() -> None:
    shouted = SimilaritySet("x", tuple(ScoredPair("A", second, ord("Z") - ord(second)) for second in "BCDE"))
    assert score_similarity(PLANE, shouted).covered == 4
    assert score_similarity(PLANE, shouted).lowercase
    assert score_similarity(PLANE, shouted, lowercase=False).covered == 0
    found = score_similarity(PLANE, shouted, restrict=4)
    assert (found.covered, found.vocabulary, found.restrict) == (3, 4, 4)
    with pytest.raises(UsageError, match="restrict is 0"):
        score_similarity(PLANE, shouted, restrict=0)


@pytest.mark.parametrize("levels", [None, 5])
def test_rho_equals_scipys(levels: int | None) -> None:
    rng = np.random.default_rng(0)
    words = tuple(f"w{i}" for i in range(60))
    space = EmbeddingSpace("random", words, rng.normal(size=(60, 8)))
    ends = rng.integers(0, 60, size=(200, 2))
    scores = rng.normal(size=200) if levels is None else rng.integers(0, levels, size=200).astype(float)
    pairs = tuple(ScoredPair(words[i], words[j], float(s)) for (i, j), s in zip(ends, scores, strict=True))
    found = score_similarity(space, SimilaritySet("random", pairs), resamples=100)
    cosines = (space.unit[ends[:, 0]].astype(float) * space.unit[ends[:, 1]]).sum(axis=1)
    cosines[ends[:, 0] == ends[:, 1]] = 1
    assert found.correlation is not None
    assert found.correlation.rho == pytest.approx(spearmanr(cosines, scores).statistic, abs=1e-12)


def test_draws_with_replacement_are_scipys_too() -> None:
    from embedkit.analysis.similarity import _spearman

    rng = np.random.default_rng(1)
    x, y, z = rng.integers(0, 6, size=(3, 30)).astype(float)
    counts = rng.multinomial(30, np.full(30, 1 / 30), size=20)
    rhos = _spearman([x, y, z], counts.astype(float))
    for drawn, (rho_y, rho_z) in zip(counts, rhos, strict=True):
        again = np.repeat(np.arange(30), drawn)
        assert rho_y == pytest.approx(spearmanr(x[again], y[again]).statistic)
        assert rho_z == pytest.approx(spearmanr(x[again], z[again]).statistic)


def test_shuffled_scores_are_about_zero_and_true_ones_are_not() -> None:
    space, true = simulated(200, 0.7, 0)
    scores = np.random.default_rng(0).permutation([pair.score for pair in true.pairs])
    shuffled = SimilaritySet("shuffled", tuple(map(replace_score, true.pairs, scores)))
    for pairs, about_zero in ((shuffled, True), (true, False)):
        found = score_similarity(space, pairs, resamples=500).headline
        assert found is not None
        assert found.interval is not None
        assert (found.interval.low < 0 < found.interval.high) == about_zero


def test_the_interval_covers_the_known_rho_95_times_in_100() -> None:
    # Of bivariate normals with Pearson's r, Spearman's ρ is 6/π asin(r/2) (Pearson 1907).
    known, hits = 6 / np.pi * np.arcsin(0.6 / 2), 0
    for seed in range(300):
        found = score_similarity(*simulated(60, 0.6, seed), resamples=200, seed=seed).correlation
        assert found is not None
        assert found.interval is not None
        hits += found.interval.low <= known <= found.interval.high
    assert 0.91 <= hits / 300 <= 0.985


def test_the_same_seed_gives_the_same_interval() -> None:
    space, pairs = simulated(40, 0.5, 3)
    assert score_similarity(space, pairs, resamples=200) == score_similarity(space, pairs, resamples=200)
    assert score_similarity(space, pairs, resamples=200) != score_similarity(space, pairs, resamples=200, seed=1)
    none = score_similarity(space, pairs, resamples=0).correlation
    assert none is not None
    assert none.interval is None


def test_a_difference_is_over_the_pairs_that_both_cover() -> None:
    other = at_angles("other", {"a": 0, "b": 100, "c": 60, "d": 30, "f": 5})
    pairs = asked(ab=9, ac=8, bd=6, ad=1, ae=7, af=2, xy=5)
    found = compare_similarity(PLANE, other, pairs, resamples=200)
    assert (found.one, found.other, found.covered, found.total) == ("plane", "other", 4, 7)
    # On ab, ac, bd, ad: angles 10, 30, 50, 60 and 100, 60, 70, 30 against scores 9, 8, 6, 1: ρ 1 and 1 - 6 · 18 / 60.
    assert found.rhos == pytest.approx((1, -0.8))
    assert found.difference == pytest.approx(1.8)
    back = compare_similarity(other, PLANE, pairs, resamples=200)
    assert back.difference == pytest.approx(-1.8)
    assert found.interval is not None
    assert back.interval is not None
    assert (back.interval.low, back.interval.high) == pytest.approx((-found.interval.high, -found.interval.low))


def test_a_paired_difference_is_sharper_than_two_intervals() -> None:
    space, pairs = simulated(150, 0.6, 5)
    rng = np.random.default_rng(0)
    near = EmbeddingSpace("near", space.labels, space.vectors + 0.02 * rng.normal(size=space.vectors.shape))
    same = compare_similarity(space, space, pairs, resamples=300)
    assert (same.difference, same.interval) == (0, None)
    found = compare_similarity(space, near, pairs, resamples=300)
    alone = score_similarity(space, pairs, resamples=300).correlation
    assert found.interval is not None
    assert alone is not None
    assert alone.interval is not None
    assert found.interval.high - found.interval.low < 0.5 * (alone.interval.high - alone.interval.low)


def test_the_sets_at_hand() -> None:
    for name, count, first in (("wordsim353", 353, ("love", "sex", 6.77)), ("simlex999", 999, ("old", "new", 1.58))):
        found = SimilaritySet.read(similarity_file(name))
        assert (found.name, len(found)) == (name, count)
        assert found.pairs[0] == ScoredPair(*first)


@pytest.mark.parametrize(
    "text",
    [
        "# from somewhere\nlove\tsex\t6.77\ntiger\tcat\t7\n",
        "Word 1,Word 2,Human (mean)\nlove,sex,6.77\ntiger,cat,7.0\n",
        "word1 word2 SimLex999\nlove sex 6.77\n\ntiger  cat 7e0",
        "\ufefflove\tsex\t6.77\r\ntiger\tcat\t7\r\n",
    ],
)
def test_tabs_commas_spaces_headers_and_comments(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    found = SimilaritySet.read(path)
    assert found == SimilaritySet("own", (ScoredPair("love", "sex", 6.77), ScoredPair("tiger", "cat", 7)))


def test_words_between_tabs_may_have_spaces(tmp_path: Path) -> None:
    path = tmp_path / "phrases.tsv"
    path.write_text("New York\tbig, apple\t9\n", encoding="utf-8")
    assert SimilaritySet.read(path).pairs == (ScoredPair("New York", "big, apple", 9),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("love\tsex\t6.77\ntiger\tcat\n", r":2: not two words and a number: 'tiger\\tcat'"),
        ("love\tsex\t6,77\n", ":1: not two words and a number"),
        ("love\tsex\tnan\n", ":1: not two words and a number"),
        ("a b score\nlove sex score\n", ":2: not two words and a number"),
        ("love\t\t6\n", ":1: not two words and a number"),
        ("", "bad.txt: there are no word pairs"),
        (
            "# a comment\nword1 word2 score\n",
            "bad.txt:2: .* is read as a heading, .* there are no word pairs",
        ),
        (": royal\nman king woman queen\n", r":1: .*try `embedkit analogy --questions .*bad\.txt`"),
        ("man king woman queen\n", r":1: .*try `embedkit analogy --questions .*bad\.txt`"),
    ],
)
def test_a_malformed_set_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=said):
        SimilaritySet.read(path)


def test_a_set_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"love\tsex\t6\ncaf\xe9\ttea\t7\n")
    with pytest.raises(CorpusError, match=r"bad\.txt:2: not UTF-8"):
        SimilaritySet.read(tmp_path / "bad.txt")
    with pytest.raises(CorpusError, match=r"nowhere\.txt: no such file"):
        SimilaritySet.read(tmp_path / "nowhere.txt")
    with pytest.raises(CorpusError, match="try `embedkit analogy --questions"):
        SimilaritySet.read(questions_file("google-analogies"))
    with pytest.raises(CorpusError, match="none: there are no word pairs"):
        SimilaritySet("none", ())
