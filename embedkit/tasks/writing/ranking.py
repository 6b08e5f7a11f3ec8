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
from embedkit.tasks.writing.subwords import Pieces
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
    """Before a word that comes next: the reading of B texts, and the space that the word's first token holds."""

    reading: Reading
    lead: str = ""


class NextWords(Protocol):
    """How likely words are as the next ones, in a model of some level of tokens."""

    def before(self, text: str) -> Place:
        """The place at the end of a text, where a word begins."""

    def log_probabilities(self, place: Place, forms: Sequence[str]) -> Tensor:
        """(B, C) log-probabilities, in nats, of C words after each of B texts."""

    def each(self, places: Sequence[Place], forms: Sequence[Sequence[str]]) -> Sequence[Tensor]:
        """After each place, which is of one text, the log-probabilities of words of its own."""

    def then(self, place: Place, forms: Sequence[str]) -> Place:
        """Each of B texts with a word of its own, before another one."""


class WordTokens:
    """Words that are tokens."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._reader = Reader(model, vocabulary)

    def before(self, text: str) -> Place:
        return Place(self._reader.at(typed_ids(self._vocabulary, text)))

    def log_probabilities(self, place: Place, forms: Sequence[str]) -> Tensor:
        return place.reading.scores[:, word_ids(self._vocabulary, forms)]

    def each(self, places: Sequence[Place], forms: Sequence[Sequence[str]]) -> Sequence[Tensor]:
        scores = joined([place.reading for place in places]).scores
        return [row[word_ids(self._vocabulary, few)] for row, few in zip(scores, forms, strict=True)]

    def then(self, place: Place, forms: Sequence[str]) -> Place:
        return Place(place.reading.then(word_ids(self._vocabulary, forms)))


class PieceTokens:
    """Words that are written as characters or pieces: the probability is that of the word and of its end."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._pieces = Pieces(model, vocabulary)
        self._reader = Reader(model, vocabulary)

    def before(self, text: str) -> Place:
        if (not text or text.endswith("\n")) and self._pieces.expects_space(self._at(text)):
            text += " "
        certain, lead = self._pieces.cut(text)
        return Place(self._at(certain), lead)

    def _at(self, text: str) -> Reading:
        return self._reader.at(self._vocabulary.encode(text))

    def log_probabilities(self, place: Place, forms: Sequence[str]) -> Tensor:
        texts = [text for text in range(len(place.reading)) for _ in forms]
        spelled = self._spelled(place, forms) * len(place.reading)
        return self._pieces.log_probabilities(place.reading, texts, spelled).view(-1, len(forms))

    def each(self, places: Sequence[Place], forms: Sequence[Sequence[str]]) -> Sequence[Tensor]:
        reading = joined([place.reading for place in places])
        texts = [text for text, few in enumerate(forms) for _ in few]
        spelled = [ids for place, few in zip(places, forms, strict=True) for ids in self._spelled(place, few)]
        return self._pieces.log_probabilities(reading, texts, spelled).split([len(few) for few in forms])

    def _spelled(self, place: Place, forms: Sequence[str]) -> list[list[int]]:
        return [self._vocabulary.encode(place.lead + form) for form in forms]

    def then(self, place: Place, forms: Sequence[str]) -> Place:
        """The space before the next word is read where it is a token of its own."""
        lead, space = (" ", "") if self._pieces.leads else ("", " ")
        rows = []
        for row, form in enumerate(forms):
            ids = self._vocabulary.encode(place.lead + form + space)
            rows.append(place.reading.rows([row]).reading(torch.tensor(ids)[:, None]))
        return Place(joined(rows), lead)


class Keypad:
    """Ranks the words that fit digits by a language model in their context."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary, words: KeypadWords) -> None:
        self.words = words
        made = WordTokens if vocabulary.level == "word" else PieceTokens
        self._next: NextWords = made(model, vocabulary)

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
        begun: list[tuple[str, ...]] = [()]
        totals = torch.zeros(1)
        for number, candidates in enumerate(fitting):
            forms = [form for candidate in candidates for form in candidate.forms]
            scores = (totals[:, None] + self._next.log_probabilities(place, forms)).flatten()
            last = number + 1 == len(fitting)
            totals, places = scores.sort(descending=True) if last else scores.topk(min(beams, len(scores)))
            rows, chosen = (places // len(forms)).tolist(), [forms[i] for i in (places % len(forms)).tolist()]
            begun = [(*begun[row], form) for row, form in zip(rows, chosen, strict=True)]
            if not last:
                place = self._next.then(replace(place, reading=place.reading.rows(rows)), chosen)
        return _in_any_case(begun, totals)[:most]

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
        found = [self.words.fitting(digits) for digits in groups]
        for digits, candidates in zip(groups, found, strict=True):
            if not candidates:
                raise VocabularyError(
                    f"no word has the digits {digits}, of the {len(self.words):,} that the training text has; "
                    "split them into several words, or mend a digit"
                )
        return found

    @torch.no_grad()
    def keyed(self, number: int, passage: Passage) -> list[KeyedWord]:
        """The words of a held-out passage that can be typed, each ranked after the true words before it."""
        found: list[KeyedWord] = []
        fitting: list[Sequence[Candidate]] = []
        places: list[Place] = []
        for start, end in passage.spans:
            word, before = passage.text[start:end], passage.text[:start]
            digits = digits_of(word)
            if digits is None and word != UNK:
                continue
            candidates = self.words.fitting(digits or "")
            found.append(KeyedWord(number, before[-_CONTEXT:], word, digits or "", len(candidates)))
            known = self.words.find(word) is not None
            fitting.append(candidates if known else ())
            if known and len(candidates) > 1:
                places.append(self._next.before(before))
        orders = self._orders(places, [candidates for candidates in fitting if len(candidates) > 1])
        return [
            _placed(word, candidates, next(orders) if len(candidates) > 1 else [0]) if candidates else word
            for word, candidates in zip(found, fitting, strict=True)
        ]

    def _orders(self, places: Sequence[Place], fitting: Sequence[Sequence[Candidate]]) -> Iterator[list[int]]:
        """The numbers of the candidates of each place, the likeliest first."""
        if not places:
            return
        forms = [[form for candidate in few for form in candidate.forms] for few in fitting]
        for few, scores in zip(fitting, self._next.each(places, forms), strict=True):
            parts = scores.split([len(candidate.forms) for candidate in few])
            yield torch.stack([part.logsumexp(0) for part in parts]).argsort(descending=True, stable=True).tolist()


def _placed(word: KeyedWord, candidates: Sequence[Candidate], order: Sequence[int]) -> KeyedWord:
    """A word with its place among the candidates, by frequency and in an order of their numbers."""
    place = [folded(candidate.word) for candidate in candidates].index(folded(word.word))
    return replace(
        word,
        by_frequency=place + 1,
        in_context=order.index(place) + 1,
        first_by_frequency=tuple(candidate.word for candidate in candidates[:_FIRST]),
        first_in_context=tuple(candidates[i].word for i in order[:_FIRST]),
    )


def _in_any_case(begun: Iterable[tuple[str, ...]], totals: Tensor) -> list[Phrase]:
    """Phrases, the likeliest first, and their log-probabilities → the same with those that differ in case as one."""
    by_words: dict[tuple[str, ...], list[int]] = {}
    texts = list(begun)
    for i, forms in enumerate(texts):
        by_words.setdefault(tuple(map(folded, forms)), []).append(i)
    merged = torch.stack([totals[rows].logsumexp(0) for rows in by_words.values()])
    shares = merged.softmax(0)
    found = [
        Phrase(" ".join(texts[rows[0]]), total, share)
        for rows, total, share in zip(by_words.values(), merged.tolist(), shares.tolist(), strict=True)
    ]
    return sorted(found, key=lambda phrase: -phrase.log_probability)
