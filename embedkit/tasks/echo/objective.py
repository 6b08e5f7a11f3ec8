"""Train a network to echo a binary signal: truncated BPTT over chunks of long series, with the state carried on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.config import from_table
from embedkit.models.recurrent import State, detach
from embedkit.runs.folder import Run
from embedkit.runs.provenance import circumstances
from embedkit.tasks.echo import data as echo
from embedkit.tasks.echo.config import EchoModel, EchoTraining
from embedkit.tasks.echo.data import EchoChunk, EchoSeries
from embedkit.tasks.echo.network import Tagger
from embedkit.training.checkpoint import load_weights
from embedkit.training.fitting import OnStage, fit, silent, write_down
from embedkit.training.loop import OnProgress
from embedkit.training.objective import Evaluation, Step, autocast
from embedkit.training.setup import choose_device, new_run, refuse_changed, refuse_resume, seeded

KIND = "echo"


def made_series(training: EchoTraining) -> Mapping[str, EchoSeries]:
    """The series of every split that a configuration stands for.

    Raises:
        UsageError: they are too short for the delay.
    """
    return echo.echo_series(
        length=training.length,
        held_out_length=training.held_out_length,
        columns=training.batch_size,
        delay=training.delay,
        seed=training.seed,
    )


def made_network(model: EchoModel) -> Tagger:
    """One number is read at a step, and one logit given: that the echo is a 1."""
    return Tagger(model.cell, 1, model.hidden_size, model.layers)


def as_input(bits: np.ndarray, device: torch.device) -> Tensor:
    """(T, B) bits → (T, B, 1): a 0 is read as −1 and a 1 as +1."""
    return torch.from_numpy(bits).to(device, torch.float32)[..., None] * 2 - 1


class EchoObjective:
    """The bit of `delay` steps before at every step; the state is handed on from chunk to chunk and detached, or each
    chunk starts from zeros."""

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
        with autocast(self._device, self._config.bf16):
            logits, state = self._network(as_input(batch.inputs, self._device), before)
        if not batch.known.any():
            return Step(0.0, 0, state)
        loss = nats(logits, batch).mean()
        loss.backward()
        return Step(loss.item(), int(batch.known.sum()) * batch.targets.shape[1], state)

    def evaluate(self, share: float) -> Evaluation:
        """With the state carried, or not, as in training."""
        config, series = self._config, self._valid
        chance = probabilities(self._network, series, config.chunk, carried=config.carry_state)
        right = series.right(chance)
        loss = cross_entropy(chance, series)
        return Evaluation(loss, right.size, criterion=loss, figures={"valid_accuracy": float(right.mean())})


def nats(logits: Tensor, chunk: EchoChunk) -> Tensor:
    """(T, B, 1) logits → (K, B) losses of the K steps that have a target."""
    targets = torch.from_numpy(chunk.targets[chunk.known]).to(logits)
    known = torch.from_numpy(chunk.known).to(logits.device)
    return nn.functional.binary_cross_entropy_with_logits(logits[known][..., 0], targets, reduction="none")


@torch.no_grad()
def probabilities(network: Tagger, series: EchoSeries, chunk: int, *, carried: bool) -> np.ndarray:
    """(L, B) float64: how likely the echo is a 1, the state carried from chunk to chunk or reset at each."""
    device = next(network.parameters()).device
    training = network.training
    network.eval()
    state, found = network.initial_state(series.inputs.shape[1]), []
    for each in echo.chunks(series, chunk):
        before = state if carried else network.initial_state(series.inputs.shape[1])
        logits, state = network(as_input(each.inputs, device), before)
        found.append(torch.sigmoid(logits[..., 0].double()).cpu().numpy())
    network.train(training)
    return np.concatenate(found)


def cross_entropy(chance: np.ndarray, series: EchoSeries) -> float:
    """Mean nats per bit over the steps that have a target."""
    of_target = np.where(series.targets == 1, chance, 1 - chance)[series.known]
    return float(-np.log(np.maximum(of_target, np.finfo(np.float64).tiny)).mean())


def train_echo(
    model: EchoModel,
    training: EchoTraining,
    path: Path,
    *,
    on_progress: OnProgress | None = None,
    on_stage: OnStage | None = None,
) -> Run:
    """Train a new run at `path`.

    Raises:
        UsageError: the folder holds a run already, there is no such device, or the series are too short.
        TrainingError: the loss is no longer a number.
        KeyboardInterrupt: Ctrl-C; `resume_echo` goes on from where it stood.
    """
    choose_device(training.device)
    run = new_run(path)
    series = made_series(training)
    path.mkdir(parents=True, exist_ok=True)
    about = echo.corpus_facts(f"echo of {training.delay}", series)
    write_down(run, KIND, model, training, {"corpus": about, **circumstances(training.seed)})
    return _fit(run, model, training, series, on_progress, on_stage or silent)


def resume_echo(run: Run, *, on_progress: OnProgress | None = None, on_stage: OnStage | None = None) -> Run:
    """Go on with a run that was stopped or killed; it ends with the weights it would have had.

    That holds to the last bit on a CPU for a budget in steps or epochs. A budget in minutes depends on the clock.

    Raises:
        RunError: the run has finished, or this version makes other series.
    """
    refuse_resume(run, KIND)
    model, training = configuration(run)
    series = made_series(training)
    refuse_changed(run, echo.checksum(series), "the way series are made")
    return _fit(run, model, training, series, on_progress, on_stage or silent)


def configuration(run: Run) -> tuple[EchoModel, EchoTraining]:
    return from_table(EchoModel, run.config["model"]), from_table(EchoTraining, run.config["training"])


def load_echo(run: Run) -> Tagger:
    """A finished network, ready to evaluate."""
    model, _ = configuration(run)
    with torch.random.fork_rng(devices=[]):
        network = made_network(model)
    load_weights(run, network)
    return network.eval()


def _fit(
    run: Run,
    model: EchoModel,
    training: EchoTraining,
    series: Mapping[str, EchoSeries],
    on_progress: OnProgress | None,
    say: OnStage,
) -> Run:
    device = choose_device(training.device)
    with seeded(training.seed):
        network = made_network(model).to(device)
        objective = EchoObjective(network, training, series["train"], series["valid"])

        def measure() -> dict[str, Any]:
            say("measuring the validation and the test series")
            return _metrics(network, training, series)

        fit(run, objective, training, measure, on_progress=on_progress, counted="bits")
    return run


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
