"""Features of a text, by hand."""

import numpy as np
import pytest

from embedkit.corpora.corpus import Corpus
from embedkit.errors import UsageError
from embedkit.text.features import FEATURES, Tokens, after, read_features
from embedkit.text.vocabulary import Vocabulary


def read(name: str, texts: str | list[str], level: str = "char") -> str:
    """A feature as a digit a token, "-" where it has no value."""
    (feature,) = read_features(Tokens(level, tuple(texts)), [name])
    assert feature.values.shape == (len(texts),)
    return "".join("-" if np.isnan(value) else f"{value:.0f}" for value in feature.values)


def vocabulary(text: str, level: str) -> Vocabulary:
    lines = text.split("\n")
    corpus = Corpus("t", {"train": lambda: iter(lines)}, level == "word", "", "", "", "t")
    return Vocabulary.build(corpus, level=level)


def test_inside_quotes_from_after_the_first_mark_up_to_the_last() -> None:
    assert read("quotes", 'a "bc" d') == "00111000"
    assert read("quotes", "a “b” «c» d") == "00110011000"
    assert read("quotes", ["he", "said", '"', "no", '"', "."], "word") == "001100"
    assert read("quotes", ["He", ' said, "', "No", ',"', " and"], "bpe") == "01100"


def test_a_stray_quotation_mark_spoils_its_paragraph_alone() -> None:
    #  without an empty line every line is a paragraph; with one, quotations run over line ends
    assert read("quotes", 'a"b\ncd') == "011000"
    assert read("quotes", 'a"b\nc"\n\nd') == "011110000"
    assert read("quotes", 'a"b\nc\n\nd') == "01111100"
    assert read("quotes", ["a", '"', "b", "\n", "c", "\n", "\n", "d"], "word") == "01111100"


def test_inside_brackets_however_deep() -> None:
    assert read("brackets", "a (b [c] d) e)") == "00111111110000"
    assert read("brackets", "(a\nb") == "1100"


def test_where_in_the_line() -> None:
    assert read("position", "ab\ncd\n") == "010" + "120"
    assert read("line-end", "ab\ncd\n") == "010010"
    assert read("position", ["a", "b", "\n", "c"], "word") == "0101"


def test_the_next_token_ends_the_sentence() -> None:
    assert read("sentence-end", "I 3.5. So!") == "0000100010"  # the point in 3.5 ends nothing
    assert read("sentence-end", "a U.S. A. B") == "00000000000"  # initials
    assert read("sentence-end", ["the", "U.S.", "army", ".", "So"], "word") == "00100"
    assert read("sentence-end", ["He", " left", '."', "\n"], "bpe") == "0100"
    assert read("sentence-left", "ab. c") == "10" + "---"
    assert read("sentence-left", ["a", "b", ".", "c", "."], "word") == "10" + "10-"


def test_after_a_token() -> None:
    words = vocabulary("the sea , the sky\nand the land , all", "word")
    ids = np.array([*words.encode("sea , the sky"), words.line_end, *words.encode("the , all")])
    since, decaying = after(words, ids, ",")
    assert since.values.tolist() == [0, 1, 1, 1, 0, 0, 1, 1]
    assert since.binary
    fifth = 0.5 ** (1 / 5)
    assert decaying.values == pytest.approx([0, 1, fifth, fifth**2, fifth**3, fifth**4, 1, fifth])
    both, _ = after(words, ids, ", the")  # two in a row: it has stood once the second is read
    assert both.values.tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_after_a_bpe_token_with_or_without_a_space_before_it() -> None:
    pieces = vocabulary("the cat\n" * 50 + "a cat the\n" * 50, "bpe")
    ids = np.array(pieces.encode("the cat the cat"))
    since, _ = after(pieces, ids, "the")
    assert since.values.tolist() == [1] * len(ids)
    assert "".join(Tokens.of(pieces, ids.tolist()).texts) == "the cat the cat"


def test_bytes_of_one_character_complete_it_at_the_last() -> None:
    pieces = vocabulary("abc\n", "bpe")
    texts = Tokens.of(pieces, pieces.encode("é€")).texts
    assert texts == ("", "é", "", "", "€")


def test_what_there_is_not_is_said() -> None:
    words = vocabulary("the sea , the sky", "word")
    ids = np.array(words.encode("the sea"))
    with pytest.raises(UsageError, match="unknown token 'skye'; did you mean sky"):
        after(words, ids, "skye")
    with pytest.raises(UsageError, match="--after ' ': there is no token in it"):
        after(words, ids, " ")
    with pytest.raises(UsageError, match="unknown feature 'quote'; did you mean quotes"):
        read_features(Tokens("char", ("a",)), ["quote"])


def test_every_feature_of_a_short_or_an_odd_text() -> None:
    for texts in ((), ("",), ("\n",), ('"',), (")",), (".",), ("\ufffd", "\0", "\n\n")):
        for feature in read_features(Tokens("bpe", texts), FEATURES):
            assert feature.values.shape == (len(texts),)
