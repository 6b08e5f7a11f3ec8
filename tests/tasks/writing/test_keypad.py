"""The keypad by hand: keys, words by their keys, and what is no key."""

import pytest

from embedkit.errors import UsageError
from embedkit.tasks.writing.keypad import KEYS, KeypadWords, digit_groups, digits_of, multitap_presses

COUNTS = {"of": 90, "me": 20, "Me": 5, "ME": 1, "good": 30, "home": 40, "gone": 12, "its": 9, "it's": 9, "63": 500}


def test_every_letter_is_on_one_key() -> None:
    assert "".join(KEYS.values()) == "abcdefghijklmnopqrstuvwxyz"
    assert [len(letters) for letters in KEYS.values()] == [3, 3, 3, 3, 3, 4, 3, 4]


@pytest.mark.parametrize(
    ("word", "digits"),
    [
        ("the", "843"),
        ("Rings", "74647"),
        ("pqrs", "7777"),
        ("WXYZ", "9999"),
        ("don't", "3668"),
        ("don’t", "3668"),
        ("well-known", "935556696"),
        ("café", "2233"),
        ("Straße", "7872773"),
        ("B2B", None),
        ("1984", None),
        ("'s", None),
        ("-", None),
        (",", None),
        ("Дом", None),
        ("日本", None),
        ("a\x1b[31mb", None),
        ("", None),
    ],
)
def test_the_keys_of_a_word(word: str, digits: str | None) -> None:
    assert digits_of(word) == digits


def test_multitap_waits_where_two_letters_are_on_one_key() -> None:
    assert multitap_presses("the") == 1 + 2 + 2
    assert multitap_presses("on") == 3 + 1 + 2
    assert multitap_presses("pass") == 1 + 1 + 4 + 1 + 4
    assert multitap_presses("7") is None


def test_groups_stand_apart_or_a_zero_parts_them() -> None:
    assert digit_groups(["843", "7464"]) == digit_groups(["84307464"]) == digit_groups(["843 7464"]) == ("843", "7464")
    assert digit_groups(["0843", "0"]) == ("843",)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["12"], "the key 1 has no letters"),
        (["84a"], "'a' is no key"),
        (["8\x1b"], r"'\\x1b' is no key"),
        (["٣"], "is no key"),
        (["843", ""], "an argument is empty"),
        ([], "give the digits"),
        (["0"], "give the digits"),
    ],
)
def test_what_is_no_key_is_said(arguments: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        digit_groups(arguments)


def test_words_of_the_same_keys_by_falling_count() -> None:
    words = KeypadWords(COUNTS)
    assert [(each.word, each.count, each.forms) for each in words.fitting("63")] == [
        ("of", 90, ("of",)),
        ("me", 26, ("me", "Me", "ME")),
    ]
    assert [each.word for each in words.fitting("4663")] == ["home", "good", "gone"]
    # An apostrophe makes another word of the same keys; ties stand in alphabetical order.
    assert [each.word for each in words.fitting("487")] == ["it's", "its"]
    assert words.fitting("999") == ()
    assert len(words) == 7


def test_a_word_is_found_in_any_case_and_with_any_apostrophe() -> None:
    words = KeypadWords(COUNTS)
    assert words.find("mE").forms == ("me", "Me", "ME")  # type: ignore[union-attr]
    assert words.find("It’s").word == "it's"  # type: ignore[union-attr]
    assert words.find("63") is None
    assert words.find("hood") is None
