"""Training on an echo: what the state carries over, and what it cannot."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.errors import RunError, UsageError
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.echo.config import EchoModel, EchoTraining
from embedkit.tasks.echo.data import EchoSeries, chunks, series_of
from embedkit.tasks.echo.objective import (
    EchoObjective,
    build_network,
    cross_entropy,
    load_echo,
    probabilities,
)
from embedkit.training.driver import resume, train
from tests.progress import stop_at

MODEL = EchoModel(cell="gru", hidden_size=12)
TRAINING = EchoTraining(
    delay=2, chunk=5, batch_size=16, length=600, held_out_length=200, steps=150, evaluations=5, device="cpu"
)


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(MODEL, TRAINING, tmp_path_factory.mktemp("runs") / "echo")


def by_position(run: Run, *, carried: bool) -> list[float]:
    series = series_of(TRAINING)["test"]
    right = series.right(probabilities(load_echo(run), series, TRAINING.chunk, carried=carried))
    position = np.arange(TRAINING.delay, len(series.inputs)) % TRAINING.chunk
    return [float(right[position == place].mean()) for place in range(TRAINING.chunk)]


def test_with_the_state_carried_the_echo_is_learned(echoing: Run) -> None:
    untrained = build_network(MODEL)
    series = series_of(TRAINING)["test"]
    assert series.right(probabilities(untrained, series, 5, carried=True)).mean() < 0.7
    metrics = echoing.metrics
    assert metrics["test_bits"] == (200 - 2) * 16
    assert metrics["test_right"] / metrics["test_bits"] == metrics["test_accuracy"] > 0.995
    assert min(by_position(echoing, carried=True)) > 0.99
    assert echoing.history[-1]["valid_accuracy"] > 0.995
    assert metrics["bits_seen"] > 0


def test_without_it_accuracy_falls_to_chance_where_the_target_lies_before_the_chunk(echoing: Run) -> None:
    shares = by_position(echoing, carried=False)
    assert all(0.44 < share < 0.56 for share in shares[:2])
    assert all(share > 0.99 for share in shares[2:])


def test_no_gradient_reaches_an_input_before_the_chunk() -> None:
    torch.manual_seed(0)
    network, series = build_network(MODEL), series_of(replace(TRAINING, delay=5))["train"]
    objective = EchoObjective(network, replace(TRAINING, delay=5), series, series)
    first, second = list(chunks(series, 5))[:2]
    unread = objective.step(first, objective.initial_state(), 0.0)
    assert (unread.nats, unread.tokens) == (0.0, 0)
    assert all(parameter.grad is None for parameter in network.parameters())
    done = objective.step(second, unread.state, 0.0)
    assert done.tokens == 5 * 16
    assert done.nats == pytest.approx(0.69, abs=0.25)


def test_the_loss_is_over_the_bits_that_have_a_target() -> None:
    series = EchoSeries(np.array([[1], [0], [1]], dtype=np.uint8), delay=1)
    chance = np.array([[0.01], [0.8], [0.4]])  # of the targets –, 1, 0
    assert cross_entropy(chance, series) == pytest.approx(-(np.log(0.8) + np.log(0.6)) / 2)


@pytest.mark.parametrize("carry", [True, False])
def test_a_stopped_run_goes_on_as_if_never_stopped(carry: bool, tmp_path: Path) -> None:
    short = replace(TRAINING, steps=12, evaluations=3, length=50, carry_state=carry)  # 10 chunks an epoch
    whole = train(MODEL, short, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(MODEL, short, tmp_path / "stopped", progress=stop_at(7))
    stopped = Run(tmp_path / "stopped")
    assert not stopped.finished
    assert resume(stopped).finished
    weights = [(run.path / "weights.safetensors").read_bytes() for run in (whole, stopped)]
    assert weights[0] == weights[1]
    with pytest.raises(RunError, match="has finished"):
        resume(stopped)


def test_a_run_is_written_down(echoing: Run) -> None:
    assert configurations(echoing) == (MODEL, replace(TRAINING, precision="fp32"))  # as it was chosen
    about = echoing.provenance["corpus"]
    assert (about["name"], about["source"]) == ("echo of 2", "made here")
    assert about["checksum"].startswith("sha256:")
    assert json.dumps(echoing.metrics)


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="series of 200 bits have no echo after 200"):
        train(MODEL, replace(TRAINING, delay=200), tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(UsageError, match="--delay 0: must be at least 1"):
        replace(TRAINING, delay=0)
