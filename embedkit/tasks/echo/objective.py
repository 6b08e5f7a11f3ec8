"""Train a network to echo a binary signal: truncated BPTT over chunks of long series, with the state carried on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.models.recurrent import State, detach
from embedkit.progress import Progress
from embedkit.runs.folder import Run, require_kind
from embedkit.runs.options import configurations
from embedkit.tasks.echo import data as echo
from embedkit.tasks.echo.config import EchoModel, EchoTraining
from embedkit.tasks.echo.data import EchoChunk, EchoSeries
from embedkit.tasks.echo.network import Tagger
from embedkit.training.checkpoint import load_weights
from embedkit.training.driver import Fitting, Trainer
from embedkit.training.objective import Evaluation, Step
from embedkit.training.precision import autocast


def build_network(model: EchoModel) -> Tagger:
    """A network that reads one number a step and gives one logit: of the echo being a 1."""
    return Tagger(model.cell, 1, model.hidden_size, model.layers)


def as_input(bits: np.ndarray, device: torch.device) -> Tensor:
    """(T, B) bits → (T, B, 1): a 0 is read as −1 and a 1 as +1."""
    return torch.from_numpy(bits).to(device, torch.float32)[..., None] * 2 - 1


class EchoObjective:
    """Training on the echo: at every step the target is the input of `delay` steps before.

    The state is handed on from chunk to chunk and detached, or each chunk starts from zeros.
    """

    def __init__(self, network: Tagger, config: EchoTraining, train: EchoSeries, valid: EchoSeries) -> None:
        self.model: nn.Module = network
        self.batches_per_epoch = echo.chunk_count(train, config.chunk)
        self.tokens_per_epoch = train.target_count
        self._network, self._config = network, config
        self._train, self._valid = train, valid
        self._device = next(network.parameters()).device

    def tables(self) -> Sequence[Tensor]:
        return []

    def initial_state(self) -> State:
        return self._network.initial_state(self._train.inputs.shape[1])

    def batches(self, epoch: int, start: int) -> Iterator[EchoChunk]:
        """Every epoch runs down the same series from their top."""
        return echo.chunks(self._train, self._config.chunk, start)

    def step(self, batch: Any, state: State, share: float) -> Step:
        """A chunk that has no target at all, at the start of the series, is read and moves no weight."""
        before = detach(state) if self._config.carry_state else self.initial_state()
        with autocast(self._device, self._config.precision):
            logits, state = self._network(as_input(batch.inputs, self._device), before)
        if not batch.has_target.any():
            return Step(0.0, 0, state)
        loss = nats(logits, batch).mean()
        loss.backward()
        return Step(loss.item(), int(batch.has_target.sum()) * batch.targets.shape[1], state)

    def evaluate(self, share: float) -> Evaluation:
        """With the state carried, or not, as in training."""
        config, series = self._config, self._valid
        chance = probabilities(self._network, series, config.chunk, carried=config.carry_state)
        right = series.right(chance)
        loss = cross_entropy(chance, series)
        return Evaluation(loss, right.size, criterion=loss, figures={"valid_accuracy": float(right.mean())})


def nats(logits: Tensor, chunk: EchoChunk) -> Tensor:
    """(T, B, 1) logits → (K, B) losses of the K steps that have a target."""
    targets = torch.from_numpy(chunk.targets[chunk.has_target]).to(logits)
    has_target = torch.from_numpy(chunk.has_target).to(logits.device)
    return nn.functional.binary_cross_entropy_with_logits(logits[has_target][..., 0], targets, reduction="none")


@torch.no_grad()
def probabilities(network: Tagger, series: EchoSeries, chunk: int, *, carried: bool) -> np.ndarray:
    """(L, B) float64: how likely the echo is a 1, the state carried from chunk to chunk or reset at each."""
    device = next(network.parameters()).device
    training = network.training
    network.eval()
    state, parts = network.initial_state(series.inputs.shape[1]), []
    for piece in echo.chunks(series, chunk):
        before = state if carried else network.initial_state(series.inputs.shape[1])
        logits, state = network(as_input(piece.inputs, device), before)
        parts.append(torch.sigmoid(logits[..., 0].double()).cpu().numpy())
    network.train(training)
    return np.concatenate(parts)


def cross_entropy(chance: np.ndarray, series: EchoSeries) -> float:
    """Mean nats per bit over the steps that have a target."""
    of_target = np.where(series.targets == 1, chance, 1 - chance)[series.has_target]
    return float(-np.log(np.maximum(of_target, np.finfo(np.float64).tiny)).mean())


def load_echo(run: Run) -> Tagger:
    """A finished network, ready to evaluate.

    Raises:
        UsageError: the run is of another kind.
    """
    require_kind(run, "echo")
    model, _ = configurations(run)
    with torch.random.fork_rng(devices=[]):
        network = build_network(model)
    load_weights(run, network)
    return network.eval()


def _metrics(network: Tagger, training: EchoTraining, series: Mapping[str, EchoSeries]) -> dict[str, Any]:
    """The headline figures of the best weights over all held-out bits that have a target, the state as in training."""
    metrics: dict[str, Any] = {}
    for split in ("valid", "test"):
        chance = probabilities(network, series[split], training.chunk, carried=training.carry_state)
        right = series[split].right(chance)
        metrics |= {
            f"{split}_nats_per_bit": cross_entropy(chance, series[split]),
            f"{split}_right": int(right.sum()),
            f"{split}_bits": right.size,
            f"{split}_accuracy": float(right.mean()),
        }
    return metrics


class EchoTrainer(Trainer[EchoModel, EchoTraining, Mapping[str, EchoSeries]]):
    """The series are made here, from the options alone."""

    validates_all = True
    counted = "bits"
    source = "the way series are made"

    def open(self, progress: Progress) -> Mapping[str, EchoSeries]:
        return echo.series_of(self.training)

    def about(self, material: Mapping[str, EchoSeries]) -> Mapping[str, Any]:
        return echo.corpus_facts(f"echo of {self.training.delay}", material)

    def prepare(
        self, run: Run, material: Mapping[str, EchoSeries], device: torch.device, progress: Progress
    ) -> Fitting:
        network = build_network(self.model).to(device)

        def measure() -> dict[str, Any]:
            progress(None, "measuring the validation and the test series")
            return _metrics(network, self.training, material)

        return Fitting(EchoObjective(network, self.training, material["train"], material["valid"]), measure)
