"""Completion of a half-typed word, or of the next one from nothing, at each level of tokens."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.writing.reader import Reading
from embedkit.tasks.writing.subwords import Subwords, is_inside
from embedkit.text.typed import typed_ids, typed_words
from embedkit.text.vocabulary import Vocabulary, print_words

BEAMS = 8
LONGEST = 24
"""Tokens of a word at most, of a model whose tokens are parts of words."""


@dataclass(frozen=True, eq=False)
class Completion:
    """The tokens that finish the half-typed word at the end of a text, or that begin a next one.

    Attributes:
        ids: one token, or those of the whole word where tokens are parts of words.
        log_probability: in nats, of the word that they finish or begin, given the text.
        reading: of the text and these tokens; one row.
    """

    ids: tuple[int, ...]
    log_probability: float
    reading: Reading


class Completer(Protocol):
    """How words are completed and printed, for a model of some level of tokens."""

    def cut(self, text: str) -> tuple[list[int], str]:
        """The token ids of the text that can be read already, and the half-typed word at its end, perhaps empty."""

    def complete(self, reading: Reading, half: str, most: int) -> list[Completion]:
        """The `most` likeliest words that begin with `half`, all different; none where no word does.

        Args:
            reading: of the token ids that `cut` gives.
            half: the half-typed word.
        """

    @property
    def word_ends(self) -> Tensor:
        """(V,) true for tokens before which a word is at its end."""

    def printed(self, text: str, half: str, ids: Sequence[int]) -> tuple[int, str]:
        """The ids of a completion, and of more words after it, as text.

        Args:
            text: what is typed so far, with `half` at its end.

        Returns:
            How many characters of the text stay, and what replaces the rest; `half` is part of that.
        """


class WordCompleter:
    """Completes words by tokens that are words."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        specials = {vocabulary.unk, vocabulary.eos}
        ordinary = [i for i in range(len(vocabulary)) if i not in specials]
        self._ordinary = torch.tensor(ordinary, dtype=torch.long)
        self._sorted = sorted((vocabulary.tokens[i].casefold(), i) for i in ordinary)

    def cut(self, text: str) -> tuple[list[int], str]:
        half = ""
        if text and not text[-1].isspace():
            last = typed_words(self._vocabulary, text.splitlines()[-1])[-1]
            half = text[-len(last) :]
        ids = typed_ids(self._vocabulary, text[: len(text) - len(half)])
        return ids + [self._vocabulary.line_end] * text.endswith("\n"), half

    def complete(self, reading: Reading, half: str, most: int) -> list[Completion]:
        fitting = self._fitting(half) if half else self._ordinary
        by_word: dict[str, tuple[int, float]] = {}
        values, places = reading.scores[0, fitting].topk(min(2 * most, len(fitting)))
        for i, value in zip(fitting[places].tolist(), values.tolist(), strict=True):
            by_word.setdefault(self._vocabulary.tokens[i].casefold(), (i, value))
        likeliest = [*by_word.values()][:most]
        if not likeliest:
            return []
        readings = reading.rows([0] * len(likeliest)).then([i for i, _ in likeliest])
        return [Completion((i,), value, readings.rows([row])) for row, (i, value) in enumerate(likeliest)]

    def _fitting(self, half: str) -> Tensor:
        """The ids of tokens that begin with `half`, where a small letter also stands for a capital."""
        folded = half.casefold()
        ids = []
        for token, i in self._sorted[bisect_left(self._sorted, (folded, -1)) :]:
            if not token.startswith(folded):
                break
            spelling = self._vocabulary.tokens[i]
            if self._vocabulary.lowercase or all(
                typed in (c, c.casefold()) for typed, c in zip(half, spelling, strict=False)
            ):
                ids.append(i)
        return torch.tensor(ids, dtype=torch.long)

    @property
    def word_ends(self) -> Tensor:
        return torch.ones(len(self._vocabulary), dtype=torch.bool)

    def printed(self, text: str, half: str, ids: Sequence[int]) -> tuple[int, str]:
        words = [self._vocabulary.tokens[i] for i in ids]
        if half:
            if self._vocabulary.lowercase:  # the capitals that were typed stay
                words[0] = half + words[0][len(half) :]
            return len(text) - len(half), print_words(words)
        if text and not print_words(["x", words[0]]).startswith("x "):  # a comma stands at the word before it
            return len(text.rstrip(" ")), print_words(words)
        return len(text), print_words(words)


@dataclass(frozen=True)
class _HalfWord:
    """A hypothesis of the beam search: the beginning of a word.

    Attributes:
        ids: its tokens so far.
        rest: what of the half-typed text they do not cover yet, as tokens are written.
        begun: whether it has a letter yet; until then there are spaces only.
        log_probability: in nats, of its tokens.
    """

    ids: tuple[int, ...]
    rest: str
    begun: bool
    log_probability: float


class SubwordCompleter:
    """Completes words by tokens that are characters or pieces of words: a beam search writes them to their end."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._subwords = Subwords(model, vocabulary)
        space = vocabulary.index_of(" ")
        self._spaces = torch.zeros(len(vocabulary), dtype=torch.bool)
        if vocabulary.level == "char" and space is not None:
            self._spaces[space] = True

    def cut(self, text: str) -> tuple[list[int], str]:
        if not self._subwords.leads:
            half = len(text)
            while half and is_inside(text[half - 1]):
                half -= 1
            return self._vocabulary.encode(text), text[half:]
        # What the tokenizer takes as one word, with the space before it, may still become another one.
        words = self._vocabulary.tokenizer.pre_tokenizer.pre_tokenize_str(text)
        start = words[-1][1][0] if words and (is_inside(text[-1]) or text[-1] == " ") else len(text)
        return self._vocabulary.encode(text[:start]), text[start:]

    def complete(self, reading: Reading, half: str, most: int) -> list[Completion]:
        live = [_HalfWord((), self._as_tokens(half), any(map(is_inside, half)), 0.0)]
        completions: dict[str, Completion] = {}
        for step in range(LONGEST):
            ends = self._subwords.ending(reading.scores).tolist()
            for row, (half_word, end) in enumerate(zip(live, ends, strict=True)):
                if half_word.begun and not half_word.rest:
                    word = self._vocabulary.decode(half_word.ids)
                    total = half_word.log_probability + end
                    completion = Completion(half_word.ids, total, reading.rows([row]))
                    if word not in completions or completions[word].log_probability < completion.log_probability:
                        completions[word] = completion
            totals = torch.stack([self._totals(word, reading.scores[row], step) for row, word in enumerate(live)])
            values, places = totals.flatten().topk(min(BEAMS, totals.numel()))
            best = sorted((completion.log_probability for completion in completions.values()), reverse=True)[:most]
            least = best[-1] if len(best) == most else -torch.inf
            promising = [(v, p) for v, p in zip(values.tolist(), places.tolist(), strict=True) if v > least]
            if not promising:
                break
            size = totals.shape[1]
            rows, tokens = [place // size for _, place in promising], [place % size for _, place in promising]
            live = [self._extended(live[r], t, total) for r, t, (total, _) in zip(rows, tokens, promising, strict=True)]
            reading = reading.rows(rows).then(tokens)
        return sorted(completions.values(), key=lambda completion: -completion.log_probability)[:most]

    def _as_tokens(self, half: str) -> str:
        """The half-typed word as tokens are written; empty for a model of characters, which has read them already."""
        if not self._subwords.leads or not half:
            return ""
        return "".join(word for word, _ in self._vocabulary.tokenizer.pre_tokenizer.pre_tokenize_str(half))

    def _totals(self, half: _HalfWord, scores: Tensor, step: int) -> Tensor:
        """(V,) log-probabilities of a half word with each token after it; -inf where a token does not fit."""
        if half.rest:
            allowed = self._subwords.fitting(half.rest)
        elif half.begun or step > 0:
            allowed = self._subwords.inside
        else:
            allowed = self._subwords.begins | self._spaces
        return torch.where(allowed, scores + half.log_probability, -torch.inf)

    def _extended(self, half: _HalfWord, token: int, total: float) -> _HalfWord:
        written = self._vocabulary.tokens[token]
        begun = half.begun or bool(self._subwords.begins[token])
        return _HalfWord((*half.ids, token), half.rest[len(written) :], begun, total)

    @property
    def word_ends(self) -> Tensor:
        return self._subwords.outside

    def printed(self, text: str, half: str, ids: Sequence[int]) -> tuple[int, str]:
        written = self._vocabulary.decode(ids)
        return len(text) - len(half), written if self._subwords.leads else half + written
