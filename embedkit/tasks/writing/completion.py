"""The likeliest ways to finish a word that is being typed, or to begin the next one, at each level of tokens."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.writing.reader import Reading
from embedkit.tasks.writing.subwords import Pieces, is_inside
from embedkit.text.typed import typed_ids, typed_words
from embedkit.text.vocabulary import Vocabulary, print_words

BEAMS = 8
LONGEST = 24
"""Tokens of a word at most, of a model whose tokens are parts of words."""


@dataclass(frozen=True, eq=False)
class Start:
    """A way to go on with a text.

    Attributes:
        ids: tokens.
        log_probability: in nats, of the word that they finish or begin, given the text.
        reading: of the text and these tokens; one row.
    """

    ids: tuple[int, ...]
    log_probability: float
    reading: Reading


class Starts(Protocol):
    """How words are begun, finished and printed in a model of some level of tokens."""

    def cut(self, text: str) -> tuple[list[int], str]:
        """The token ids of what is certain of a text, and the half-typed rest of it that a word may still finish."""

    def best(self, reading: Reading, half: str, most: int) -> list[Start]:
        """The likeliest words that begin with `half`, each another one; none where no word does."""

    @property
    def over(self) -> Tensor:
        """(V,) tokens with which the word before them is over."""

    def printed(self, text: str, half: str, ids: Sequence[int]) -> tuple[int, str]:
        """A text that ends with `half`, and the ids of a `Start` and more → how many of its characters stay, and what
        stands after them, `half` included."""


class WordStarts:
    """Tokens that are words: one of them is a start."""

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

    def best(self, reading: Reading, half: str, most: int) -> list[Start]:
        fitting = self._fitting(half) if half else self._ordinary
        found: dict[str, tuple[int, float]] = {}
        values, places = reading.scores[0, fitting].topk(min(2 * most, len(fitting)))
        for i, value in zip(fitting[places].tolist(), values.tolist(), strict=True):
            found.setdefault(self._vocabulary.tokens[i].casefold(), (i, value))
        ids = [i for i, _ in found.values()][:most]
        if not ids:
            return []
        after = reading.rows([0] * len(ids)).then(ids)
        return [
            Start((i,), found[self._vocabulary.tokens[i].casefold()][1], after.rows([n])) for n, i in enumerate(ids)
        ]

    def _fitting(self, half: str) -> Tensor:
        """Ids of tokens that begin so. A small letter also stands for a capital, but a capital only for itself."""
        small = half.casefold()
        found = []
        for token, i in self._sorted[bisect_left(self._sorted, (small, -1)) :]:
            if not token.startswith(small):
                break
            written = self._vocabulary.tokens[i]
            if self._vocabulary.lowercase or all(
                typed in (c, c.casefold()) for typed, c in zip(half, written, strict=False)
            ):
                found.append(i)
        return torch.tensor(found, dtype=torch.long)

    @property
    def over(self) -> Tensor:
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
class _Half:
    """A word on its way: its tokens, what of the half-typed text they still owe, whether it has a letter yet."""

    ids: tuple[int, ...]
    owed: str
    begun: bool
    total: float


class PieceStarts:
    """Tokens that are characters or pieces of words: a beam search writes a word to its end."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._pieces = Pieces(model, vocabulary)
        space = vocabulary.index_of(" ")
        self._spaces = torch.zeros(len(vocabulary), dtype=torch.bool)
        if vocabulary.level == "char" and space is not None:
            self._spaces[space] = True

    def cut(self, text: str) -> tuple[list[int], str]:
        if not self._pieces.leads:
            half = len(text)
            while half and is_inside(text[half - 1]):
                half -= 1
            return self._vocabulary.encode(text), text[half:]
        # What the tokenizer takes as one word, with the space before it, may still become another one.
        words = self._vocabulary.tokenizer.pre_tokenizer.pre_tokenize_str(text)
        start = words[-1][1][0] if words and (is_inside(text[-1]) or text[-1] == " ") else len(text)
        return self._vocabulary.encode(text[:start]), text[start:]

    def best(self, reading: Reading, half: str, most: int) -> list[Start]:
        live = [_Half((), self._owed(half), any(map(is_inside, half)), 0.0)]
        ended: dict[str, Start] = {}
        for step in range(LONGEST):
            for row, (each, end) in enumerate(zip(live, self._pieces.ending(reading.scores).tolist(), strict=True)):
                if each.begun and not each.owed:
                    word = self._vocabulary.decode(each.ids)
                    found = Start(each.ids, each.total + end, reading.rows([row]))
                    if word not in ended or ended[word].log_probability < found.log_probability:
                        ended[word] = found
            totals = torch.stack([self._totals(each, reading.scores[row], step) for row, each in enumerate(live)])
            values, places = totals.flatten().topk(min(BEAMS, totals.numel()))
            best = sorted((start.log_probability for start in ended.values()), reverse=True)[:most]
            bar = best[-1] if len(best) == most else -torch.inf
            kept = [(v, p) for v, p in zip(values.tolist(), places.tolist(), strict=True) if v > bar]
            if not kept:
                break
            size = totals.shape[1]
            rows, tokens = [place // size for _, place in kept], [place % size for _, place in kept]
            live = [self._taken(live[r], t, total) for r, t, (total, _) in zip(rows, tokens, kept, strict=True)]
            reading = reading.rows(rows).then(tokens)
        return sorted(ended.values(), key=lambda start: -start.log_probability)[:most]

    def _owed(self, half: str) -> str:
        """The half-typed word as tokens are written. Characters have been read already."""
        if not self._pieces.leads or not half:
            return ""
        return "".join(word for word, _ in self._vocabulary.tokenizer.pre_tokenizer.pre_tokenize_str(half))

    def _totals(self, half: _Half, scores: Tensor, step: int) -> Tensor:
        """(V,) log-probabilities of the word on its way with each token; -inf where a token does not fit."""
        if half.owed:
            allowed = self._pieces.fitting(half.owed)
        elif half.begun or step > 0:
            allowed = self._pieces.inside
        else:
            allowed = self._pieces.begins | self._spaces
        return torch.where(allowed, scores + half.total, -torch.inf)

    def _taken(self, half: _Half, token: int, total: float) -> _Half:
        written = self._vocabulary.tokens[token]
        begun = half.begun or bool(self._pieces.begins[token])
        return _Half((*half.ids, token), half.owed[len(written) :], begun, total)

    @property
    def over(self) -> Tensor:
        return self._pieces.outside

    def printed(self, text: str, half: str, ids: Sequence[int]) -> tuple[int, str]:
        written = self._vocabulary.decode(ids)
        return len(text) - len(half), written if self._pieces.leads else half + written
