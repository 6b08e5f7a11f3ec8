"""Templated phrases: balanced, distinct, seeded, and no kind a single word."""

from collections import Counter
from itertools import combinations

import pytest

from embedkit.errors import UsageError
from embedkit.tasks.seq2seq.templates import KINDS, LabelledPhrase, templated_phrases

PHRASES = templated_phrases()
SMALL = {"a", "at", "by", "for", "from", "in", "of", "on", "the", "to", "…"}


def test_examples_of_what_is_meant() -> None:
    every = set(templated_phrases(per_kind=10_000))
    for phrase in (
        LabelledPhrase("a few years ago", "past", "past: … ago", "years"),
        LabelledPhrase("the last two weeks", "past", "past: the last …", "weeks"),
        LabelledPhrase("the next few months", "future", "future: the next …", "months"),
        LabelledPhrase("the coming years", "future", "future: the coming …", "years"),
        LabelledPhrase("in two weeks", "future", "future: in …", "weeks"),
        LabelledPhrase("since 1990", "years", "years: since …", "1990"),
        LabelledPhrase("a few miles", "quantities", "quantities: …", "miles"),
        LabelledPhrase("20 dollars", "quantities", "quantities: …", "dollars"),
        LabelledPhrase("near paris", "places", "places: near …", "paris"),
        LabelledPhrase("for three days", "durations", "durations: for …", "days"),
        LabelledPhrase("sunday morning", "weekdays", "weekdays: … morning", "sunday"),
        LabelledPhrase("in march", "months", "months: in …", "march"),
    ):
        assert phrase in every


def test_kinds_and_templates_are_balanced() -> None:
    kinds = Counter(phrase.kind for phrase in PHRASES)
    assert list(kinds) == list(KINDS)
    assert set(kinds.values()) == {60}
    for kind in KINDS:
        templates = Counter(phrase.template for phrase in PHRASES if phrase.kind == kind)
        assert len(templates) == len(KINDS[kind]) >= 6
        assert max(templates.values()) <= 60 / 4


def test_texts_are_distinct_and_lower_case() -> None:
    texts = [phrase.text for phrase in templated_phrases(per_kind=10_000)]
    assert len(set(texts)) == len(texts)
    assert all(text == text.lower() == " ".join(text.split()) for text in texts)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_no_single_word(kind: str) -> None:
    words = [set(phrase.text.split()) - SMALL for phrase in PHRASES if phrase.kind == kind]
    common = Counter(word for row in words for word in row).most_common(1)[0]
    assert common[1] < len(words) / 3, common


@pytest.mark.parametrize("kind", KINDS)
def test_templates_of_a_kind_share_no_word_that_matters(kind: str) -> None:
    frames = {phrase.template.split(": ")[1] for phrase in PHRASES if phrase.kind == kind}
    for one, other in combinations(frames, 2):
        assert not (set(one.split()) & set(other.split())) - SMALL


def test_fillers_are_shared_between_kinds_of_time() -> None:
    past, future, durations = (
        {p.filler for p in PHRASES if p.kind == kind} for kind in ("past", "future", "durations")
    )
    assert len(past & future & durations) >= 5


def test_seeded() -> None:
    assert templated_phrases() == PHRASES == templated_phrases(1, 60)
    assert templated_phrases(seed=2) != PHRASES
    assert len(templated_phrases(per_kind=7)) == 7 * len(KINDS)
    with pytest.raises(UsageError, match="per_kind is 0"):
        templated_phrases(per_kind=0)
