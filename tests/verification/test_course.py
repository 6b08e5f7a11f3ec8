"""The files that tell of a training agree with each other: command, options, history, provenance and figures."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification.course import _history, _provenance
from embedkit.verification.measurement import _metrics
from tests.command_line import Call


@pytest.fixture
def run(call: Call, trained: Path, tmp_path: Path) -> Callable[[str], Run]:
    """A copy of a trained run, by its name; its command is what it was trained by, and not that of the tests."""
    commands = {
        "spoken": "train speech --corpus formant-digits --name spoken --mels 12 --hidden-size 8 --layers 1 "
        "--held-out 20 --steps 3 --evaluations 1",
        "programs": "train execute --name programs --embedding-size 4 --hidden-size 8 --bottleneck-size 4 --steps 5 "
        "--batch-size 8 --held-out 20 --evaluations 1",
        "attentive": "train seq2seq --corpus=copy --attention dot --name attentive --pairs 200 --longest 3 "
        "--embedding-size 8 --hidden-size 8 --bottleneck-size 4 --steps 5 --evaluations 1",
        "captions": "train caption --name captions --channels 4 --code-size 8 --embedding-size 8 --hidden-size 8 "
        "--held-out 60 --batch-size 16 --steps 5 --evaluations 1",
    }

    def copied(name: str) -> Run:
        copy = Run(Path(shutil.copytree(trained / "runs" / name, tmp_path / "runs" / name)))
        copy.write_provenance({**copy.provenance, "command": f"embedkit {commands[name]}"})
        return copy

    return copied


def with_options(run: Run, **options: Any) -> Run:
    run.write_config({**run.config, "training": {**run.config["training"], **options}})
    return Run(run.path)


def with_provenance(run: Run, **values: Any) -> Run:
    run.write_provenance({**run.provenance, **values})
    return Run(run.path)


def with_history(run: Run, alter: Callable[[dict[str, Any]], None]) -> Run:
    lines = run.history
    for line in lines:
        alter(line)
    (run.path / "history.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return Run(run.path)


def with_metrics(run: Run, **values: Any) -> Run:
    run.write_metrics({**run.metrics, **values})
    return Run(run.path)


@pytest.mark.parametrize("name", ["spoken", "programs", "attentive", "captions"])
def test_an_honest_run_agrees_with_itself(run: Callable[[str], Run], name: str) -> None:
    honest = run(name)
    assert _metrics(honest, "metrics")[0] == MATCH
    result, why = _history(honest, "history")
    assert result == UNCHECKED
    assert why.endswith("; what it says agrees with the figures and the options")
    result, why = _provenance(honest, "provenance")
    assert result == UNCHECKED
    assert why.endswith("; command, seed and text agree with the options")


@pytest.mark.parametrize(
    "options",
    [{"held_out_speaker": "adam"}, {"learning_rate": 0.5}, {"seed": 7777}, {"weight_decay": 0.9}, {"steps": 3000}],
)
def test_options_that_the_command_does_not_give_are_found(run: Callable[[str], Run], options: dict[str, Any]) -> None:
    assert _provenance(with_options(run("spoken"), **options), "provenance")[0] == DIFFERS


@pytest.mark.parametrize(
    "values",
    [
        {"seed": 99},
        {"start_from": {"run": "famous"}},
        {"command": "embedkit train speech --corpus formant-digits --steps 30"},
        {"corpus": {"name": "the web"}},
        {"corpus": {"licence": "mine"}},
        {"corpus": {"citation": "Nobody 1900"}},
    ],
)
def test_a_provenance_that_is_not_that_of_the_options_is_found(
    run: Callable[[str], Run], values: dict[str, Any]
) -> None:
    honest = run("spoken")
    corpus = {**honest.provenance["corpus"], **values.get("corpus", {})}
    assert _provenance(with_provenance(honest, **{**values, "corpus": corpus}), "provenance")[0] == DIFFERS


def test_a_command_that_says_nothing_of_the_options_is_not_believed_and_no_difference(
    run: Callable[[str], Run],
) -> None:
    result, why = _provenance(with_provenance(run("spoken"), command="python mine.py"), "provenance")
    assert result == UNCHECKED
    assert why.startswith("a program started it")


@pytest.mark.parametrize(
    "values",
    [{"steps": 4}, {"tokens_seen": 987654321}, {"epochs": 12.0}, {"seconds": 1e-6}, {"tokens_per_second": 1e-3}],
)
def test_figures_of_the_course_that_are_not_those_of_the_history_are_found(
    run: Callable[[str], Run], values: dict[str, Any]
) -> None:
    assert _history(with_metrics(run("spoken"), **values), "history")[0] == DIFFERS


@pytest.mark.parametrize("key", ["humanity_seen", "humans_per_second", "sequences_seen"])
def test_a_figure_that_no_trainer_writes_is_found(run: Callable[[str], Run], key: str) -> None:
    result, why = _metrics(with_metrics(run("spoken"), **{key: 9}), "metrics")
    assert result == DIFFERS
    assert why == f"it says {key!r}, which is no figure of a recogniser"


@pytest.mark.parametrize(
    "values",
    [{"valid_nats_per_token": 0.001}, {"valid_word_error_rate": 0.001}, {"learning_rate": 0.5}, {"step": 999}],
)
def test_a_history_that_is_not_that_of_the_figures_is_found(run: Callable[[str], Run], values: dict[str, Any]) -> None:
    assert _history(with_history(run("spoken"), lambda line: line.update(values)), "history")[0] == DIFFERS


def test_validation_on_other_utterances_than_on_the_way_is_found(run: Callable[[str], Run]) -> None:
    """As where a speaker is held out whom it was trained on, by its command too, and all is measured anew."""
    honest = run("spoken")
    lines = with_history(honest, lambda line: line.update(valid_tokens=line["valid_tokens"] + 1))
    assert _history(lines, "history")[0] == DIFFERS


def test_a_share_of_counts_is_the_share_to_the_last_digit(run: Callable[[str], Run]) -> None:
    honest = run("spoken")
    rate = honest.metrics["test_word_error_rate"]
    assert rate > 0
    assert _metrics(with_metrics(honest, test_word_error_rate=rate * 0.9995), "metrics")[0] == DIFFERS
