"""Text on a telephone keypad: the words that fit the digits, ranked by a language model in their context."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from embedkit.errors import VocabularyError
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.writing.keypad import Candidate, KeyedWord, KeypadWords, Passage, digits_of, folded
from embedkit.tasks.writing.reader import Reader, Reading, joined
from embedkit.tasks.writing.subwords import Subwords
from embedkit.text.typed import typed_ids, word_ids
from embedkit.text.vocabulary import UNK, Vocabulary

BEAMS = 20
"""Phrases that a search over several words keeps."""
MOST = 10
_CONTEXT = 48  # characters of it that are kept with a word
_FIRST = 3  # words of a ranking that are kept


@dataclass(frozen=True)
class Phrase:
    """Words that fit the digits.

    Attributes:
        text: in the case that is likeliest in the context.
        log_probability: nats, after the context, in any case.
        share: of the probability of all the phrases that were ranked.
    """

    text: str
    log_probability: float
    share: float


@dataclass(frozen=True, eq=False)
class Place:
    """The end of B texts, where a next word begins: their reading, and the space that the word's first token holds."""

    reading: Reading
    lead: str = ""


class NextWords(Protocol):
    """Log-probabilities of words as the next ones, for a model of some level of tokens."""

    def before(self, text: str) -> Place:
        """The place at the end of a text, where a word begins."""

    def log_probabilities(self, place: Place, forms: Sequence[str]) -> Tensor:
        """(B, C) log-probabilities, in nats, of C words after each of B texts."""

    def log_probabilities_at(self, places: Sequence[Place], forms: Sequence[Sequence[str]]) -> Sequence[Tensor]:
        """For each place, which is of one text, the log-probabilities of its own words: `forms` has a row a place."""

    def then(self, place: Place, forms: Sequence[str]) -> Place:
        """The place after another word: `forms` has a word for each of the B texts."""


class WordTokens:
    """Next words of a model whose tokens are words."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._reader = Reader(model, vocabulary)

    def before(self, text: str) -> Place:
        return Place(self._reader.at(typed_ids(self._vocabulary, text)))

    def log_probabilities(self, place: Place, forms: Sequence[str]) -> Tensor:
        return place.reading.scores[:, word_ids(self._vocabulary, forms)]

    def log_probabilities_at(self, places: Sequence[Place], forms: Sequence[Sequence[str]]) -> Sequence[Tensor]:
        scores = joined([place.reading for place in places]).scores
        return [row[word_ids(self._vocabulary, few)] for row, few in zip(scores, forms, strict=True)]

    def then(self, place: Place, forms: Sequence[str]) -> Place:
        return Place(place.reading.then(word_ids(self._vocabulary, forms)))


class SubwordTokens:
    """Next words of a model of characters or pieces: the probability is that of the word's tokens and of its end."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._subwords = Subwords(model, vocabulary)
        self._reader = Reader(model, vocabulary)

    def before(self, text: str) -> Place:
        if (not text or text.endswith("\n")) and self._subwords.expects_space(self._at(text)):
            text += " "
        before, lead = self._subwords.cut(text)
        return Place(self._at(before), lead)

    def _at(self, text: str) -> Reading:
        return self._reader.at(self._vocabulary.encode(text))

    def log_probabilities(self, place: Place, forms: Sequence[str]) -> Tensor:
        texts = [text for text in range(len(place.reading)) for _ in forms]
        spelled = self._spelled(place, forms) * len(place.reading)
        return self._subwords.log_probabilities(place.reading, texts, spelled).view(-1, len(forms))

    def log_probabilities_at(self, places: Sequence[Place], forms: Sequence[Sequence[str]]) -> Sequence[Tensor]:
        reading = joined([place.reading for place in places])
        texts = [text for text, few in enumerate(forms) for _ in few]
        spelled = [ids for place, few in zip(places, forms, strict=True) for ids in self._spelled(place, few)]
        return self._subwords.log_probabilities(reading, texts, spelled).split([len(few) for few in forms])

    def _spelled(self, place: Place, forms: Sequence[str]) -> list[list[int]]:
        return [self._vocabulary.encode(place.lead + form) for form in forms]

    def then(self, place: Place, forms: Sequence[str]) -> Place:
        """The space before the next word is read where it is a token of its own."""
        lead, space = (" ", "") if self._subwords.leads else ("", " ")
        rows = []
        for row, form in enumerate(forms):
            ids = self._vocabulary.encode(place.lead + form + space)
            rows.append(place.reading.rows([row]).reading(torch.tensor(ids)[:, None]))
        return Place(joined(rows), lead)


class Keypad:
    """Ranks the words that fit digits by a language model in their context."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary, words: KeypadWords) -> None:
        self.words = words
        next_words = WordTokens if vocabulary.level == "word" else SubwordTokens
        self._next: NextWords = next_words(model, vocabulary)

    @torch.no_grad()
    def rank(self, groups: Sequence[str], context: str = "", *, beams: int = BEAMS, most: int = MOST) -> list[Phrase]:
        """The likeliest words, or phrases of several, after a context; an empty one is the start of a line.

        One word is ranked exactly. Phrases come of a beam search: after each word the `beams` likeliest beginnings go
        on. What differs in case alone is one phrase, whose probability is that of all its cases together.

        Raises:
            VocabularyError: no word has these digits.
        """
        fitting = self._fitting(groups)
        place = self._next.before(context if not context or context[-1].isspace() else f"{context} ")
        beginnings: list[tuple[str, ...]] = [()]
        totals = torch.zeros(1)
        for number, candidates in enumerate(fitting):
            forms = [form for candidate in candidates for form in candidate.forms]
            scores = (totals[:, None] + self._next.log_probabilities(place, forms)).flatten()
            last = number + 1 == len(fitting)
            totals, places = scores.sort(descending=True) if last else scores.topk(min(beams, len(scores)))
            rows, chosen = (places // len(forms)).tolist(), [forms[i] for i in (places % len(forms)).tolist()]
            beginnings = [(*beginnings[row], form) for row, form in zip(rows, chosen, strict=True)]
            if not last:
                place = self._next.then(replace(place, reading=place.reading.rows(rows)), chosen)
        return _in_any_case(beginnings, totals)[:most]

    def rank_by_frequency(self, groups: Sequence[str], *, most: int = MOST) -> list[tuple[str, float]]:
        """The baseline: words by how often they stand in the training text, phrases by the product of that, as a text
        and its log₁₀.

        Raises:
            VocabularyError: no word has these digits.
        """
        phrases: list[tuple[str, float]] = [("", 0.0)]
        for candidates in self._fitting(groups):
            longer = [
                (f"{text} {each.word}".strip(), total + float(np.log10(max(each.count, 1))))
                for (text, total), each in product(phrases, candidates[:most])
            ]
            phrases = sorted(longer, key=lambda phrase: -phrase[1])[:most]
        return phrases

    def _fitting(self, groups: Sequence[str]) -> list[tuple[Candidate, ...]]:
        """The words of each group of digits. Raises VocabularyError where a group has none."""
        fitting = [self.words.fitting(digits) for digits in groups]
        for digits, candidates in zip(groups, fitting, strict=True):
            if not candidates:
                raise VocabularyError(
                    f"no word has the digits {digits}, of the {len(self.words):,} that the training text has; "
                    "split them into several words, or mend a digit"
                )
        return fitting

    @torch.no_grad()
    def rank_passage(self, number: int, passage: Passage) -> list[KeyedWord]:
        """The words of a held-out passage that can be typed, each ranked after the true words before it."""
        words: list[KeyedWord] = []
        candidates_of: list[Sequence[Candidate]] = []
        places: list[Place] = []
        for start, end in passage.spans:
            word, before = passage.text[start:end], passage.text[:start]
            digits = digits_of(word)
            if digits is None and word != UNK:
                continue
            candidates = self.words.fitting(digits or "")
            words.append(KeyedWord(number, before[-_CONTEXT:], word, digits or "", len(candidates)))
            in_vocabulary = self.words.find(word) is not None
            candidates_of.append(candidates if in_vocabulary else ())
            if in_vocabulary and len(candidates) > 1:
                places.append(self._next.before(before))
        orders = self._orders(places, [candidates for candidates in candidates_of if len(candidates) > 1])
        return [
            _ranked(word, candidates, next(orders) if len(candidates) > 1 else [0]) if candidates else word
            for word, candidates in zip(words, candidates_of, strict=True)
        ]

    def _orders(self, places: Sequence[Place], fitting: Sequence[Sequence[Candidate]]) -> Iterator[list[int]]:
        """The numbers of the candidates of each place, the likeliest first."""
        if not places:
            return
        forms = [[form for candidate in few for form in candidate.forms] for few in fitting]
        for few, scores in zip(fitting, self._next.log_probabilities_at(places, forms), strict=True):
            parts = scores.split([len(candidate.forms) for candidate in few])
            yield torch.stack([part.logsumexp(0) for part in parts]).argsort(descending=True, stable=True).tolist()


def _ranked(word: KeyedWord, candidates: Sequence[Candidate], order: Sequence[int]) -> KeyedWord:
    """A word with its ranks among the candidates: by frequency, in which they stand, and in context, by `order`."""
    place = [folded(candidate.word) for candidate in candidates].index(folded(word.word))
    return replace(
        word,
        by_frequency=place + 1,
        in_context=order.index(place) + 1,
        first_by_frequency=tuple(candidate.word for candidate in candidates[:_FIRST]),
        first_in_context=tuple(candidates[i].word for i in order[:_FIRST]),
    )


def _in_any_case(spellings: Iterable[tuple[str, ...]], totals: Tensor) -> list[Phrase]:
    """N phrases as words, the likeliest first, and their (N,) log-probabilities → phrases, whatever their case."""
    by_words: dict[tuple[str, ...], list[int]] = {}
    texts = list(spellings)
    for i, forms in enumerate(texts):
        by_words.setdefault(tuple(map(folded, forms)), []).append(i)
    merged = torch.stack([totals[rows].logsumexp(0) for rows in by_words.values()])
    shares = merged.softmax(0)
    phrases = [
        Phrase(" ".join(texts[rows[0]]), total, share)
        for rows, total, share in zip(by_words.values(), merged.tolist(), shares.tolist(), strict=True)
    ]
    return sorted(phrases, key=lambda phrase: -phrase.log_probability)
