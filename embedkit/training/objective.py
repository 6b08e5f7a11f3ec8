"""What the training loop asks of a model and its data: batches, a step's gradients, and a held-out measurement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor, nn

from embedkit.models.recurrent import State


@dataclass(frozen=True)
class Step:
    """What one step of training gave: mean nats per token, over how many tokens, and the state to carry on."""

    nats: float
    tokens: int
    state: State


@dataclass(frozen=True)
class Evaluation:
    """A held-out measurement.

    Attributes:
        nats: per token, averaged over tokens.
        tokens: how many were measured.
        criterion: what decides on the best weights and on stopping, lower is better.
        figures: more for the line of history, such as a BLEU.
    """

    nats: float
    tokens: int
    criterion: float
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class TokenScores:
    """Scores over all tokens of some texts: how many, their summed loss in nats, and how many were the likeliest."""

    tokens: int
    nats: float
    right: int

    @property
    def nats_per_token(self) -> float:
        return self.nats / self.tokens

    @property
    def token_accuracy(self) -> float:
        return self.right / self.tokens


class DivisibleBatch(Protocol):
    """A batch of which each of several processes takes a part."""

    def take(self, rows: slice) -> "DivisibleBatch | None":
        """Those of its sequences; None where there are none."""
        ...


class Objective(Protocol):
    """A model with what it is trained on. The loop owns the optimiser, the schedule, the budget and the files."""

    model: nn.Module
    batches_per_epoch: int
    tokens_per_epoch: int

    def tables(self) -> Sequence[Tensor]:
        """Embedding tables, or the blocks that they are trained in, which have a learning rate of their own; none where
        there are no embeddings."""
        ...

    def initial_state(self) -> State:
        """The state an epoch starts with; empty where none is carried from batch to batch."""
        ...

    def batches(self, epoch: int, start: int) -> Iterator[Any]:
        """The batches of an epoch from the `start`-th on: the same whenever they are asked for."""
        ...

    def step(self, batch: Any, state: State, share: float) -> Step:
        """Add the gradient of the mean loss of a batch to the parameters, `share` of the budget being spent."""
        ...

    def evaluate(self, share: float) -> Evaluation:
        """Measure the held-out part with dropout off."""
        ...
