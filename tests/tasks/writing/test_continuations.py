"""What is offered to somebody who types, where every probability is known."""

from math import log

import pytest
import torch

from embedkit.tasks.writing.continuations import Writer
from embedkit.text.vocabulary import EOS
from tests.tasks.writing.bigrams import bigrams, characters, small, words
from tests.tasks.writing.test_ranking import byte_level

WORDS = words("the", "The", "rings", "river", "right", "of", "to", "Saturn", ",", ".", "(", "they")
TABLE = {
    EOS: {"The": 0.7, "the": 0.2},
    "the": {"rings": 0.5, "river": 0.3, "right": 0.15, "Saturn": 0.01},
    "rings": {"of": 0.6, ",": 0.3, ".": 0.05},
    "river": {",": 0.5, "of": 0.4},
    "right": {"to": 0.8},
    "of": {"Saturn": 0.5, "the": 0.3},
    "to": {"the": 0.9},
    ",": {"the": 0.6},
    "<unk>": {"of": 0.5, "to": 0.2, ",": 0.1},
    "Saturn": {".": 0.5, EOS: 0.3},
}


def offers(text: str, **options: int) -> list[str]:
    writer = Writer(bigrams(WORDS, TABLE), WORDS)
    return [text[: each.kept] + "|" + each.text for each in writer.offers(text, **options)]


def test_the_next_word_and_on_to_three() -> None:
    assert offers("the ") == ["the |rings of Saturn", "the |river, the rings", "the |right to the"]
    assert offers("the ", words=1) == ["the |rings", "the |river", "the |right"]
    assert len(offers("the ", most=2)) == 2


def test_a_half_typed_word_is_finished() -> None:
    assert offers("the ri", words=1) == ["the |rings", "the |river", "the |right"]
    # A small letter stands for a capital too, a capital only for itself.
    assert offers("of sat", words=1)[0] == "of |Saturn."
    assert offers("of SAT") == ["of SAT| of Saturn.", "of SAT| to the rings", "of SAT|, the rings of"]


def test_a_word_that_is_typed_already_goes_on() -> None:
    # Nothing else begins with "rings": three ways on from it.
    assert offers("the rings", words=2) == ["the |rings of", "the |rings, the", "the |rings."]
    # "the" is likelier by far than "they", which is no offer then.
    assert offers("to the", words=2) == ["to |the rings", "to |the river", "to |the right"]


def test_cases_of_one_word_are_one_offer() -> None:
    offered = [each.split("|")[1].split()[0] for each in offers("")]
    assert offered[0] == "The"
    assert "the" not in offered


def test_a_comma_stands_at_the_word_before_it() -> None:
    assert offers("rings ", words=2) == ["rings |of Saturn", "rings|, the rings", "rings|."]


def test_an_unknown_word_stays_and_is_gone_on_from() -> None:
    assert offers("the xyz", words=1)[0] == "the xyz| of"


def test_a_sentence_ends_an_offer() -> None:
    assert offers("of Satur", words=3)[0] == "of |Saturn."


def test_log_probabilities_are_those_of_the_first_word() -> None:
    found = Writer(bigrams(WORDS, TABLE), WORDS).offers("the ")
    assert [each.log_probability for each in found] == pytest.approx([log(0.5), log(0.3), log(0.15)])


LETTERS = characters("abcdrt ,\n")
SPELLING = {
    " ": {"a": 0.4, "b": 0.3, "c": 0.2, ",": 0.05},
    "a": {"t": 0.5, " ": 0.4, "b": 0.08},
    "b": {"a": 0.7, " ": 0.2},
    "c": {"a": 0.8, "d": 0.1, " ": 0.1},
    "t": {" ": 0.9, ",": 0.1},
    "d": {" ": 1.0},
    "\n": {"a": 0.5, "b": 0.5},
}


def test_characters_are_written_to_the_end_of_the_word() -> None:
    writer = Writer(bigrams(LETTERS, SPELLING), LETTERS)
    found = writer.offers("d ", words=1)
    # at: 0.4 · 0.5 · (0.9 + 0.1); a: 0.4 · 0.4; bat: 0.3 · 0.7 · 0.5; b: 0.3 · 0.2, ba: 0.3 · 0.7 · 0.4
    assert [(each.text, each.kept) for each in found] == [("at", 2), ("a", 2), ("bat", 2)]
    assert [each.log_probability for each in found] == pytest.approx([log(0.2), log(0.16), log(0.105)], abs=1e-3)
    # cat: 0.8 · 0.5; ca: 0.8 · 0.4; c: 0.1, and cd as much
    assert [each.text for each in writer.offers("d c", words=1)][:2] == ["cat", "ca"]


def test_pieces_of_a_half_typed_word_may_be_others_than_those_of_the_whole() -> None:
    vocabulary = byte_level()
    table = {
        "a": {"Ġthe": 0.6, "Ġ": 0.2, "Ġt": 0.2},
        "Ġt": {"i": 1.0},
        "i": {"e": 1.0},
        "e": {"Ġ": 1.0},
        "Ġthe": {"Ġ": 0.5, ",": 0.4},
    }
    writer = Writer(bigrams(vocabulary, table), vocabulary)
    # "a t" is read as "a", and "Ġthe" begins with what was typed after it.
    for text in ("a ", "a t", "a th"):
        first = writer.offers(text, words=1)[0]
        assert text[: first.kept] + first.text == "a the"
        assert first.log_probability == pytest.approx(log(0.6 * 0.9), abs=1e-2)
    assert writer.offers("a ti", words=1)[0].text == " tie"


@pytest.mark.parametrize("level", ["word", "char", "bpe"])
def test_offers_do_not_depend_on_how_the_text_was_typed(level: str) -> None:
    vocabulary = {"word": WORDS, "char": LETTERS, "bpe": byte_level()}[level]
    model = small(vocabulary)
    typing = Writer(model, vocabulary)
    text = ""
    for key in "the ri\b\b rat, cab\b\n(to":
        text = text[:-1] if key == "\b" else text + key
        found = typing.offers(text)
        again = Writer(model, vocabulary).offers(text)
        assert [(each.kept, each.text) for each in found] == [(each.kept, each.text) for each in again]
        assert [each.log_probability for each in found] == pytest.approx(
            [each.log_probability for each in again], abs=1e-4
        )
        assert len({each.text for each in found}) == len(found)


def test_the_callers_generator_is_left_alone() -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    offers("the ri")
    assert torch.equal(torch.get_rng_state(), before)
