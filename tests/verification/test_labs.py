"""An experiment's figures follow from its trials, and its trials from its options."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.tasks.classify.gradients.config import GradientsOptions
from embedkit.tasks.classify.gradients.trials import gradient_lab
from embedkit.tasks.classify.temporal_order.config import TemporalOrderOptions
from embedkit.tasks.classify.temporal_order.trials import temporal_order
from embedkit.tasks.echo.capacity.trials import echo_capacity
from embedkit.tasks.echo.config import EchoCapacityOptions
from embedkit.tasks.execute.config import CurriculaOptions
from embedkit.tasks.execute.curricula.trials import compare_curricula
from embedkit.verification.measurement import _metrics, _trials
from tests.made import made_once


def make(folder: Path) -> None:
    runs = folder / "runs"
    echo = EchoCapacityOptions(cells=("gru",), hidden_sizes=(2,), delays=(1, 2), seeds=1, steps=2, held_out_length=40)
    echo_capacity(echo, runs / "echo-capacity", workers=1)
    gradient_lab(
        GradientsOptions(cells=("gru",), levels=("easy",), steps=4, held_out=20), runs / "gradients", workers=1
    )
    temporal_order(TemporalOrderOptions(levels=("easy",), seeds=1, epochs=0.1), runs / "temporal-order", workers=1)
    small = CurriculaOptions(length=1, nesting=1, steps=1, seeds=1, evaluations=1, hidden_size=4, held_out=10)
    compare_curricula(small, runs / "curricula", workers=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "labs", make)


@pytest.fixture
def labs(made: Path, tmp_path: Path) -> Callable[[str], Run]:
    """A copy of an experiment, by its name."""

    def copied(name: str) -> Run:
        return Run(Path(shutil.copytree(made / "runs" / name, tmp_path / name)))

    return copied


def alter_trials(run: Run, alter: Callable[[list[dict[str, Any]]], object]) -> Run:
    """The run with its trials altered in place."""
    trials = run.trials
    alter(trials)
    (run.path / "trials.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in trials), encoding="utf-8")
    return Run(run.path)


@pytest.mark.parametrize("name", ["echo-capacity", "gradients", "temporal-order", "curricula"])
def test_figures_that_do_not_follow_from_the_trials_are_found(labs: Callable[[str], Run], name: str) -> None:
    run = labs(name)
    assert _metrics(run, "metrics")[0] == MATCH
    assert _trials(run, "trials")[0] == UNCHECKED
    for key in run.metrics:
        altered = {**run.metrics, key: run.metrics[key] + 1}
        (run.path / "metrics.json").write_text(json.dumps(altered), encoding="utf-8")
        assert _metrics(Run(run.path), "metrics")[0] == DIFFERS, key
        (run.path / "metrics.json").write_text(json.dumps({**run.metrics, key: altered[key] - 1}), encoding="utf-8")


@pytest.mark.parametrize("name", ["echo-capacity", "gradients", "temporal-order", "curricula"])
def test_trials_that_are_not_those_of_the_options_are_found(labs: Callable[[str], Run], name: str) -> None:
    run = labs(name)
    kept = (run.path / "trials.jsonl").read_text(encoding="utf-8")
    for alter in (
        lambda trials: trials.pop(),
        lambda trials: trials.append(trials[0]),
        lambda trials: trials.append({**trials[0], "settings": {"seed": 99}}),
    ):
        altered = alter_trials(run, alter)
        assert _trials(altered, "trials") == (DIFFERS, "they are not the trials of its options, each once")
        assert _metrics(altered, "metrics")[0] == DIFFERS
        (run.path / "trials.jsonl").write_text(kept, encoding="utf-8")
    config = (run.path / "config.toml").read_text(encoding="utf-8").replace("seeds = 1", "seeds = 20")
    (run.path / "config.toml").write_text(config, encoding="utf-8")
    assert _trials(Run(run.path), "trials")[0] == DIFFERS


def planted(trials: list[dict[str, Any]]) -> None:
    trials[0]["result"]["norms"] = [1.0] * len(trials[0]["result"]["norms"])


def more_right_than_asked(trials: list[dict[str, Any]]) -> None:
    trials[0]["result"]["right"] = trials[0]["result"]["bits"] + 1


def fewer_programs(trials: list[dict[str, Any]]) -> None:
    trials[0]["result"]["n"] -= 1


def more_right_sequences(trials: list[dict[str, Any]]) -> None:
    trials[0]["result"]["test_right"] = trials[0]["result"]["test_sequences"] + 1


@pytest.mark.parametrize(
    ("name", "alter"),
    [
        ("gradients", planted),
        ("echo-capacity", more_right_than_asked),
        ("curricula", fewer_programs),
        ("temporal-order", more_right_sequences),
    ],
)
def test_a_result_that_no_trial_can_have_is_found(
    labs: Callable[[str], Run], name: str, alter: Callable[[list[dict[str, Any]]], None]
) -> None:
    assert _trials(alter_trials(labs(name), alter), "trials")[0] == DIFFERS


def test_more_steps_than_the_options_give_are_found(labs: Callable[[str], Run]) -> None:
    run = labs("echo-capacity")
    config = (run.path / "config.toml").read_text(encoding="utf-8").replace("steps = 2", "steps = 1")
    (run.path / "config.toml").write_text(config, encoding="utf-8")
    assert _trials(Run(run.path), "trials")[0] == DIFFERS
