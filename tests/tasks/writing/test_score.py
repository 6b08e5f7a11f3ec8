"""Keystrokes and accuracy worked out by hand, and intervals that know about passages."""

import pytest

from embedkit.analysis.proportion import Proportion
from embedkit.errors import UsageError
from embedkit.tasks.writing.keypad import KeyedWord
from embedkit.tasks.writing.score import keypad_score


def typed(
    word: str, digits: str, by_frequency: int, in_context: int, *, passage: int = 0, fitting: int = 3
) -> KeyedWord:
    first = ("home", "good", "gone")
    return KeyedWord(passage, "before ", word, digits, fitting, by_frequency, in_context, first, first)


THREE = [
    typed("of", "63", 1, 1, fitting=2),
    typed("me", "63", 2, 1, fitting=2, passage=1),
    typed("don't", "3668", 1, 3, fitting=5, passage=2),
]


def test_keystrokes_per_character_by_hand() -> None:
    score = keypad_score(THREE, run="r", split="valid", vocabulary=9)
    # Keys, presses of next, space: 2+0+1, 2+1+1, 4+0+1 by frequency; 2+0+1, 2+0+1, 4+2+1 in context.
    # Characters and a space: 3, 3, 6 (the apostrophe is one, and costs no key).
    assert score.characters == 12
    assert (score.by_frequency.presses, score.in_context.presses) == (3 + 4 + 5, 3 + 3 + 7)
    assert score.by_frequency.kspc == pytest.approx(12 / 12)
    assert score.in_context.kspc == pytest.approx(13 / 12)
    assert score.difference.kspc == pytest.approx(1 / 12)
    # Multi-tap: of 3+3, me 1+2, dont 1+3+1 pause o-n +2+1, and a space each.
    assert score.multitap_kspc == pytest.approx((6 + 3 + 8 + 3) / 12)


def test_accuracy_is_paired_and_out_of_vocabulary_is_counted_and_not_scored() -> None:
    unknown = KeyedWord(1, "", "xyzzy", "99999", 0)
    score = keypad_score([*THREE, unknown], run="r", split="valid", vocabulary=9)
    assert (score.words, score.unknown, score.n, score.ambiguous, score.passages) == (4, 1, 3, 3, 3)
    assert score.coverage == pytest.approx(0.75)
    assert (score.by_frequency.first, score.in_context.first) == (2, 2)
    told = score.difference
    assert (told.first_share, told.only_in_context, told.only_by_frequency) == (0.0, 1, 1)
    assert [(row.fewest, row.most, row.n, row.by_frequency, row.in_context) for row in score.by_fitting] == [
        (2, 2, 2, 1, 2),
        (5, 8, 1, 1, 0),
    ]
    assert [(each.digits, each.n, each.by_frequency, each.in_context) for each in score.confusions] == [
        ("63", 2, 1, 2),
        ("3668", 1, 1, 0),
    ]
    assert [each.word for each in score.helped] == ["me"]
    assert [each.word for each in score.hurt] == ["don't"]


def test_intervals_are_over_passages() -> None:
    # Ten passages of forty words, all right or all wrong: no more than ten observations.
    words = [typed("of", "63", 1 + (passage < 5), 1, passage=passage) for passage in range(10) for _ in range(40)]
    score = keypad_score(words, run="r", split="valid", vocabulary=9)
    within = score.by_frequency.first_interval
    assert within is not None
    assert within.high - within.low > 0.5
    independent = Proportion.of(200, 400).interval
    assert independent.high - independent.low < 0.1
    # The same figures again.
    assert keypad_score(words, run="r", split="valid", vocabulary=9) == score


def test_where_all_are_first_the_interval_is_wilsons_and_one_passage_has_none_else() -> None:
    words = [typed("of", "63", 1, 1) for _ in range(50)]
    score = keypad_score(words, run="r", split="valid", vocabulary=9)
    assert score.in_context.first_interval == Proportion.of(50, 50).interval
    assert score.in_context.kspc_interval is None
    assert score.difference.first_interval is None


def test_nothing_to_score_is_said() -> None:
    with pytest.raises(UsageError, match="none of 1 held-out words is in its vocabulary"):
        keypad_score([KeyedWord(0, "", "xyzzy", "99999", 0)], run="r", split="valid", vocabulary=9)
