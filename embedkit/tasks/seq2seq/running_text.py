"""An encoder-decoder on running text: batchified truncated BPTT, each window condensed into one vector and decoded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.models.recurrent import State, detach
from embedkit.tasks.seq2seq.config import Seq2SeqTraining
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.tasks.seq2seq.objective import divergence_loss, embedding_tables
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.objective import Evaluation, Step
from embedkit.training.precision import autocast


@dataclass(frozen=True, eq=False)
class StreamPair:
    """(T, B) ids that the encoder reads, and (T, B) ids that the decoder is to write from its vectors of them."""

    source: np.ndarray
    target: np.ndarray

    def take(self, columns: slice) -> "StreamPair | None":
        """Some of the columns; None where that is none."""
        source = self.source[:, columns]
        return StreamPair(source, self.target[:, columns]) if source.size else None


def stream_pairs(columns: np.ndarray, steps: int, ahead: int, start: int = 0) -> Iterator[StreamPair]:
    """Cut (L, B) columns into windows of `steps` rows; the target is the window itself, or the one `ahead` of it.

    The alphabet in columns, with steps = 2 and ahead = 1, gives first

        source   a g m s    target  c i o u
                 b h n t            d j p v

    A remainder shorter than a window is left out, so that all codes stand for as many tokens.
    """
    for i in range(start, stream_pair_count(columns, steps, ahead)):
        source, target = (columns[at * steps : (at + 1) * steps] for at in (i, i + ahead))
        yield StreamPair(source, target)


def stream_pair_count(columns: np.ndarray, steps: int, ahead: int) -> int:
    """How many pairs of windows `stream_pairs` gives."""
    return max(0, len(columns) // steps - ahead)


class StreamObjective:
    """Windows of (L, B) columns, each decoded to itself or to the next; the encoder's state is carried on, detached.

    Args:
        train, valid: (L, B) columns of the training text, and of the validation text.
        target: the vocabulary, whose end of line starts the decoder.
        steps: rows of a window.
    """

    def __init__(
        self,
        model: EncoderDecoder,
        config: Seq2SeqTraining,
        train: np.ndarray,
        valid: np.ndarray,
        target: Vocabulary,
        steps: int,
    ) -> None:
        self.model: nn.Module = model
        self._network, self._config, self._start = model, config, target.line_end
        self._columns, self._valid = train, valid
        self._steps, self._ahead = steps, 1 if config.stream == "next" else 0
        self._device = next(model.parameters()).device
        self.batches_per_epoch = stream_pair_count(train, steps, self._ahead)
        self.tokens_per_epoch = self.batches_per_epoch * steps * train.shape[1]

    def tables(self) -> Sequence[Tensor]:
        return embedding_tables(self._network)

    def initial_state(self) -> State:
        return self._network.reader.initial_state(self._columns.shape[1])

    def batches(self, epoch: int, start: int) -> Iterator[StreamPair]:
        return stream_pairs(self._columns, self._steps, self._ahead, start)

    def _nats(
        self, batch: StreamPair, state: State, share: float, smoothing: float = 0.0
    ) -> tuple[Tensor, Tensor, State]:
        """The summed loss of a window, what its codes' divergence costs, and the encoder's state after it."""
        source, target = (torch.from_numpy(p.astype(np.int64)).to(self._device) for p in (batch.source, batch.target))
        encoded, state = self._network.encode_stream(source, state)
        inputs = torch.cat([torch.full_like(target[:1], self._start), target[:-1]]).T
        decoded = self._network.decode(encoded, inputs, self._network.start(encoded.code))
        known = torch.ones_like(target.T, dtype=torch.bool)
        nats = self._network.nats(decoded, target.T, known, smoothing)
        return nats, divergence_loss(encoded, self._config, share), state

    def step(self, batch: Any, state: State, share: float) -> Step:
        with autocast(self._device, self._config.precision):
            nats, extra, state = self._nats(batch, detach(state), share, self._config.label_smoothing)
        tokens = batch.target.size
        ((nats + extra) / tokens).backward()
        return Step(nats.item() / tokens, tokens, state)

    def evaluate(self, share: float) -> Evaluation:
        nats = self.measure(self._valid)
        tokens = stream_pair_count(self._valid, self._steps, self._ahead) * self._steps * self._valid.shape[1]
        return Evaluation(nats, tokens, criterion=nats)

    @torch.no_grad()
    def measure(self, columns: np.ndarray) -> float:
        """(L, B) columns → mean nats per token with dropout off, the state carried from window to window."""
        training = self._network.training
        self._network.eval()
        state, total, tokens = self._network.reader.initial_state(columns.shape[1]), 0.0, 0
        for batch in stream_pairs(columns, self._steps, self._ahead):
            nats, _, state = self._nats(batch, state, 1.0)
            total += float(nats)
            tokens += batch.target.size
        self._network.train(training)
        return total / tokens
