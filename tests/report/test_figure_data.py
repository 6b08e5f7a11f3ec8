"""The data below a figure say what it shows: every line by its name, values and not the places where they are drawn."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.intervals import Interval
from embedkit.analysis.organisation.columns import ColumnScore
from embedkit.report import render
from embedkit.report.figures import style as figures
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.figures.lines import Line, draw_lines
from embedkit.report.figures.organisation import score_bars
from embedkit.report.page import Report, Section
from embedkit.report.parts import Figure
from embedkit.tasks.speech.hearing import Hearing
from embedkit.tasks.speech.hearing_figure import hearing_figure
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


def hearing(labels: tuple[str, ...], posterior: np.ndarray, borders: np.ndarray) -> Hearing:
    return Hearing(
        name="test-0",
        spectrogram=np.arange(12, dtype=np.float32).reshape(4, 3),
        labels=labels,
        posterior=posterior.astype(np.float32),
        spoken=(),
        starts=np.zeros(0),
        stops=np.zeros(0),
        words=("one",) * len(borders),
        borders=borders,
        step=0.5,
        hop=0.25,
        samples=np.zeros(8, dtype=np.int16),
        rate=8,
    )


def test_what_was_heard_is_the_probability_of_each_label(rows_of: Callable[[Figure], Rows]) -> None:
    posterior = np.array([[0.75, 0.125, 0.125], [0.25, 0.5, 0.25]])
    rows = rows_of(hearing_figure(hearing(("", "one", "two"), posterior, np.array([[0.25, 0.75]])), "Heard"))
    assert sorted(tuple(row.values()) for row in rows) == [
        ("blank", "0.25", "0.75"),
        ("blank", "0.75", "0.25"),
        ("border of a word", "0.25", ""),
        ("border of a word", "0.75", ""),
        ("one", "0.25", "0.125"),
        ("one", "0.75", "0.5"),
        ("two", "0.25", "0.125"),
        ("two", "0.75", "0.25"),
    ]


def test_lines_that_nothing_names_are_numbered_and_none_is_lost(rows_of: Callable[[Figure], Rows]) -> None:
    plot = figures.blank(height=200, x_range=figures.extent(0, 2), y_range=figures.extent(0, 9))
    for value in (3.0, 5.0):
        plot.line("x", "y", source=figures.source({"x": [0, 1], "y": [value, value + 1]}))
    rows = rows_of(Figure(plot, "two lines", height=200))
    assert [tuple(row.values()) for row in rows] == [
        ("1", "0", "3"),
        ("1", "1", "4"),
        ("2", "0", "5"),
        ("2", "1", "6"),
    ]


def test_a_line_and_its_whiskers_are_one_row_by_the_name_of_the_line(rows_of: Callable[[Figure], Rows]) -> None:
    plot = figures.blank(height=200, x_range=figures.extent(0, 2), y_range=figures.extent(0, 1))
    curves = [
        Line("LSTM", "series-1", [1, 2], [0.5, 0.75], ["", ""], [Interval(0.25, 0.625), None], series="LSTM, before"),
        Line("LSTM", "series-1", [1, 2], [0.875, 1.0], ["", ""], series="LSTM, after", dash="dashed"),
    ]
    draw_lines(plot, curves)
    rows = rows_of(Figure(plot, "two lines", height=200, legend=(("LSTM", "series-1"),)))
    assert [tuple(row.values()) for row in rows] == [
        ("LSTM, before", "1", "0.5", "0.25", "0.625"),
        ("LSTM, before", "2", "0.75", "", ""),
        ("LSTM, after", "1", "0.875", "", ""),
        ("LSTM, after", "2", "1", "", ""),
    ]


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


def test_what_shuffled_values_give_is_in_the_data(rows_of: Callable[[Figure], Rows]) -> None:
    interval, control = Interval(0.25, 0.75), Interval(-0.125, 0.0625)
    scores = {"value": 0.5, "score": 0.5, "chance": 0.0}
    column = ColumnScore("topic", "number", 9, 0, 9, 3, **scores, interval=interval, control=control)
    (row,) = rows_of(score_bars([column], heading="Columns"))
    named = [f"told, of what could be beyond chance{end}" for end in ("", ", shuffled, least", ", shuffled, most")]
    assert [row[name] for name in named] == ["0.5", "-0.125", "0.0625"]
    assert "series" not in row  # the row is of both that the legend names


@pytest.mark.parametrize("points", [1, 2])
def test_a_line_of_one_point_is_marked(points: int) -> None:
    plot = figures.blank(height=200, x_range=figures.extent(0, 2), y_range=figures.extent(0, 1))
    tips = [""] * points
    draw_lines(plot, [Line("a", "series-1", range(points), [0.5] * points, tips, marked=False)])
    marks = [each for each in plot.renderers if each.glyph.__class__.__name__ == "Scatter" and each.glyph.line_alpha]
    assert len(marks) == (1 if points == 1 else 0)
    assert all(mark.glyph.size == 7 for mark in marks)
