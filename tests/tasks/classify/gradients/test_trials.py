"""Gradients followed through a training, and what is kept of it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.errors import UsageError
from embedkit.tasks.classify.config import ClassifierModel
from embedkit.tasks.classify.data import draw
from embedkit.tasks.classify.gradients.config import GradientsOptions
from embedkit.tasks.classify.gradients.score import planted, trainings
from embedkit.tasks.classify.gradients.trials import gradient_lab, loss_gradients, planted_norms
from embedkit.tasks.classify.objective import build_classifier

SMALL = GradientsOptions(
    cells=("rnn-tanh", "lstm"), levels=("easy",), hidden_size=4, steps=4, snapshots=2, probes=6, held_out=20
)


def test_planted_norms_are_powers_of_the_ratio() -> None:
    for ratio in (0.5, 1.0, 1.5):
        np.testing.assert_allclose(planted_norms(ratio, 40), ratio ** np.arange(41), rtol=1e-13)


def test_each_sequence_has_the_gradient_of_its_own_loss() -> None:
    """A sequence alone has the norms that it has among others; no symbol of padding counts."""
    torch.manual_seed(0)
    network = build_classifier(ClassifierModel(cell="lstm", hidden_size=5))
    ids, labels = draw("easy", 6, 1)
    hidden, cell = loss_gradients(network, ids, labels)
    assert hidden.shape == cell.shape
    assert hidden.shape[0] in (7, 8)
    for i in range(6):
        alone, _ = loss_gradients(network, ids[i : i + 1], labels[i : i + 1])
        np.testing.assert_allclose(alone[: len(hidden), 0], hidden[:, i], rtol=1e-9)


def test_at_the_last_step_it_is_the_gradient_of_the_head() -> None:
    torch.manual_seed(0)
    network = build_classifier(ClassifierModel(cell="gru", hidden_size=5)).double()
    ids, labels = draw("easy", 3, 1)
    last = network.final_state(torch.from_numpy(ids.T.copy())).detach().requires_grad_()
    losses = torch.nn.functional.cross_entropy(network.head(last), torch.from_numpy(labels), reduction="sum")
    (expected,) = torch.autograd.grad(losses, last)
    np.testing.assert_allclose(loss_gradients(network, ids, labels)[0][0], expected.norm(dim=1), rtol=1e-9)


def test_a_lab_keeps_every_training_and_goes_on(tmp_path: Path) -> None:
    run = gradient_lab(SMALL, tmp_path / "gradients", workers=1)
    assert [each.ratio for each in planted(run.trials)] == [0.5, 1.0, 1.5]
    by_settings = {(each.cell, each.gain, each.clip): each for each in trainings(run.trials)}
    assert set(by_settings) == {
        ("rnn-tanh", 1.0, 1.0),
        ("rnn-tanh", 1.5, 1.0),
        ("rnn-tanh", 1.5, None),
        ("lstm", 1.0, 1.0),
    }
    lstm = by_settings["lstm", 1.0, 1.0]
    assert [each.step for each in lstm.snapshots] == [0, 2, 4]
    assert len(lstm.norms) == 4
    assert lstm.snapshots[0].radii == pytest.approx({"input": 1, "forget": 1, "candidate": 1, "output": 1}, abs=1e-5)
    assert len(lstm.snapshots[0].hidden) == len(lstm.snapshots[0].cell) + 1 in (7, 8)
    assert lstm.snapshots[-1].n == 20
    assert by_settings["rnn-tanh", 1.5, None].snapshots[0].radii["candidate"] == pytest.approx(1.5, abs=1e-5)
    assert run.metrics["planted_off"] < 1e-12
    before = (run.path / "trials.jsonl").read_bytes()
    gradient_lab(SMALL, tmp_path / "gradients", workers=1)
    assert (run.path / "trials.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levels": ("hrad",)}, "unknown level 'hrad'; did you mean hard?"),
        ({"cells": ("lsmt",)}, "unknown cell 'lsmt'; did you mean lstm?"),
        ({"cells": ()}, "give at least one"),
        ({"steps": 3, "snapshots": 4}, "must be at most --steps 3"),
        ({"gain": 0.0}, "--gain 0.0: must be above zero"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        GradientsOptions(**options)


def test_a_gradient_that_is_no_number_ends_its_training(tmp_path: Path) -> None:
    """1.5 to the power of some 500 steps is beyond float32: the trial says where it ended, and the lab goes on."""
    from dataclasses import replace

    from embedkit.report import run_report

    options = replace(SMALL, cells=("rnn-tanh",), levels=("nightmare",), hidden_size=32, probes=2, held_out=4)
    run = gradient_lab(options, tmp_path / "gradients", workers=1)
    by_settings = {(each.gain, each.clip): each for each in trainings(run.trials)}
    assert by_settings[1.0, 1.0].diverged is None
    assert (by_settings[1.5, None].diverged, by_settings[1.5, None].largest_norm) == (1, None)
    section = next(each for each in run_report(run).sections if each.name == "gradients-clipping")
    assert "without clipping the gradient is no longer a number at step 1" in section.finding
