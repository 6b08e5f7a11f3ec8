"""The data below a figure say what it shows: every line by its name, values and not the places where they are drawn."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedkit.analysis.intervals import Interval
from embedkit.report import render
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.page import Report, Section
from embedkit.report.parts import Figure
from tests.report.opening import open_file

pytestmark = pytest.mark.browser

Rows = list[dict[str, str]]


@pytest.fixture
def rows_of(browser: Any, tmp_path: Path) -> Iterator[Callable[[Figure], Rows]]:
    """The CSV of a figure, and the page stays as it was opened last."""
    pages = []

    def rows_of(figure: Figure) -> Rows:
        report = Report("data", "a figure", (Section("one", "One", "", (figure,)),))
        opened = open_file(browser, render(report, tmp_path / "page.html"))
        pages.append(opened.page)
        with opened.page.expect_download() as download:
            opened.page.locator("#one-figure-1 .figure-tools").get_by_text("CSV", exact=True).click()
        text = Path(download.value.path()).read_bytes().decode("utf-8")
        assert opened.complaints == []
        return list(csv.DictReader(io.StringIO(text, newline="")))

    yield rows_of
    for page in pages:
        page.close()


def test_a_rate_above_one_is_in_the_data_and_in_the_frame(rows_of: Callable[[Figure], Rows]) -> None:
    bars = [Bar("first", 1.25, Interval(1.0, 1.75), "125 %"), Bar("second", 0.5, Interval(0.25, 0.75), "50 %")]
    figure = interval_bars([("", bars)], ["first", "second"], axis="wrong", description="two bars", heading="Two")
    assert 1.75 < figure.model.x_range.end < 2
    rows = rows_of(figure)
    assert [(row["wrong"], row["wrong, low end"], row["wrong, high end"]) for row in rows] == [
        ("1.25", "1", "1.75"),
        ("0.5", "0.25", "0.75"),
    ]


def test_the_axis_of_shares_ends_at_all_of_them() -> None:
    bars = [Bar("first", 0.98, Interval(0.9, 1.0), "98 %")]
    assert interval_bars([("", bars)], ["first"], axis="", description="", heading="").model.x_range.end == 1
