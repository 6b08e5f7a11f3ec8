"""The report of gradients followed back, from figures made up by hand; and opened in a browser."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.files import write_text
from embedkit.report import render, run_report
from embedkit.report.page import Report
from embedkit.report.parts import Paragraph
from embedkit.runs.folder import Run
from embedkit.tasks.classify.gradients.findings import longest_learned_level
from embedkit.tasks.classify.gradients.score import trainings
from tests.report import synthetic
from tests.report.opening import open_file
from tests.report.titled import untitled


def trial(settings: dict, result: dict) -> str:
    return json.dumps({"settings": settings, "result": result, "seconds": 1.0}) + "\n"


def parts(report: Report, section: str, kind: type) -> list[Any]:
    return [part for each in report.sections if each.name == section for part in each.parts if isinstance(part, kind)]


@pytest.fixture(scope="module")
def gradients(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "gradients")
    options = {"steps": 20, "probes": 64, "gain": 1.5, "clip": 1.0}
    run.write_config({"kind": "lab", "lab": "gradients", "options": options})
    run.write_metrics({"trials": 11, "seconds": 30.0})
    run.write_provenance(synthetic.lineage("embedkit lab gradients"))
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


def test_the_gradients_finding_is_computed(gradients: Run) -> None:
    report = run_report(gradients)
    findings = {section.name: section.finding for section in report.sections}
    flow = findings["gradients-flow"]
    assert "plain RNN loses 0.97 powers of ten" in flow  # 10 · log₁₀ 0.8
    assert "LSTM loses 0.13 powers of ten" in flow  # 10 · log₁₀ 0.97
    assert "the largest relative error is 0" in findings["gradients-textbook"]
    clipped = parts(report, "gradients-clipping", Paragraph)[0].text
    assert "without clipping the largest norm is" in clipped


def test_the_first_page_holds_a_cell_against_the_plain_one(gradients: Run) -> None:
    brief = run_report(gradients).brief
    assert brief is not None
    passed = next(finding for finding in brief.results if "passes more of the gradient" in finding.plain)
    assert "ten steps back 74 % of it is left, in the plain RNN 11 %" in passed.plain  # 0.97 and 0.8 to the tenth
    assert passed.measure is not None
    assert passed.measure.baseline == pytest.approx(0.8**10)
    assert "planted matrices" in brief.trust[0].plain
    assert "Whether cutting the gradient helps" in brief.unanswered[-1].plain  # 200 of 256 with it and without


def test_the_level_over_training_is_the_longest_that_was_learned(gradients: Run) -> None:
    networks = [each for each in trainings(gradients.trials) if each.gain == 1]
    assert longest_learned_level(networks) == "easy"  # 64 of 256 is chance


@pytest.mark.browser
def test_it_opens_without_a_complaint(gradients: Run, browser: Any, tmp_path: Path) -> None:
    file = render(run_report(gradients), tmp_path / "gradients.html")
    for width in (1280, 390):
        opened = open_file(browser, file, viewport={"width": width, "height": 900})
        assert opened.complaints == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.page.locator(".figure .plot[data-drawn=yes]").count() >= 3
        opened.page.close()


def test_every_figure_of_the_gradients_has_a_title_and_named_axes(gradients: Run) -> None:
    assert untitled(run_report(gradients)) == []
