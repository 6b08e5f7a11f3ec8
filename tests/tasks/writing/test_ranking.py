"""Words that fit digits, where every probability is known."""

from math import exp, log

import pytest
import torch
from tokenizers import pre_tokenizers

from embedkit.errors import VocabularyError
from embedkit.tasks.writing.keypad import KeypadWords, Passage
from embedkit.tasks.writing.ranking import Keypad
from embedkit.tasks.writing.reader import Reader
from embedkit.tasks.writing.subwords import Subwords
from embedkit.text.vocabulary import EOS, Vocabulary
from tests.tasks.writing.bigrams import bigrams, characters, small, words

COUNTS = {
    "of": 900,
    "me": 200,
    "good": 50,
    "home": 60,
    "gone": 10,
    "the": 500,
    "The": 80,
    "tie": 3,
    "rings": 4,
    "to": 99,
}
WORDS = words(*COUNTS)
MODEL = bigrams(
    WORDS,
    {
        "rings": {"of": 0.6, "me": 0.1},
        "to": {"of": 0.2, "me": 0.5, "home": 0.1, "good": 0.02},
        "me": {"good": 0.3, "home": 0.5, "gone": 0.1},
        "of": {"good": 0.7, "home": 0.1, "gone": 0.1},
        EOS: {"The": 0.3, "the": 0.1, "tie": 0.35, "of": 0.1},
    },
)


def keypad() -> Keypad:
    return Keypad(MODEL, WORDS, KeypadWords(COUNTS))


@pytest.mark.parametrize(("context", "first", "share"), [("rings", "of", 6 / 7), ("to", "me", 5 / 7)])
def test_context_changes_the_ranking_and_frequency_does_not(context: str, first: str, share: float) -> None:
    ranked = keypad().rank(["63"], context)
    assert ranked[0].text == first
    assert ranked[0].share == pytest.approx(share)
    assert [text for text, _ in keypad().rank_by_frequency(["63"])] == ["of", "me"]


def test_a_phrase_has_the_probability_of_its_words() -> None:
    ranked = keypad().rank(["63", "4663"], "to")
    expected = {"me home": 0.5 * 0.5, "of good": 0.2 * 0.7, "me good": 0.5 * 0.3, "me gone": 0.05, "of home": 0.02}
    for phrase in ranked:
        if phrase.text in expected:
            assert phrase.log_probability == pytest.approx(log(expected[phrase.text]), abs=1e-4)
    assert [phrase.text for phrase in ranked[:3]] == ["me home", "me good", "of good"]
    assert sum(phrase.share for phrase in ranked) == pytest.approx(1)
    frequent = keypad().rank_by_frequency(["63", "4663"])
    assert [text for text, _ in frequent[:3]] == ["of home", "of good", "me home"]  # 54,000 45,000 12,000
    assert frequent[0][1] == pytest.approx(log(54_000) / log(10))


def test_one_beam_takes_the_best_beginning_alone() -> None:
    # After "to" the likeliest word is "me", so that "of good" is never looked at.
    texts = [phrase.text for phrase in keypad().rank(["63", "4663"], "to", beams=1)]
    assert texts == ["me home", "me good", "me gone"]


def test_what_differs_in_case_alone_is_one_word() -> None:
    ranked = keypad().rank(["843"])
    # "The" and "the" together are likelier than "tie", though neither is alone.
    assert [(phrase.text, round(exp(phrase.log_probability), 4)) for phrase in ranked] == [("The", 0.4), ("tie", 0.35)]


def test_digits_that_no_word_fits() -> None:
    with pytest.raises(VocabularyError, match="no word has the digits 7464, of the 9 that"):
        keypad().rank(["843", "7464"])


def test_a_held_out_text_is_typed_word_by_word() -> None:
    text = "to me home , xy <unk> of"
    spans = tuple(
        (start, start + len(word)) for word, start in zip(text.split(), (0, 3, 6, 11, 13, 16, 22), strict=True)
    )
    found = keypad().rank_passage(7, Passage(text, spans))
    told = [(w.word, w.digits, w.fitting, w.by_frequency, w.in_context) for w in found]
    assert told == [
        ("to", "86", 1, 1, 1),
        ("me", "63", 2, 2, 1),
        ("home", "4663", 3, 1, 1),
        ("xy", "99", 0, None, None),  # out of vocabulary, as what the corpus left out is
        ("<unk>", "", 0, None, None),
        ("of", "63", 2, 1, 1),
    ]
    assert {word.passage for word in found} == {7}
    assert found[1].first_in_context == ("me", "of")
    assert found[1].context == "to "


LETTERS = characters("abc \n")
SPELLING = bigrams(
    LETTERS,
    {
        " ": {"a": 0.5, "b": 0.25, "c": 0.2},
        "a": {" ": 0.15, "\n": 0.05, "b": 0.8},
        "b": {" ": 1.0},
        "c": {" ": 0.5, "a": 0.5},
        "\n": {"a": 0.9},
    },
)


def test_a_word_of_characters_has_the_probability_of_its_letters_and_its_end() -> None:
    keypad = Keypad(SPELLING, LETTERS, KeypadWords({"a": 9, "b": 5, "c": 5, "ab": 2, "ca": 1}))
    ranked = {phrase.text: exp(phrase.log_probability) for phrase in keypad.rank(["2"], "b")}
    assert ranked == pytest.approx({"b": 0.25, "a": 0.5 * 0.2, "c": 0.2 * 0.5}, abs=1e-4)
    assert list(ranked) == ["b", "a", "c"]
    both = keypad.rank(["22", "2"], "b")
    assert both[0].text == "ab b"
    # The space between the two is likelier than anything else, and none of the phrase's probability.
    assert exp(both[0].log_probability) == pytest.approx(0.5 * 0.8 * 1.0 * 0.25, abs=1e-4)


def byte_level() -> Vocabulary:
    import numpy as np

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = (("Ġ", "t"), ("h", "e"), ("Ġt", "he"))
    tokens = (*letters, *(a + b for a, b in merges))
    return Vocabulary("bpe", tokens, np.ones(len(tokens), dtype=np.int64), merges=merges)


@pytest.mark.parametrize("vocabulary", [byte_level(), characters("thei n,\n")], ids=["bpe", "char"])
def test_many_spellings_at_once_are_as_likely_as_one_after_another(vocabulary: Vocabulary) -> None:
    model = small(vocabulary)
    subwords = Subwords(model, vocabulary)
    lead = " " if subwords.leads else ""
    context = vocabulary.encode("in, the" + ("" if subwords.leads else " "))
    reading = Reader(model, vocabulary).at(context)
    spelled = [vocabulary.encode(lead + word) for word in ("the", "tie", "hen", "t")]
    found = subwords.log_probabilities(reading, [0] * 4, spelled)
    for ids, value in zip(spelled, found.tolist(), strict=True):
        with torch.no_grad():
            all_ids = torch.tensor([vocabulary.line_end, *context, *ids])[:, None]
            scores = model.log_probabilities(model.hidden(all_ids, model.initial_state(1))[0])[:, 0]
        told = sum(float(scores[len(context) + i, token]) for i, token in enumerate(ids))
        end = [i for i, token in enumerate(vocabulary.tokens) if not set(token) <= set("thein")]
        end = [i for i in end if i not in set(subwords.inside.nonzero().flatten().tolist())]
        assert value == pytest.approx(told + float(scores[-1, end].logsumexp(0)), abs=1e-4)


def test_what_stands_inside_a_word() -> None:
    subwords = Subwords(small(byte_level()), byte_level())
    tokens = zip(subwords.vocabulary.tokens, subwords.inside.tolist(), strict=True)
    inside = {token for token, is_inside in tokens if is_inside}
    assert {"a", "Z", "7", "'", "-", "he", "Ã"} <= inside  # the first byte of "é" among them
    assert not {"Ġ", "Ġt", "Ġthe", ",", "Ċ", ".", "("} & inside
