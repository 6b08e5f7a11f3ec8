"""The surprisal of each word of a text, by a language model: what reading times are regressed on.

The surprisal of a word is −log of its probability given what stands before it (Hale 2001, Levy 2008). Of a word that
is several tokens it is the sum over them. Characters and byte pairs have their space before the word, so that the sum
would have a word pay for the end of the one before it; the probability that the word ends there is moved to where it
belongs (Oh & Schuler 2024, Pimentel & Meister 2024). Nothing is lost: all words and ends of lines add up to the loss of
the text.

References:
    Hale 2001, A probabilistic Earley parser as a psycholinguistic model. NAACL.
    Levy 2008, Expectation-based syntactic comprehension. Cognition 106(3).
    Oh & Schuler 2024, Leading whitespaces of language models' subword vocabulary pose a confound for calculating word
    probabilities. EMNLP.
    Pimentel & Meister 2024, How to compute the probability of a word. EMNLP.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from embedkit.errors import refuse_single_text
from embedkit.models.recurrent import State
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.tasks.language_model.regions import Line, Regions
from embedkit.text.vocabulary import Vocabulary

_LOOK = 1 << 16
"""Characters of a text from which is told how its words are parted."""
_BLOCK, _AT_ONCE, _WINDOW, _ROWS = 32_768, 4_096, 1_024, 256
"""Tokens that are held, those read side by side, steps of a window, and rows of the softmax at a time."""


@dataclass(frozen=True)
class WordSurprisal:
    """A word of a text.

    Attributes:
        sentence, position: the line and the word's place in it, from 1.
        word: as it stands there.
        nats: −ln of its probability given what stands before.
        tokens: how many of the vocabulary's it is.
        unknown: whether one of them is out of vocabulary, so that the figure is that of any unknown word.
        entropy: in nats, of the prediction before its first token.
    """

    sentence: int
    position: int
    word: str
    nats: float
    tokens: int
    unknown: bool
    entropy: float

    @property
    def bits(self) -> float:
        return self.nats / math.log(2)

    @property
    def first(self) -> bool:
        """Whether it begins its sentence, where nothing of it stands before."""
        return self.position == 1


@dataclass(frozen=True)
class LineSurprisal:
    """The words of a line, and of its end the nats and tokens."""

    words: tuple[WordSurprisal, ...]
    end_nats: float
    end_tokens: int


@dataclass
class Totals:
    """What words and ends of lines add up to."""

    sentences: int = 0
    words: int = 0
    unknown: int = 0
    tokens: int = 0
    nats: float = 0.0
    end_nats: float = 0.0

    def counted(self, lines: Iterable[LineSurprisal]) -> Iterator[WordSurprisal]:
        """The words of these lines, as they are added."""
        for line in lines:
            self.sentences += bool(line.words)
            self.words += len(line.words)
            self.unknown += sum(word.unknown for word in line.words)
            self.tokens += sum(word.tokens for word in line.words) + line.end_tokens
            self.nats += math.fsum(word.nats for word in line.words)
            self.end_nats += line.end_nats
            yield from line.words

    @property
    def nats_per_token(self) -> float | None:
        """The loss of the whole text, ends of lines included; None of an empty one."""
        return (self.nats + self.end_nats) / self.tokens if self.tokens else None


def surprisal(run: Run, lines: Iterable[str], *, carried: bool = False) -> Iterator[LineSurprisal]:
    """The surprisal of each word of a text, a line a sentence; lines are read as they are needed.

    Args:
        run: a finished language model, of any level.
        carried: read the text as one, the state carried from line to line. By default each line is read by itself, as
            after a line's end, and its words know nothing of the lines before.

    Raises:
        UsageError: this is a single text, or the run is of another kind.
    """
    refuse_single_text(lines)
    return Reader.of(*load_language_model(run), lines).read(carried=carried)


@dataclass(frozen=True, eq=False)
class Reader:
    """A language model that reads a text for its surprisal.

    Attributes:
        regions: how its words are told apart.
        text: its lines, which are read once.
    """

    model: LanguageModelNetwork
    regions: Regions
    text: Iterator[str]

    @classmethod
    def of(cls, model: LanguageModelNetwork, vocabulary: Vocabulary, lines: Iterable[str]) -> "Reader":
        """How words are parted is told by the first lines."""
        lines = iter(lines)
        sample: list[str] = []
        size = 0
        for line in lines:
            sample.append(line)
            size += len(line)
            if size > _LOOK:
                break
        return cls(model, Regions.of(vocabulary, "\n".join(sample)), chain(sample, lines))

    def read(self, *, carried: bool = False) -> Iterator[LineSurprisal]:
        """As `surprisal`."""
        return (self._as_one if carried else self._apart)(map(self.regions.read, self.text))

    @property
    def _start(self) -> int:
        return self.regions.vocabulary.line_end

    def _apart(self, lines: Iterable[Line]) -> Iterator[LineSurprisal]:
        number = 0
        for block in _blocks(lines):
            scores: dict[int, np.ndarray] = {}
            for batch in _batches(block):
                longest = max(len(block[row].ids) for row in batch)
                ids = np.full((longest + 1, len(batch)), self._start)
                for column, row in enumerate(batch):
                    ids[1 : len(block[row].ids) + 1, column] = block[row].ids
                table, _ = self._read(ids, self.model.initial_state(len(batch)))
                scores |= {row: table[:, : len(block[row].ids), column] for column, row in enumerate(batch)}
            for row, line in enumerate(block):
                number += 1
                if line.regions:
                    yield self._line(line, scores[row], number)
                else:
                    yield LineSurprisal((), 0.0, 0)  # no sentence

    def _as_one(self, lines: Iterable[Line]) -> Iterator[LineSurprisal]:
        state, last, number = self.model.initial_state(1), self._start, 0
        for block in _blocks(lines):
            ids = np.array([last, *chain.from_iterable(line.ids for line in block)])
            table, state = self._read(ids[:, None], state)
            last, start = int(ids[-1]), 0
            for line in block:
                number += 1
                yield self._line(line, table[:, start : start + len(line.ids), 0], number)
                start += len(line.ids)

    def _line(self, line: Line, scores: np.ndarray, number: int) -> LineSurprisal:
        nats, entropy, endings = scores
        words = []
        after = [region.stop for region in line.regions]
        for place, (region, following) in enumerate(zip(line.regions, after, strict=True)):
            of_word = float(nats[region.start : region.stop].sum())
            if region.spaced and place:
                of_word -= float(endings[region.start])
            if self._ends(line, following):
                of_word += float(endings[following])
            words.append(
                WordSurprisal(
                    number,
                    place + 1,
                    region.text,
                    of_word,
                    region.stop - region.start,
                    region.unknown,
                    float(entropy[region.lead]),
                )
            )
        end = float(nats[line.end :].sum())
        if line.regions and self._ends(line, line.end):
            end -= float(endings[line.end])
        return LineSurprisal(tuple(words), end, len(line.ids) - line.end)

    def _ends(self, line: Line, token: int) -> bool:
        """Whether a token begins with space, so that it tells that the word before it is at its end."""
        return line.ids[token] in self.regions.space_ids

    @torch.no_grad()
    def _read(self, ids: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """(T + 1, B) ids → (3, T, B) float64: of each token but the first its nats, the entropy of its prediction, and
        the nats of any token that begins with space; and the state after."""
        steps, width = len(ids) - 1, ids.shape[1]
        table = np.empty((3, steps, width))
        tokens = torch.from_numpy(ids)
        for top in range(0, steps, _WINDOW):
            bottom = min(top + _WINDOW, steps)
            hidden, state = self.model.hidden(tokens[top:bottom], state)
            flat, targets = hidden.flatten(0, 1), tokens[top + 1 : bottom + 1].flatten()
            parts = [
                self._scores(flat[row : row + _ROWS], targets[row : row + _ROWS])
                for row in range(0, len(targets), _ROWS)
            ]
            table[:, top:bottom] = torch.cat(parts, dim=1).numpy().reshape(3, bottom - top, width)
        return table, state

    def _scores(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """(N, H), (N,) → (3, N)."""
        scores = self.model.log_probabilities(hidden)
        nats = -scores.gather(1, targets[:, None])[:, 0]
        spaces = self.regions.spaces
        endings = -scores[:, spaces].logsumexp(1) if spaces else torch.zeros(len(scores))
        entropy = -(scores.exp() * scores).sum(1)
        return torch.stack([nats, entropy, endings])


def _blocks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines in lists of some ten thousand tokens."""
    block: list[Line] = []
    tokens = 0
    for line in lines:
        block.append(line)
        tokens += len(line.ids)
        if tokens >= _BLOCK:
            yield block
            block, tokens = [], 0
    if block:
        yield block


def _batches(block: Sequence[Line]) -> Iterator[list[int]]:
    """Rows of lines with words, like lengths together, of so many tokens with their padding."""
    rows = sorted((row for row, line in enumerate(block) if line.regions), key=lambda row: len(block[row].ids))
    batch: list[int] = []
    for row in rows:
        if batch and (len(batch) + 1) * len(block[row].ids) > _AT_ONCE:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
