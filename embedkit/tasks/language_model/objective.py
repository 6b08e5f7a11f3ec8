"""Truncated back-propagation through time for a language model: windows of a batchified stream, the state carried."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.models.recurrent import State, detach
from embedkit.tasks.language_model.config import LanguageModelTraining
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.text.batching import StreamBatch, window_count, windows
from embedkit.training.objective import Evaluation, Step, autocast


def on_device(batch: StreamBatch, device: torch.device) -> tuple[Tensor, Tensor]:
    """The (T, B) inputs and targets of a window as int64 tensors."""
    inputs = torch.from_numpy(batch.inputs.astype(np.int64))
    targets = torch.from_numpy(batch.targets.astype(np.int64))
    return inputs.to(device), targets.to(device)


@torch.no_grad()
def evaluate(model: LanguageModelNetwork, columns: np.ndarray, bptt: int) -> float:
    """(L, B) columns → mean nats per token, averaged over tokens; the state is carried from window to window."""
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    state, total, tokens = model.initial_state(columns.shape[1]), 0.0, 0
    for batch in windows(columns, bptt):
        inputs, targets = on_device(batch, device)
        loss, state = model(inputs, targets, state)
        total += loss.item() * targets.numel()
        tokens += targets.numel()
    model.train(training)
    return total / tokens


class LanguageModelObjective:
    """The next token at every step of (L, B) columns; the state is handed on from window to window and detached.

    Args:
        train: (L, B) columns of the training text.
        valid: (L', B') columns of the part of the validation text that is measured each time.
    """

    def __init__(
        self, model: LanguageModelNetwork, config: LanguageModelTraining, train: np.ndarray, valid: np.ndarray
    ) -> None:
        self.model: nn.Module = model
        self.columns, self.valid_columns = train, valid
        self.batches_per_epoch = window_count(train, config.bptt)
        self.tokens_per_epoch = train.size - train.shape[1]
        self._network, self._config = model, config
        self._device = next(model.parameters()).device
        self._forward = torch.compile(model) if config.compile else model

    def tables(self) -> Sequence[Tensor]:
        return [self._network.embedding.weight, self._network.softmax.table]

    def initial_state(self) -> State:
        return self._network.initial_state(self.columns.shape[1])

    def batches(self, epoch: int, start: int) -> Iterator[StreamBatch]:
        """Every epoch runs down the columns from their top."""
        return windows(self.columns, self._config.bptt, start * self._config.bptt)

    def step(self, batch: Any, state: State, share: float) -> Step:
        inputs, targets = on_device(batch, self._device)
        with autocast(self._device, self._config.bf16):
            loss, state = self._forward(inputs, targets, detach(state))
        loss.backward()
        return Step(loss.item(), targets.numel(), state)

    def evaluate(self, share: float) -> Evaluation:
        nats = evaluate(self._network, self.valid_columns, self._config.bptt)
        return Evaluation(nats, self.valid_columns.size - self.valid_columns.shape[1], criterion=nats)
