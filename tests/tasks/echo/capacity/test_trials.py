"""An echo run scored, and how long an echo is learned by how many units."""

from pathlib import Path

import pytest

from embedkit.errors import UsageError
from embedkit.runs.artefacts import load_record
from embedkit.tasks.echo.capacity.trials import echo_capacity
from embedkit.tasks.echo.config import EchoCapacityOptions, EchoModel, EchoTraining
from embedkit.tasks.echo.score import EchoScore
from embedkit.tasks.echo.study import evaluate_echo
from embedkit.training.driver import train

TINY = EchoTraining(delay=2, chunk=4, batch_size=4, length=40, held_out_length=30, steps=2, evaluations=1, device="cpu")


def test_a_score_is_kept_with_its_run(tmp_path: Path) -> None:
    run = train(EchoModel(hidden_size=3), TINY, tmp_path / "echo")
    score = evaluate_echo(run, "test")
    assert score.carried.overall.right == run.metrics["test_right"]
    assert score.carried.overall.n == score.reset.overall.n == 28 * 4
    assert load_record(run.path / "scores" / "test.json", EchoScore) == score
    with pytest.raises(UsageError, match="--split train: an echo run has valid and test"):
        evaluate_echo(run, "train")


def test_series_that_do_not_show_every_position_are_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    run = train(EchoModel(hidden_size=3), replace(TINY, chunk=29), tmp_path / "echo")
    with pytest.raises(UsageError, match="do not show every position of a chunk of 29 after 2 steps"):
        evaluate_echo(run)


def test_every_cell_size_delay_and_seed_is_a_trial(tmp_path: Path) -> None:
    options = EchoCapacityOptions(
        cells=("rnn-tanh",),
        hidden_sizes=(1, 8),
        delays=(1, 3),
        seeds=1,
        steps=120,
        chunk=6,
        held_out_length=100,
        learning_rate=2e-2,
    )
    run = echo_capacity(options, tmp_path / "echo-capacity", workers=1)
    assert [record["settings"]["delay"] for record in run.trials] == [1, 3, 1, 3]
    assert run.trials[0]["result"]["bits"] == 99 * 32
    # One unit holds no three bits; eight hold one.
    assert run.metrics["longest_rnn-tanh_1"] < 3
    assert run.metrics["longest_rnn-tanh_8"] >= 1
    assert run.metrics["trials"] == 4
    assert run.provenance["corpus"]["checksum"].startswith("sha256:")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delays": ()}, "--delays : give at least one"),
        ({"delays": (0, 2)}, "--hidden-sizes and --delays must be at least 1"),
        ({"cells": ("gruu",)}, "unknown cell 'gruu'; did you mean gru"),
        ({"seeds": 0}, "--seeds 0: must be at least 1"),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        EchoCapacityOptions(**options)
