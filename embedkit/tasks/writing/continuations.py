"""Continuations of a text that somebody types: the half-typed word finished, and the likeliest words after it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import regex
import torch

from embedkit.runs.folder import Run
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.writing.completion import Completer, Completion, SubwordCompleter, WordCompleter
from embedkit.tasks.writing.reader import Reader, Reading, joined
from embedkit.tasks.writing.subwords import SPACE_IN_BYTES
from embedkit.text.vocabulary import UNK, Vocabulary
from embedkit.text.words import LETTERS

MOST = 3
"""Offers at most."""
WORDS = 3
"""Words of an offer."""

_MOST_TOKENS = {"word": 3, "bpe": 8, "char": 16}
"""Tokens for each word of an offer, punctuation included."""
_RARE = math.log(0.01)
"""Nats below the likeliest completion from which on another one is rare."""
_SENTENCE_END = re.compile(r"[.!?]\s*$")
_words = regex.compile(rf"{LETTERS}(?:['’]{LETTERS})*").findall


@dataclass(frozen=True)
class Continuation:
    """A way to go on with a text: its first `kept` characters stay, and `text`, half-typed word included, follows.

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
        completer = WordCompleter if vocabulary.level == "word" else SubwordCompleter
        self._completer: Completer = completer(model, vocabulary)
        never = [] if vocabulary.unk is None else [vocabulary.unk]
        if vocabulary.level != "word":  # WikiText writes <unk> for a word that it left out, and a model spells it
            never += [i for i, token in enumerate(vocabulary.tokens) if token.lstrip(SPACE_IN_BYTES)[:1] == UNK[0]]
        self._never = torch.tensor(never, dtype=torch.long)

    @classmethod
    def open(cls, run: Run) -> "Writer":
        """The writer of a language model's run."""
        return cls(*load_language_model(run))

    @torch.no_grad()
    def offers(self, text: str, *, most: int = MOST, words: int = WORDS) -> list[Continuation]:
        """The likeliest continuations, each with another first word as far as there are several.

        The first word finishes the one that is being typed, or is the next one; the rest is the likeliest way on, up
        to so many words or the sentence's end. Where what is typed is a word already and any other that begins so is
        rare, the offers go on with it.
        """
        ids, half = self._completer.cut(text)
        reading = self.reader.at(ids)
        completions = self._completer.complete(reading, half, most)
        if half and not completions:  # no word begins so: it stays as it is, unknown
            return self._after_unknown(text, reading, most, words)
        if completions:
            completions = self._forked(text, half, completions, most)
        return self._continuations(text, half, completions, words)

    def _after_unknown(self, text: str, reading: Reading, most: int, words: int) -> list[Continuation]:
        unknown = self.vocabulary.unk
        if unknown is None:
            return []
        reading = reading.then([unknown])
        continuations = self._continuations(text + " ", "", self._completer.complete(reading, "", most), words)
        return [
            Continuation(len(text), ("" if each.kept <= len(text) else " ") + each.text, each.log_probability)
            for each in continuations
        ]

    def _forked(self, text: str, half: str, completions: list[Completion], most: int) -> list[Completion]:
        """Completions; in place of rare and missing ones stands the likeliest one with other next words."""
        first = completions[0]
        if half and self._completer.printed(text, half, first.ids)[1].strip() == half.strip():
            completions = [
                completion for completion in completions if completion.log_probability > first.log_probability + _RARE
            ]
        if len(completions) >= most:
            return completions
        nexts = self._completer.complete(first.reading, "", most - len(completions) + 1)
        forks = [Completion(first.ids + each.ids, first.log_probability, each.reading) for each in nexts]
        return [*(forks or [first]), *completions[1:]]

    def _continuations(self, text: str, half: str, completions: Sequence[Completion], words: int) -> list[Continuation]:
        if not completions:
            return []
        extended = self._extended(completions, words)
        continuations = []
        for completion, ids in zip(completions, extended, strict=True):
            kept, printed = self._completer.printed(text, half, ids)
            continuations.append(Continuation(kept, printed, completion.log_probability))
        return continuations

    def _extended(self, completions: Sequence[Completion], words: int) -> list[list[int]]:
        """The tokens of each completion and the likeliest ones after it, up to so many words or a sentence's end."""
        reading = joined([completion.reading for completion in completions])
        written = [list(completion.ids) for completion in completions]
        unfinished = {row for row, ids in enumerate(written) if not self._ends(ids)}
        word_ends = self._completer.word_ends
        banned = (~word_ends).repeat(len(completions), 1)  # the first word is at its end
        for _ in range(_MOST_TOKENS[self.vocabulary.level] * words):
            banned[:, self._never] = True
            tokens = self._model.softmax.likeliest(reading.hidden, banned).tolist()
            banned = torch.zeros_like(banned)
            for row in list(unfinished):
                token = tokens[row]
                full = bool(word_ends[token]) and len(_words(self.vocabulary.decode(written[row]))) >= words
                if not full and token != self.vocabulary.line_end:
                    written[row].append(token)
                if full or token == self.vocabulary.line_end or self._ends(written[row]):
                    unfinished.discard(row)
            if not unfinished:
                break
            reading = reading.then(tokens)
            if self.vocabulary.level == "word":  # a small model goes round in circles
                for row, ids in enumerate(written):
                    banned[row, ids] = True
        return written

    def _ends(self, ids: Sequence[int]) -> bool:
        return _SENTENCE_END.search(self.vocabulary.decode(ids)) is not None
