"""The reports of an echo run, of how long an echo is learned, and of gradients; each opened in a browser."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.files import write_text
from embedkit.report import render, run_report
from embedkit.report.page import Report
from embedkit.report.parts import Figure, Paragraph, Table
from embedkit.runs.artefacts import save_record
from embedkit.runs.folder import Run
from embedkit.tasks.classify.gradients.sections import longest_learned_level
from embedkit.tasks.echo.data import EchoSeries
from embedkit.tasks.echo.score import score_echo
from embedkit.tasks.echo.sections import finding
from tests.report import synthetic
from tests.report.opening import open_file
from tests.report.titled import untitled


def parts(report: Report, section: str, kind: type) -> list[Any]:
    return [part for each in report.sections if each.name == section for part in each.parts if isinstance(part, kind)]


def scored(delay: int = 3, chunk: int = 6):
    """All right with the state carried; reset, the positions below the delay are guessed."""
    rng = np.random.default_rng(0)
    series = EchoSeries(rng.integers(2, size=(600, 8), dtype=np.uint8), delay)
    carried = series.targets.astype(float)
    guessed = np.arange(600) % chunk < delay
    reset = np.where(guessed[:, None], rng.random((600, 8)), carried)
    return score_echo("echo/test", series, chunk, carried, reset, trained_carried=True)


def write_run(run: Run, config: dict, metrics: dict) -> None:
    run.write_config(config)
    run.write_metrics(metrics)
    run.write_provenance(synthetic.lineage("embedkit train echo"))


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "echo")
    config = {
        "kind": "echo",
        "model": {"cell": "gru", "layers": 1, "hidden_size": 32},
        "training": {"delay": 3, "chunk": 6, "carry_state": True},
    }
    bits = {f"{split}_{key}": value for split in ("valid", "test") for key, value in (("right", 4700), ("bits", 4776))}
    effort = {"test_nats_per_bit": 0.01, "parameters": 3_393, "bits_seen": 96_000, "steps": 300, "seconds": 2.0}
    write_run(run, config, bits | effort)
    write_text(run.path / "history.jsonl", "".join(synthetic.history()))
    save_record(run.path / "scores" / "test.json", scored())
    return run


def trial(settings: dict, result: dict) -> str:
    import json

    return json.dumps({"settings": settings, "result": result, "seconds": 1.0}) + "\n"


@pytest.fixture(scope="module")
def capacity(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "echo-capacity")
    options = {"seeds": 2, "steps": 600, "batch_size": 32, "chunk": 24, "delays": [1, 4, 8]}
    write_run(run, {"kind": "lab", "lab": "echo-capacity", "options": options}, {"trials": 36, "seconds": 36.0})
    lines = [
        trial(
            {"cell": cell, "hidden_size": size, "delay": delay, "seed": seed},
            {"right": 1000 if delay <= size + seed - 2 else 600, "bits": 1000},
        )
        for cell in ("lstm", "gru", "rnn-tanh")
        for size in (2, 8)
        for delay in (1, 4, 8)
        for seed in (1, 2)
    ]
    write_text(run.path / "trials.jsonl", "".join(lines))
    return run


@pytest.fixture(scope="module")
def gradients(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "gradients")
    options = {"steps": 20, "probes": 64, "gain": 1.5, "clip": 1.0}
    write_run(run, {"kind": "lab", "lab": "gradients", "options": options}, {"trials": 11, "seconds": 30.0})
    lines = [trial({"planted": ratio}, {"norms": (ratio ** np.arange(61)).tolist()}) for ratio in (0.5, 1.0, 1.5)]
    for level, length, right in (("easy", 7, 200), ("hard", 100, 64)):
        for cell, ratio, gain, clip in (
            ("rnn-tanh", 0.8, 1.0, 1.0),
            ("lstm", 0.97, 1.0, 1.0),
            ("rnn-tanh", 1.1, 1.5, 1.0),
            ("rnn-tanh", 1.1, 1.5, None),
        ):
            norms = (ratio ** np.arange(length)).tolist()
            gates = ("input", "forget", "candidate", "output") if cell == "lstm" else ("candidate",)
            snapshots = [
                {
                    "step": step,
                    "hidden": norms,
                    "cell": norms[1:] if cell == "lstm" else None,
                    "radii": dict.fromkeys(gates, 1 + step / 100),
                    "right": right,
                    "n": 256,
                }
                for step in (0, 10, 20)
            ]
            norms_by_step = (3.0 * gain ** np.arange(20)).tolist()
            settings = {"cell": cell, "level": level, "seed": 1, "clip": clip, "gain": gain}
            lines.append(trial(settings, {"snapshots": snapshots, "norms": norms_by_step, "diverged": None}))
    write_text(run.path / "trials.jsonl", "".join(lines))
    return run


def test_the_finding_says_what_was_measured_and_what_can_be_had() -> None:
    text = finding(scored())
    assert "100.0 % of 4,776 bits are right" in text
    assert "3 of the first 3 positions have 50 % in their interval, and 3 of the other 3 are above 95 %" in text
    assert "no gradient ever reached the bit due" in finding(scored(delay=6))


def test_an_echo_report_draws_positions_and_a_strip(echoing: Run) -> None:
    report = run_report(echoing)
    assert [section.name for section in report.sections] == [
        "echo-positions",
        "echo-strip",
        "echo-learning",
        "provenance",
    ]
    assert "that gives a binary signal back 3 steps later" in report.summary
    (table,) = parts(report, "echo-positions", Table)
    assert table.rows[0][:3] == ("all", "4,776", "100.0 %")
    assert len(table.rows) == 7
    (figure,) = parts(report, "echo-strip", Figure)
    assert "Strip of 60 steps" in figure.description
    assert "0 wrong with the state carried" in figure.description


def test_the_capacity_is_of_the_median_seed(capacity: Run) -> None:
    report = run_report(capacity)
    (table,) = parts(report, "echo-capacity", Table)
    # With 8 units and seed 1 delays of up to 7 were learned, with seed 2 of up to 8.
    assert table.rows[1][:4] == ("LSTM", "8", "6", "4, 8")
    text = report.sections[0].finding
    assert "LSTM with 8 units 6 steps" in text


def test_the_gradients_finding_is_computed(gradients: Run) -> None:
    report = run_report(gradients)
    findings = {section.name: section.finding for section in report.sections}
    flow = findings["gradients-flow"]
    assert "RNN-TANH loses 0.97 powers of ten" in flow  # 10 · log₁₀ 0.8
    assert "LSTM loses 0.13 powers of ten" in flow  # 10 · log₁₀ 0.97
    assert "the largest relative error is 0" in findings["gradients-textbook"]
    clipped = parts(report, "gradients-clipping", Paragraph)[0].text
    assert "without clipping the largest norm is" in clipped


def test_the_level_over_training_is_the_longest_that_was_learned(gradients: Run) -> None:
    from embedkit.tasks.classify.gradients.score import trainings

    networks = [each for each in trainings(gradients.trials) if each.gain == 1]
    assert longest_learned_level(networks) == "easy"  # 64 of 256 is chance


@pytest.mark.browser
@pytest.mark.parametrize("which", ["echoing", "capacity", "gradients"])
def test_each_report_opens_without_a_complaint(
    which: str, browser: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = render(run_report(request.getfixturevalue(which)), tmp_path / f"{which}.html")
    for width in (1280, 390):
        opened = open_file(browser, file, viewport={"width": width, "height": 900})
        assert opened.complaints == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.page.locator(".figure .plot[data-drawn=yes]").count() >= 3
        opened.page.close()


def test_every_figure_of_the_capacity_has_a_title_and_named_axes(capacity: Run) -> None:
    assert untitled(run_report(capacity)) == []


def test_every_figure_of_the_echoing_has_a_title_and_named_axes(echoing: Run) -> None:
    assert untitled(run_report(echoing)) == []


def test_every_figure_of_the_gradients_has_a_title_and_named_axes(gradients: Run) -> None:
    assert untitled(run_report(gradients)) == []
