"""The report about writing with a language model."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from embedkit.errors import ReportError, RunError
from embedkit.report import render
from embedkit.report.page import Report
from embedkit.report.parts import Paragraph, Table
from embedkit.report.recipes import load_recipe
from embedkit.report.rendering import to_html
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run
from embedkit.tasks.writing.findings import finding
from embedkit.tasks.writing.score import KEYPAD_SCORES
from embedkit.tasks.writing.sections import writing_report
from tests.report import synthetic
from tests.report.opening import open_file
from tests.tasks.writing import synthetic_writing


@pytest.fixture
def writing(run: Run, tmp_path: Path) -> Run:
    """A language model's run that was evaluated on the keypad."""
    copied = Run(Path(shutil.copytree(run.path, tmp_path / "model")))
    synthetic_writing.keep(copied)
    return copied


def parts(report: Report, section: str) -> tuple[Any, ...]:
    return next(each.parts for each in report.sections if each.name == section)


def test_it_has_the_recipes_sections_in_order(writing: Run) -> None:
    names = [section.name for section in writing_report(writing).sections]
    assert names == [entry.name for entry in load_recipe("writing", section_specs()).sections]
    assert names == ["keypad", "offers", "samples", "provenance"]


def test_figures_carry_denominators_and_intervals(writing: Run) -> None:
    shown = parts(writing_report(writing), "keypad")
    headlines = writing_report(writing).headlines
    assert [item.name for item in headlines.items][:2] == ["right first in context", "right first by frequency"]
    assert "of 600 words" in headlines.items[0].detail
    assert "30 of 630 words are out of vocabulary" in headlines.items[3].detail
    figures = [part for part in shown if isinstance(part, Table) and part.columns[0] == "Ranking"]
    assert [table.heading for table in figures] == ["Validation text", "Test text"]
    assert [row[0] for row in figures[0].rows] == ["by frequency", "in context", "difference"]


@pytest.mark.parametrize(
    ("context", "frequency", "said"),
    [(0.97, 0.8, "more, and more than chance"), (0.8, 0.97, "fewer"), (0.9, 0.9, "no difference to speak of")],
)
def test_the_finding_says_what_the_figures_can(
    run: Run, tmp_path: Path, context: float, frequency: float, said: str
) -> None:
    made = Run(tmp_path / "made")
    synthetic_writing.keep(made, context=context, frequency=frequency)
    score = KEYPAD_SCORES.load_or_none(made, "valid")
    assert score is not None
    assert said in finding(score)


def test_the_first_page_says_what_knowing_the_words_before_is_worth(writing: Run) -> None:
    brief = writing_report(writing).brief
    assert brief is not None
    score = KEYPAD_SCORES.load_or_none(writing, "test")
    assert score is not None
    first = next(finding for finding in brief.results if "which word is meant by its keys" in finding.plain)
    assert first.measure is not None
    assert first.measure.baseline == score.by_frequency.first / 600
    assert first.measure.interval is not None
    assert first.measure.interval.low > first.measure.baseline
    keys = next(finding for finding in brief.results if finding.plain.startswith("It saves keys"))
    assert keys.measure is not None
    assert (keys.measure.value, keys.measure.best) == (score.in_context.kspc, 1.0)
    assert "4.8 % of the words that were drawn are not in its vocabulary" in brief.trust[0].plain  # 30 of 630


def test_what_was_not_evaluated_is_left_out(run: Run, writing: Run) -> None:
    assert [section.name for section in writing_report(run).sections] == ["samples", "provenance"]
    with pytest.raises(ReportError, match="has nothing that this recipe shows"):
        writing_report(synthetic.word2vec_run(writing.path.parent / "vectors"))


def test_a_damaged_sheet_is_named(writing: Run) -> None:
    path = writing.path / "keypad" / "valid.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "passages": "many"}))
    with pytest.raises(RunError, match=r"valid\.json: damaged"):
        writing_report(writing)


def test_hostile_words_stay_text(writing: Run) -> None:
    html = to_html(writing_report(writing))
    for hostile in synthetic.HOSTILE[:2]:
        assert hostile not in html
    told = [part.text for part in parts(writing_report(writing), "keypad") if isinstance(part, Paragraph)]
    assert any("MacKenzie" in text for text in told)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_it_opens_in_a_browser_without_a_complaint(writing: Run, browser: Any, tmp_path: Path, width: int) -> None:
    file = render(writing_report(writing), tmp_path / "writing.html")
    opened = open_file(browser, file, viewport={"width": width, "height": 900})
    assert opened.complaints == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.locator("#keypad canvas").count() >= 2
    assert opened.page.locator("#offers td", has_text="(none)").count() == 1
    opened.page.close()
