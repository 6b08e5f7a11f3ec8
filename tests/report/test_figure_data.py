"""The data below a figure say what it shows: every line by its name, values and not the places where they are drawn."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from embedkit.analysis.intervals import Interval
from embedkit.analysis.organisation.columns import ColumnScore
from embedkit.report import render
from embedkit.report.figures import style as figures
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.figures.lines import Line, draw_lines
from embedkit.report.figures.organisation import score_bars
from embedkit.report.page import Report, Section
from embedkit.report.parts import Figure, Table
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
    named = [
        f"predicted, of what is possible beyond chance{end}" for end in ("", ", shuffled, least", ", shuffled, most")
    ]
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


def test_a_long_name_is_cut_at_the_axis_and_whole_in_the_data(rows_of: Callable[[Figure], Rows]) -> None:
    names = ["a" * 127 + "1", "a" * 127 + "2", "short"]
    bars = [Bar(name, 0.5, None, f"{name}\n50 %") for name in names]
    figure = interval_bars([("", bars)], names, axis="", description="", heading="", each="speaker")
    labels = figure.model.y_range.factors[::-1]
    assert labels == ["a" * 18 + "…" + "a" * 8 + "1", "a" * 18 + "…" + "a" * 8 + "2", "short"]
    rows = rows_of(figure)
    assert [row["speaker"] for row in rows] == names
    assert [row["at the pointer"] for row in rows] == ["50 %"] * 3


def test_names_that_are_cut_alike_are_told_apart() -> None:
    alike = [f"{'a' * 30}{middle}{'b' * 30}" for middle in "xyz"]
    labels = figures.axis_names([*alike, "$$x$$", "\u202eb"])
    assert len(set(labels)) == 5
    assert all(len(label) <= figures.LONGEST for label in labels)
    assert labels[3:] == ["$ $x$ $", r"\u202eb"]


PHONE = {"viewport": {"width": 375, "height": 800}}


def test_on_a_phone_a_table_and_its_titles_can_be_read(browser: Any, tmp_path: Path) -> None:
    bars = [Bar(name, 0.5, Interval(0.25, 0.75), f"{name}, 1 of 2") for name in ("one speaker", "another speaker")]
    title = "told, of what could be beyond chance or not"
    figure = interval_bars(
        [("", bars)],
        ["one speaker", "another speaker"],
        axis=title,
        description="two",
        heading="W" * 300,
        each="speaker",
    )
    columns = tuple(f"a heading of some length, {number}" for number in range(40))
    table = Table(columns, (tuple(str(number) for number in range(40)),))
    report = Report("phone", "a phone", (Section("one", "One", "", (table, figure)),))
    opened = open_file(browser, render(report, tmp_path / "page.html"), **PHONE)
    page = opened.page
    # The row of headings is there to be read aloud, and not to be seen.
    head = page.locator(".wide thead").bounding_box()
    assert (head["width"], head["height"]) == (1, 1)
    assert page.locator(".wide thead th").count() == 40
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    page.locator("#one-figure-1 summary").click()
    cell = page.locator("#one-figure-1 td", has_text="one speaker").first
    assert cell.bounding_box()["height"] < 32  # one line
    broken = page.evaluate("Bokeh.documents[0].roots()[0].below[0].axis_label")
    assert "\n" in broken
    assert broken.replace("\n", " ") == title
    assert page.locator("#one-figure-1 th").nth(1).inner_text() == title
    assert opened.complaints == []
    page.set_viewport_size({"width": 1400, "height": 800})
    for _ in range(200):  # the page allows nobody to wait by a function of his own
        if page.evaluate("Bokeh.documents[0].roots()[0].below[0].axis_label") == title:
            break
        page.wait_for_timeout(50)
    assert page.evaluate("Bokeh.documents[0].roots()[0].below[0].axis_label") == title
    page.close()


def test_what_goes_on_beyond_an_edge_has_a_shadow_there(browser: Any, tmp_path: Path) -> None:
    table = Table(tuple(f"column {number}" for number in range(40)), (tuple("1" for _ in range(40)),))
    sections = tuple(Section(f"s{number}", f"A section of a long name, {number}", "", (table,)) for number in range(12))
    opened = open_file(browser, render(Report("wide", "wide", sections), tmp_path / "page.html"))
    page = opened.page

    def edge(selector: str) -> float:
        """The darkest of a row of pixels at the right edge of what scrolls."""
        box = page.locator(selector).first.bounding_box()
        clip = {"x": box["x"] + box["width"] - 3, "y": box["y"] + 1, "width": 2, "height": 2}
        picture = Image.open(io.BytesIO(page.screenshot(clip=clip)))
        return float(np.asarray(picture.convert("L")).min())

    for selector in ("nav ul", "#s0 .scroll"):
        page.locator(selector).scroll_into_view_if_needed()
        before = edge(selector)
        page.locator(selector).evaluate("e => (e.scrollLeft = e.scrollWidth)")
        page.wait_for_timeout(100)
        assert before < edge(selector) - 20
    page.close()
