"""Below every figure: a link to it, its data, and the picture, in a real Chromium."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from embedkit.analysis.intervals import Interval
from embedkit.analysis.organisation.columns import ColumnScore
from embedkit.report import render
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.figures.organisation import score_bars
from embedkit.report.page import Report, Section
from embedkit.runs.folder import Run
from embedkit.spaces.stored import load_run_space
from tests.report.opening import Opened, colour_by_frequency, open_file
from tests.report.synthetic import HOSTILE

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser: Any, report_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, report_file)
    yield opened
    opened.page.close()


def saved(page: Any, chart: str, button: str) -> Any:
    with page.expect_download() as download:
        page.locator(f"#{chart} .figure-tools").get_by_text(button, exact=True).click()
    return download.value


def table(page: Any, chart: str) -> list[dict[str, str]]:
    text = Path(saved(page, chart, "CSV").path()).read_bytes().decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_figure_has_its_tools_and_an_address(opened: Opened) -> None:
    page = opened.page
    charts = page.locator(".chart")
    assert charts.count() == page.locator(".plot").count()
    named = [chart.get_attribute("id") for chart in charts.all()]
    assert {"curves-figure-1", "map-figure-1"} <= set(named)
    assert len(set(named)) == len(named)
    for chart in charts.all():
        assert chart.locator(".figure-tools a").get_attribute("href") == f"#{chart.get_attribute('id')}"
        assert chart.locator(".figure-tools button").all_inner_texts() == ["CSV", "PNG", "SVG"]


def test_the_data_of_the_curves_are_those_of_the_run(opened: Opened, run: Run) -> None:
    rows = table(opened.page, "curves-figure-1")
    assert set(rows[0]) == {"series", "million tokens seen", "nats per word token"}
    expected = {
        (name, line["tokens_seen"] / 1e6, line[f"{key}_nats_per_token"])
        for name, key in (("train", "train"), ("validation", "valid"))
        for line in run.history
        if line.get(f"{key}_nats_per_token") is not None
    }
    named = {(row["series"], float(row["million tokens seen"]), float(row["nats per word token"])) for row in rows}
    assert named == expected


def test_the_data_of_a_map_are_all_its_words_exactly(opened: Opened, run: Run) -> None:
    colour_by_frequency(opened.page)
    rows = table(opened.page, "map-figure-1")
    space = load_run_space(run, "input")
    # What a spreadsheet would take for a formula is made text by an apostrophe.
    words = [row["word"].removeprefix("'") for row in rows]
    assert words == list(space.labels[: len(rows)])
    assert set(HOSTILE) <= set(words)
    assert {row["word"] for row in rows} - set(words) == {"'=cmd|' /C calc'!A0", "'@{tip}{safe}"}
    x = opened.page.evaluate("Bokeh.documents.map(d => d.get_model_by_name('points')).find(m => m).data.x[0]")
    assert float(rows[-1]["x"]) == pytest.approx(x)  # the rarest is drawn first


def test_bars_and_their_intervals_are_one_row(browser: Any, tmp_path: Path) -> None:
    bars = [Bar("first", 0.25, Interval(0.125, 0.5), "25 %"), Bar("second", 0.75, None, "75 %")]
    figure = interval_bars([("", bars)], ["first", "second"], axis="share", description="two bars", heading="Two")
    report = Report("bars", "two bars", (Section("both", "Bars", "", (figure,)),))
    page = open_file(browser, render(report, tmp_path / "bars.html")).page
    rows = table(page, "both-figure-1")
    assert [row["category"] for row in rows] == ["first", "second"]
    assert [row["share"] for row in rows] == ["0.25", "0.75"]
    assert [row["share, low end"] for row in rows] == ["0.125", ""]
    assert [row["share, high end"] for row in rows] == ["0.5", ""]
    page.close()


def test_bars_of_one_table_are_one_row_wherever_they_lie(browser: Any, tmp_path: Path) -> None:
    low, high = Interval(-0.5, 0.75), Interval(-0.625, 0.125)
    columns = [
        ColumnScore(name, "number", 9, 0, 9, 3, value=score, score=score, chance=0.0, interval=low, control=high)
        for name, score in (("first", 0.5), ("second", 0.375))
    ]
    figure = score_bars(columns, heading="Columns")
    report = Report("columns", "two columns", (Section("both", "Columns", "", (figure,)),))
    opened = open_file(browser, render(report, tmp_path / "columns.html"))
    rows = table(opened.page, "both-figure-1")
    score = "predicted, of what is possible beyond chance"
    assert [(row["column"], row[score], row[f"{score}, low end"], row[f"{score}, high end"]) for row in rows] == [
        ("first", "0.5", "-0.5", "0.75"),  # farther than it is drawn
        ("second", "0.375", "-0.5", "0.75"),
    ]
    assert opened.complaints == []
    opened.page.close()


def test_the_data_are_a_table_too_and_hostile_words_stay_text(opened: Opened) -> None:
    page = opened.page
    page.locator("#map-figure-1 summary").click()
    cells = page.locator("#map-figure-1 .figure-data td .word")
    cells.first.wait_for()
    assert HOSTILE[0] in cells.all_text_contents()
    assert page.locator("#map-figure-1 .figure-data tr").count() == 1 + page.locator(".figure-data tbody tr").count()
    assert page.locator("img, iframe, object, embed").count() == 0
    assert opened.complaints == []


def test_a_figure_is_saved_as_a_picture_of_pixels(opened: Opened, tmp_path: Path) -> None:
    download = saved(opened.page, "curves-figure-1", "PNG")
    assert download.suggested_filename.endswith("curves-figure-1.png")
    download.save_as(tmp_path / "curves.png")
    pixels = np.asarray(Image.open(tmp_path / "curves.png").convert("RGB"))
    assert pixels.shape[1] > 800
    # The page's surface behind it, and the blue of the validation curve in it.
    assert tuple(pixels[2, 2]) == (255, 255, 255)
    assert (np.abs(pixels.astype(int) - (0x2A, 0x5F, 0xD3)).max(axis=2) < 8).sum() > 200


def test_a_figure_is_saved_as_a_picture_of_lines(opened: Opened, tmp_path: Path) -> None:
    download = saved(opened.page, "curves-figure-1", "SVG")
    download.save_as(tmp_path / "curves.svg")
    root = ElementTree.parse(tmp_path / "curves.svg").getroot()
    texts = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Loss by tokens seen", "train", "validation", "nats per word token"} <= set(texts)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 4
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))


def test_a_picture_of_a_map_with_hostile_words_is_sound_and_runs_nothing(opened: Opened, tmp_path: Path) -> None:
    page = opened.page
    page.fill("#map-search", HOSTILE[0])
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    saved(page, "map-figure-1", "SVG").save_as(tmp_path / "map.svg")
    root = ElementTree.parse(tmp_path / "map.svg").getroot()
    names = {node.tag.rsplit("}")[-1] for node in root.iter()}
    assert names <= {"svg", "g", "defs", "clipPath", "path", "rect", "text", "circle", "image", "style"}
    assert any(HOSTILE[0][:15] in "".join(node.itertext()) for node in root.iter() if node.tag.endswith("text"))


def test_a_picture_is_well_formed_whatever_its_labels(browser: Any, tmp_path: Path) -> None:
    label = "a\x01\x0b\x1f\ufffeb"
    bars = [Bar(label, 0.25, None, "25 %"), Bar("second", 0.75, None, "75 %")]
    figure = interval_bars([("", bars)], [label, "second"], axis="share", description="two bars", heading="Two\x02")
    report = Report("bars", "two bars", (Section("both", "Bars", "", (figure,)),))
    page = open_file(browser, render(report, tmp_path / "bars.html")).page
    page.evaluate("document.querySelector('#both-figure-1 h3').textContent += '\\ud800'")
    saved(page, "both-figure-1", "SVG").save_as(tmp_path / "bars.svg")
    texts = list(ElementTree.parse(tmp_path / "bars.svg").getroot().itertext())
    assert "a\\x01\\x0b\\x1f\ufffdb" in texts
    assert "Two\\x02\ufffd" in texts
    page.close()


def test_a_name_that_turns_the_writing_round_turns_nothing_in_a_figure(browser: Any, tmp_path: Path) -> None:
    name = "\u202egnol"
    bars = [Bar(name, 0.25, None, f"{name}\n25 %"), Bar("second", 0.75, None, "75 %")]
    bar_chart = interval_bars([(name, bars)], [name, "second"], axis=name, description=name, heading=name)
    report = Report(name, name, (Section("both", name, "", (bar_chart,)),))
    opened = open_file(browser, render(report, tmp_path / "bars.html"))
    page = opened.page
    rows = table(page, "both-figure-1")
    assert r"\u202egnol" in rows[0].values()
    page.locator("#both-figure-1 summary").click()
    page.locator("#both-figure-1 td").first.wait_for()
    saved(page, "both-figure-1", "SVG").save_as(tmp_path / "bars.svg")
    assert r"\u202egnol" in ElementTree.parse(tmp_path / "bars.svg").getroot().itertext()
    assert page.title() == r"\u202egnol"
    assert "\u202e" not in page.locator("html").evaluate("e => e.outerHTML")
    assert opened.complaints == []
    page.close()
