"""For everyone: an axe-core scan, the keyboard alone, paper, and scripts that run the other way, in a real Chromium."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.maps.projection import pca
from embedkit.controls import printable
from embedkit.report import render
from embedkit.report.embedded import embed_space
from embedkit.report.figures.maps import word_map
from embedkit.report.page import Report, Section
from embedkit.spaces.space import EmbeddingSpace
from tests.report import synthetic
from tests.report.opening import Opened, open_file

pytestmark = pytest.mark.browser

MODEL = "Bokeh.documents[0].get_model_by_name('{}')"
# Four words on a cross around a fifth, and far ones.
CROSS = {"middle": (0, 0), "right": (1, 0), "left": (-1, 0), "above": (0, 1), "below": (0, -1), "far": (9, 0)}
SCRIPTS = ("مرحبا", "שלום", "日本語", "한국어", "ไทย", "a\u202eb")


def page_of(browser: Any, file: Path, positions: dict[str, tuple[float, float]]) -> Opened:
    """A map with words at given places."""
    labels = tuple(positions)
    vectors = np.array([[*at, 1.0] for at in positions.values()], dtype=np.float32)
    space = EmbeddingSpace("cross", labels, vectors)
    projection = replace(pca(space, measured=False), points=np.array(list(positions.values()), dtype=np.float32))
    embedded = embed_space(space, key="cross", name="vectors", answering=0, map_labels=[labels])
    figure = word_map([embedded], {"cross": [projection]})
    report = Report("cross", "a few words", (Section("map", "Map", "", (figure,)),), (embedded,))
    opened = open_file(browser, render(report, file))
    opened.page.wait_for_timeout(400)
    return opened


@pytest.fixture
def cross(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    opened = page_of(browser, tmp_path / "cross.html", CROSS)
    yield opened
    opened.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["model", "gallery"])
def test_a_scan_finds_nothing(browser: Any, report_file: Path, tmp_path: Path, which: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    file = report_file if which == "model" else render(synthetic.gallery(), tmp_path / "gallery.html")
    opened = open_file(browser, file, color_scheme=scheme)
    page = opened.page
    for summary in page.locator("details > summary:visible").all()[:3]:
        summary.click()
    violations = axe.run(page).response["violations"]
    assert [
        (violation["impact"], violation["id"], [node["html"] for node in violation["nodes"]][:2])
        for violation in violations
    ] == []
    page.close()


def test_the_scan_can_fail(browser: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    page = browser.new_page()
    page.set_content("<html><body><img src='data:,'><button></button></body></html>")
    assert {each["id"] for each in axe.run(page).response["violations"]} >= {"image-alt", "button-name"}
    page.close()


def test_every_figure_has_a_text_and_its_data(browser: Any, report_file: Path) -> None:
    page = open_file(browser, report_file).page
    figures = page.locator(".chart .figure")
    assert figures.count() == page.locator(".plot").count()
    for figure in figures.all():
        assert len(figure.get_attribute("aria-label")) > 20
    for details in page.locator(".figure-data").all():
        details.locator("summary").click()
        details.locator("tbody tr").first.wait_for()
    page.close()


def test_the_map_is_moved_by_the_keyboard(cross: Opened) -> None:
    page = cross.page
    page.locator("[role=application]").focus()
    assert page.locator(".keys").is_visible()
    ends = "(range => [range.start, range.end])(Bokeh.documents[0].roots()[0].x_range)"
    start, end = page.evaluate(ends)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(ends) == pytest.approx([start + (end - start) / 8, end + (end - start) / 8])
    page.keyboard.press("0")
    assert page.evaluate(ends) == pytest.approx([start, end])
    page.keyboard.press("+")
    nearer = page.evaluate(ends)
    assert nearer[1] - nearer[0] == pytest.approx((end - start) / 1.6)
    page.keyboard.press("-")
    assert page.evaluate(ends) == pytest.approx([start, end])


def test_the_keyboard_goes_from_word_to_word_and_selects(cross: Opened) -> None:
    page = cross.page
    page.fill("#map-search", "middle")
    page.keyboard.press("Enter")
    page.locator("[role=application]").focus()
    card = page.locator("#map-card strong")
    for key, name in (("Right", "right"), ("Left", "middle"), ("Up", "above"), ("Down", "middle"), ("Down", "below")):
        page.keyboard.press(f"Shift+Arrow{key}")
        assert card.inner_text() == name
    page.keyboard.press(" ")
    assert page.locator("#selected-count").inner_text() == "1 selected"
    assert page.locator("#selected-rows td").first.inner_text() == "below"
    page.keyboard.press(" ")
    assert page.locator("#selected-count").inner_text() == "Nothing selected"
    page.keyboard.press("Escape")
    assert page.locator("#map-card").is_hidden()


def test_all_can_be_reached_without_a_mouse(browser: Any, report_file: Path) -> None:
    """From the top of the page the Tab key gets to the search, the map, the tools of a figure and the calculator."""
    page = open_file(browser, report_file).page
    reached = set()
    for _ in range(150):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.textContent.slice(0, 20)"))
    assert {"map-search", "map-colour", "map-in", "ask-text", "CSV", "PNG", "SVG", "Link"} <= reached
    page.close()


def test_paper_is_white(browser: Any, report_file: Path) -> None:
    page = open_file(browser, report_file, color_scheme="dark").page
    axis = "Bokeh.documents[0].roots()[0].below[0].major_label_text_color"
    dark = page.evaluate(axis)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(axis) != dark
    assert page.locator("nav").first.is_hidden()
    assert page.locator(".figure-tools").first.is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(axis) == dark
    assert len(page.pdf()) > 50_000
    page.close()


def test_words_of_every_script_are_found_and_written(browser: Any, tmp_path: Path) -> None:
    opened = page_of(browser, tmp_path / "scripts.html", {word: (i % 3, i // 3) for i, word in enumerate(SCRIPTS)})
    page = opened.page
    page.fill("#map-search", SCRIPTS[0][:2])
    assert page.locator("#map-suggestions button").all_text_contents() == [SCRIPTS[0]]
    assert page.locator("#map-suggestions button").first.get_attribute("dir") == "auto"
    for word in SCRIPTS:
        page.fill("#map-search", word)
        page.keyboard.press("Enter")
        assert page.locator("#map-card strong").text_content() == printable(word)
    page.click("#map-reset")
    page.wait_for_timeout(300)
    assert len(page.evaluate(MODEL.format("labels") + ".data.text")) >= 4
    assert opened.complaints == []
    page.close()
