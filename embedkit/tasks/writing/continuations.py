"""What somebody who writes may want to write next: the word that is being typed, and how it goes on."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from embedkit.runs.folder import Run
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.writing.completion import PieceStarts, Start, Starts, WordStarts
from embedkit.tasks.writing.reader import Reader, Reading, joined
from embedkit.tasks.writing.subwords import SPACE_IN_BYTES
from embedkit.text.vocabulary import UNK, Vocabulary

OFFERS = 3
WORDS = 3
"""Words of an offer."""

_MOST_TOKENS = {"word": 3, "bpe": 8, "char": 16}
"""Tokens for each word of an offer, punctuation included."""
_RARE = math.log(0.01)
_SENTENCE_END = re.compile(r"[.!?]\s*$")
_words = re.compile(r"[^\W_]+(?:['’][^\W_]+)*").findall


@dataclass(frozen=True)
class Continuation:
    """A way to go on with a text: text[:kept] + `text`, where `text` begins with the half-typed word.

    `log_probability`, in nats, is that of its first word.
    """

    kept: int
    text: str
    log_probability: float


class Writer:
    """Offers continuations as somebody types; each keystroke costs what it adds, not the text before it."""

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._model, self.vocabulary = model, vocabulary
        self.reader = Reader(model, vocabulary)
        made = WordStarts if vocabulary.level == "word" else PieceStarts
        self._starts: Starts = made(model, vocabulary)
        never = [] if vocabulary.unk is None else [vocabulary.unk]
        if vocabulary.level != "word":  # WikiText writes <unk> for a word that it left out, and a model spells it
            never += [i for i, token in enumerate(vocabulary.tokens) if token.lstrip(SPACE_IN_BYTES)[:1] == UNK[0]]
        self._never = torch.tensor(never, dtype=torch.long)

    @classmethod
    def open(cls, run: Run) -> "Writer":
        return cls(*load_language_model(run))

    @torch.no_grad()
    def offers(self, text: str, *, most: int = OFFERS, words: int = WORDS) -> list[Continuation]:
        """The likeliest continuations, each with another first word as far as there are several.

        The first word finishes the one that is being typed, or is the next one; the rest is the likeliest way on, up
        to so many words or the sentence's end. Where what is typed is a word already and any other that begins so is
        rare, the offers go on with it.
        """
        ids, half = self._starts.cut(text)
        reading = self.reader.at(ids)
        starts = self._starts.best(reading, half, most)
        if half and not starts:  # no word begins so: it stays as it is, unknown
            return self._after_unknown(text, reading, most, words)
        if starts:
            starts = self._forked(text, half, starts, most)
        return self._written(text, half, starts, words)

    def _after_unknown(self, text: str, reading: Reading, most: int, words: int) -> list[Continuation]:
        unknown = self.vocabulary.unk
        if unknown is None:
            return []
        reading = reading.then([unknown])
        offered = self._written(text + " ", "", self._starts.best(reading, "", most), words)
        return [
            Continuation(len(text), ("" if each.kept <= len(text) else " ") + each.text, each.log_probability)
            for each in offered
        ]

    def _forked(self, text: str, half: str, starts: list[Start], most: int) -> list[Start]:
        """Starts, those that lack or are rare replaced by several ways on from the likeliest one."""
        first = starts[0]
        if half and self._starts.printed(text, half, first.ids)[1].strip() == half.strip():
            starts = [start for start in starts if start.log_probability > first.log_probability + _RARE]
        if len(starts) >= most:
            return starts
        nexts = self._starts.best(first.reading, "", most - len(starts) + 1)
        forks = [Start(first.ids + each.ids, first.log_probability, each.reading) for each in nexts]
        return [*(forks or [first]), *starts[1:]]

    def _written(self, text: str, half: str, starts: Sequence[Start], words: int) -> list[Continuation]:
        if not starts:
            return []
        extended = self._extended(starts, words)
        found = []
        for start, ids in zip(starts, extended, strict=True):
            kept, printed = self._starts.printed(text, half, ids)
            found.append(Continuation(kept, printed, start.log_probability))
        return found

    def _extended(self, starts: Sequence[Start], words: int) -> list[list[int]]:
        """The tokens of each start and the likeliest ones after it, up to so many words or a sentence's end."""
        reading = joined([start.reading for start in starts])
        written = [list(start.ids) for start in starts]
        going = {row for row, ids in enumerate(written) if not self._ends(ids)}
        over = self._starts.over
        banned = (~over).repeat(len(starts), 1)  # the first word is at its end
        for _ in range(_MOST_TOKENS[self.vocabulary.level] * words):
            banned[:, self._never] = True
            tokens = self._model.softmax.likeliest(reading.hidden, banned).tolist()
            banned = torch.zeros_like(banned)
            for row in list(going):
                token = tokens[row]
                full = bool(over[token]) and len(_words(self.vocabulary.decode(written[row]))) >= words
                if not full and token != self.vocabulary.line_end:
                    written[row].append(token)
                if full or token == self.vocabulary.line_end or self._ends(written[row]):
                    going.discard(row)
            if not going:
                break
            reading = reading.then(tokens)
            if self.vocabulary.level == "word":  # a small model goes round in circles
                for row, ids in enumerate(written):
                    banned[row, ids] = True
        return written

    def _ends(self, ids: Sequence[int]) -> bool:
        return _SENTENCE_END.search(self.vocabulary.decode(ids)) is not None
