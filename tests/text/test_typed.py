"""What a person types, for a vocabulary whose corpus was split at spaces."""

import numpy as np

from embedkit.text.typed import typed_ids, typed_words, unknown_tokens
from embedkit.text.vocabulary import EOS, UNK, Vocabulary

TOKENS = (UNK, EOS, "the", ",", "Saturn", "rings", "U.S.")


def vocabulary(pretokenized: bool, tokens: tuple[str, ...] = TOKENS) -> Vocabulary:
    return Vocabulary("word", tokens, np.ones(len(tokens), dtype=np.int64), pretokenized=pretokenized)


def test_punctuation_is_split_off_where_the_whole_is_unknown() -> None:
    assert typed_words(vocabulary(True), "the rings, U.S.") == ["the", "rings", ",", "U.S."]
    assert vocabulary(True).split("the rings, U.S.") == ["the", "rings,", "U.S."]


def test_ids_are_those_of_the_words_and_of_line_ends_between() -> None:
    assert typed_ids(vocabulary(True), "the rings,\nSaturn") == [2, 5, 3, 1, 4]
    assert typed_ids(vocabulary(True), "") == []


def test_unknown_words_are_said_once_and_with_the_case_that_is_known() -> None:
    known = vocabulary(True)
    assert unknown_tokens(known, "the saturn xyzzy saturn, THE") == [
        "saturn (Saturn is known)",
        "xyzzy",
        "THE (the is known)",
    ]
    letters = Vocabulary("char", (UNK, "a", "b"), np.ones(3, dtype=np.int64))
    assert unknown_tokens(letters, "abcac") == ["c"]
