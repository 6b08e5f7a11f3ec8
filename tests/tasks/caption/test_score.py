"""Scores of captions, worked out by hand."""

import numpy as np
import pytest

from embedkit.analysis.proportion import Proportion
from embedkit.errors import UsageError
from embedkit.tasks.caption.score import (
    COUNT,
    DIGIT,
    OTHER,
    RELATION,
    SIZE,
    CountCell,
    edits_to_nearest,
    error_kind,
    number_words,
    over_originals,
    score_captions,
)


@pytest.mark.parametrize(
    ("caption", "reference", "kind"),
    [
        ("two small sevens", "two small sevens", ""),
        ("two small sevens", "three small sevens", COUNT),
        ("a small seven", "two small sevens", COUNT),
        ("a large four and two small sevens", "two large fours and a small seven", COUNT),
        ("two small ones", "two small sevens", DIGIT),
        ("two large sevens", "two small sevens", SIZE),
        ("a small one above a large two", "a small one below a large two", RELATION),
        ("a small two above a large three", "a large two above a small three", SIZE),
        ("two small sevens and a large four", "a large four and two small sevens", OTHER),
        ("two small", "two small sevens", OTHER),
        ("", "a small one", OTHER),
    ],
)
def test_the_kind_of_a_mistake_in_a_scene(caption: str, reference: str, kind: str) -> None:
    assert error_kind(caption, [reference], scenes=True) == kind


def test_mistakes_in_free_text() -> None:
    references = ["three dogs run", "a pair of dogs and a cat"]
    assert error_kind("three  dogs run", references, scenes=False) == ""
    assert error_kind("two brown dogs", references, scenes=False) == OTHER  # as the second counts
    assert error_kind("four dogs run", references, scenes=False) == COUNT
    assert error_kind("dogs run", references, scenes=False) == COUNT
    assert number_words("Two dogs, 3 cats and one bird.") == (2, 3)


def test_edits_are_to_the_nearest_reference() -> None:
    assert edits_to_nearest("a b c", ["a x c d", "q"]) == 2
    assert edits_to_nearest("", ["a b"]) == 2
    assert edits_to_nearest("a b", ["b a", "a b"]) == 0


def test_a_score_sheet_by_hand() -> None:
    references = [["a large four"], ["two small sevens"], ["three small sevens"], ["a small one above a large two"]]
    captions = ["a large four", "three small sevens", "three small sevens", "a small one above above"]
    score = score_captions(
        references,
        captions,
        [-0.1, -1.0, -0.2, -9.0],
        ["s0", "s1", "s2", "s3"],
        scenes=True,
        originals=[[1], [2, 3], [4, 4], [5]],
    )
    assert (score.n, score.exact, score.originals) == (4, 2, 5)
    assert score.exact_interval == Proportion.of(2, 4).interval
    assert score.errors == {COUNT: 1, DIGIT: 0, SIZE: 0, RELATION: 0, OTHER: 1}
    assert [(g.label, g.n, g.exact) for g in score.groups] == [
        ("one digit", 1, 1),
        ("two digits", 2, 0),
        ("three digits", 1, 1),
    ]
    assert score.counted == (CountCell(1, 1, 1), CountCell(2, 3, 1), CountCell(2, None, 1), CountCell(3, 3, 1))
    assert (score.counting, score.miscounted) == (3, 1)
    assert [example.name for example in score.worst] == ["s3", "s1"]  # three words to change, and one
    assert [example.edits for example in score.worst] == [3, 1]
    assert score.best[0].name in ("s0", "s2")
    assert score.bleu is not None


def test_counting_in_free_text_is_over_what_counts() -> None:
    references = [["two dogs", "dogs"], ["three cats"], ["a bird"]]
    score = score_captions(references, ["four dogs", "three cats", "a bird"], [0.0] * 3, ["a", "b", "c"])
    assert (score.counting, score.miscounted) == (2, 1)
    assert [(g.label, g.n) for g in score.groups] == [("a reference counts", 2), ("no reference counts", 1)]
    assert score.bleu is None  # no reference has four words
    assert score.originals_interval is None
    nothing = score_captions([["a bird"]], ["a bird"], [0.0], ["a"])
    assert (nothing.counting, nothing.miscounted_interval) == (0, None)
    with pytest.raises(UsageError, match="1 captions, 2 probabilities"):
        score_captions([["a bird"]], ["a bird"], [0.0, 1.0], ["a"])


def test_scenes_that_share_originals_are_less_sure_than_wilson_says() -> None:
    """400 scenes of 8 originals, of which one is always misread: what is seen is 7 of 8, not 350 of 400."""
    originals = [[i % 8] for i in range(400)]
    right = np.array([row[0] != 0 for row in originals])
    shared, apart = over_originals(right, originals), over_originals(right, [[i] for i in range(400)])
    assert shared is not None
    assert apart is not None
    assert shared.high - shared.low > 4 * (apart.high - apart.low)
    narrow = Proportion.of(350, 400).interval
    assert apart.low == pytest.approx(narrow.low, abs=0.015)
    assert apart.high == pytest.approx(narrow.high, abs=0.015)
