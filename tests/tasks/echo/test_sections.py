"""The report of an echo run, from figures made up by hand; and opened in a browser."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.files import write_text
from embedkit.report import render, run_report
from embedkit.report.page import Report
from embedkit.report.parts import Figure, Table
from embedkit.runs.artefacts import save_record
from embedkit.runs.folder import Run
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
    run.write_config(config)
    run.write_metrics(bits | effort)
    run.write_provenance(synthetic.lineage("embedkit train echo"))
    write_text(run.path / "history.jsonl", "".join(synthetic.history()))
    save_record(run.path / "scores" / "test.json", scored())
    return run


def test_the_first_page_stands_beside_what_can_be_had_without_a_memory(echoing: Run) -> None:
    brief = run_report(echoing).brief
    assert brief is not None
    kept, alone = (finding.measure for finding in brief.results[:2])
    assert kept is not None
    assert alone is not None
    assert kept.baseline == pytest.approx(0.75, abs=0.002)  # half of three positions in six
    assert (kept.value, alone.baseline) == (1.0, 0.5)
    assert "a signal of bits 3 steps later" in brief.results[0].plain
    assert "Counted over 4,776 bits" in brief.trust[0].plain
    assert all("Of these" not in finding.in_plain_words for finding in brief.results)  # the strip is no result


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
    assert "that repeats a binary signal 3 steps later" in report.summary
    (table,) = parts(report, "echo-positions", Table)
    assert table.rows[0][:3] == ("all", "4,776", "100.0 %")
    assert len(table.rows) == 7
    (figure,) = parts(report, "echo-strip", Figure)
    assert "Strip of 60 steps" in figure.description
    assert "0 wrong with the state carried" in figure.description


@pytest.mark.browser
def test_it_opens_without_a_complaint(echoing: Run, browser: Any, tmp_path: Path) -> None:
    file = render(run_report(echoing), tmp_path / "echoing.html")
    for width in (1280, 390):
        opened = open_file(browser, file, viewport={"width": width, "height": 900})
        assert opened.complaints == []
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.page.locator(".figure .plot[data-drawn=yes]").count() >= 3
        opened.page.close()


def test_every_figure_of_the_echoing_has_a_title_and_named_axes(echoing: Run) -> None:
    assert untitled(run_report(echoing)) == []
