"""The report of how long an echo is learned, from figures made up by hand; and opened in a browser."""

import json
from pathlib import Path
from typing import Any

import pytest

from embedkit.files import write_text
from embedkit.report import render, run_report
from embedkit.report.page import Report
from embedkit.report.parts import Table
from embedkit.runs.folder import Run
from tests.report import synthetic
from tests.report.opening import open_file
from tests.report.titled import untitled


def trial(settings: dict, result: dict) -> str:
    return json.dumps({"settings": settings, "result": result, "seconds": 1.0}) + "\n"


def parts(report: Report, section: str, kind: type) -> list[Any]:
    return [part for each in report.sections if each.name == section for part in each.parts if isinstance(part, kind)]


@pytest.fixture(scope="module")
def capacity(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "echo-capacity")
    options = {"seeds": 2, "steps": 600, "batch_size": 32, "chunk": 24, "delays": [1, 4, 8]}
    run.write_config({"kind": "lab", "lab": "echo-capacity", "options": options})
    run.write_metrics({"trials": 36, "seconds": 36.0})
    run.write_provenance(synthetic.lineage("embedkit lab echo-capacity"))
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


def test_the_capacity_is_of_the_median_seed(capacity: Run) -> None:
    report = run_report(capacity)
    (table,) = parts(report, "echo-capacity", Table)
    # With 8 units and seed 1 delays of up to 7 were learned, with seed 2 of up to 8.
    assert table.rows[1][:4] == ("LSTM", "8", "6", "4, 8")
    text = report.sections[0].finding
    assert "LSTM with 8 units 6 steps" in text


def test_the_first_page_says_which_cell_learned_how_long_an_echo(capacity: Run) -> None:
    brief = run_report(capacity).brief
    assert brief is not None
    sentence = "An LSTM of 8 units learns to repeat bits after 6 steps, in the middle one of 2 trainings, which went "
    assert brief.results[0].plain == f"{sentence}from 4 steps to 8 steps."
    measure = brief.results[0].measure
    assert measure is not None
    assert measure.places == (0.5, 0.75, 1.0)  # 4, 6 and 8 of the 8 steps that were tried
    assert len(brief.results) == 3
    assert "echoes of more than 8 steps were not tried" in brief.trust[0].plain


@pytest.mark.browser
def test_it_opens_without_a_complaint(capacity: Run, browser: Any, tmp_path: Path) -> None:
    file = render(run_report(capacity), tmp_path / "capacity.html")
    for width in (1280, 390):
        opened = open_file(browser, file, viewport={"width": width, "height": 900})
        assert opened.complaints == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.page.locator(".figure .plot[data-drawn=yes]").count() >= 3
        opened.page.close()


def test_every_figure_of_the_capacity_has_a_title_and_named_axes(capacity: Run) -> None:
    assert untitled(run_report(capacity)) == []
