"""A language model that reads a text as it is typed: its state, and the probabilities of the next token. What it has
read is not read again."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from embedkit.models.recurrent import State
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.text.vocabulary import Vocabulary

NEAR = 64
"""The state after each of the last so many tokens is kept, so that what is deleted there costs nothing."""
_FAR = 2_048  # tokens read at once before those


@dataclass(frozen=True, eq=False)
class Reading:
    """A model's state after B texts.

    Attributes:
        state: its recurrent state, of B columns.
        hidden: (B, H) the last layer's vectors.
    """

    model: LanguageModelNetwork
    state: State
    hidden: Tensor

    def __len__(self) -> int:
        return len(self.hidden)

    @cached_property
    @torch.no_grad()
    def scores(self) -> Tensor:
        """(B, V) log-probabilities, in nats, of the token that comes next. Of a large vocabulary this is most of the
        work, so it is done when it is first used."""
        return self.model.log_probabilities(self.hidden)

    def rows(self, rows: Sequence[int]) -> "Reading":
        """Some of the texts, in this order; a text may stand several times."""
        index = torch.tensor(list(rows))
        return Reading(self.model, take(self.state, index), self.hidden[index])

    def then(self, tokens: Sequence[int]) -> "Reading":
        """Each text with one more token."""
        return self.reading(torch.tensor([list(tokens)]))

    @torch.no_grad()
    def reading(self, ids: Tensor) -> "Reading":
        """Each text with T more tokens, (T, B)."""
        hidden, state = self.model.hidden(ids, self.state)
        return Reading(self.model, state, hidden[-1])


def take(state: State, columns: Tensor) -> State:
    """Some columns of a state."""
    return tuple(tuple(part[:, columns].contiguous() for part in layer) for layer in state)


def joined(readings: Sequence[Reading]) -> Reading:
    """Several readings as one of all their texts."""
    layers = zip(*(reading.state for reading in readings), strict=True)
    state = tuple(tuple(torch.cat(parts, dim=1) for parts in zip(*layer, strict=True)) for layer in layers)
    return Reading(readings[0].model, state, torch.cat([reading.hidden for reading in readings]))


class Reader:
    """Reads a text that grows and changes, as somebody types it. It begins after an end of line.

    Of a text that begins as the one before only what is new is read: a word typed at its end costs a step, and so does
    one deleted there.
    """

    def __init__(self, model: LanguageModelNetwork, vocabulary: Vocabulary) -> None:
        self._model = model
        self._ids: list[int] = []
        self._states: dict[int, State] = {}
        """By the number of tokens read, the state after them."""
        self._last: tuple[list[int], Reading] | None = None
        self._start = vocabulary.line_end
        self.steps = 0
        """Tokens read so far, for those who want to know what a keystroke costs."""

    def forget(self) -> None:
        """Read the next text from its start."""
        self._ids, self._states, self._last = [], {}, None

    @torch.no_grad()
    def at(self, ids: Sequence[int]) -> Reading:
        """The reading of the text of these token ids: one row."""
        tokens = [self._start, *ids]
        if self._last is not None and self._last[0] == tokens:
            return self._last[1]
        # The last token is read again at the least: it gives the scores.
        shared = min(_common(self._ids, tokens), len(tokens) - 1)
        self._states = {position: state for position, state in self._states.items() if position <= shared}
        position = max(self._states, default=0)
        state = self._states.get(position) or self._model.initial_state(1)
        while position < len(tokens):
            left = len(tokens) - position
            stop = position + (1 if left <= NEAR else min(_FAR, left - NEAR))
            hidden, state = self._model.hidden(torch.tensor(tokens[position:stop])[:, None], state)
            self.steps += stop - position
            position = stop
            self._states[position] = state
        for position in sorted(self._states)[: -2 * NEAR]:
            del self._states[position]
        self._ids = tokens
        reading = Reading(self._model, state, hidden[-1])
        self._last = (tokens, reading)
        return reading


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their start."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))
