"""A map of more points than are drawn at once: what is drawn, shaded, counted and selected, in a real Chromium."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.maps.projection import pca
from embedkit.report import render
from embedkit.report.embedded import embed_space
from embedkit.report.figures.maps import word_map
from embedkit.report.page import Report, Section
from embedkit.spaces.space import EmbeddingSpace
from tests.report.opening import Opened, open_file

pytestmark = pytest.mark.browser

WORDS = 12_000
ALL_DRAWN = re.compile(r"All ([\d,]+) in view are drawn")
POINTS = "Bokeh.documents[0].get_model_by_name('points')"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    labels = tuple(f"w{number}" for number in range(WORDS))
    space = EmbeddingSpace("large", labels, rng.normal(size=(WORDS, 4)).astype(np.float32))
    embedded = embed_space(space, key="large", name="vectors", answering=0, map_labels=[labels])
    figure = word_map([embedded], {"large": [pca(space, measured=False)]})
    report = Report("large", "many words", (Section("map", "Map", "", (figure,)),), (embedded,))
    return render(report, tmp_path_factory.mktemp("html") / "large.html")


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Opened]:
    opened = open_file(browser, file)
    opened.page.wait_for_timeout(400)  # until the map has its size
    yield opened
    opened.page.close()


def shaded(page: Any) -> int:
    return page.evaluate("Bokeh.documents[0].get_model_by_name('shading').data.image[0].filter(cell => cell).length")


def test_the_first_are_drawn_and_the_rest_is_shaded_and_counted(opened: Opened) -> None:
    page = opened.page
    assert page.evaluate(f"{POINTS}.data.x.length") == 10_000
    assert page.locator("#map-drawn").inner_text() == (
        "12,000 words. 10,000 of the 12,000 in view are drawn as points, the first of them; the shading counts all. "
        "Zoom in for the others."
    )
    assert shaded(page) > 500
    page.fill("#map-search", "w3")
    page.keyboard.press("Enter")
    assert page.locator("#map-card strong").inner_text() == "w3"
    assert opened.complaints == []


def test_nearer_by_all_in_view_are_drawn(opened: Opened) -> None:
    page = opened.page
    for _ in range(5):
        page.click("#map-in")
    page.locator("#map-drawn", has_text=ALL_DRAWN).wait_for()
    (counted,) = ALL_DRAWN.findall(page.locator("#map-drawn").inner_text())
    assert 100 < int(counted.replace(",", "")) < 10_000
    assert shaded(page) == 0


def test_a_rare_word_is_drawn_when_it_is_sought(opened: Opened) -> None:
    page = opened.page
    page.fill("#map-search", "w11999")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    x, y = page.evaluate("(d => [d.x[0], d.y[0]])(Bokeh.documents[0].get_model_by_name('matches').data)")
    drawn = page.evaluate(f"Array.from({POINTS}.data.x).some((x, i) => x === {x} && {POINTS}.data.y[i] === {y})")
    assert drawn


def test_what_is_selected_stays_so_far_and_near(opened: Opened) -> None:
    page = opened.page
    page.evaluate(f"{POINTS}.selected.indices = [9999, 9998, 9997]")  # the most frequent are drawn last
    assert page.locator("#selected-rows tbody td:first-child").all_text_contents() == ["w0", "w1", "w2"]
    for _ in range(6):
        page.click("#map-in")
    page.locator("#map-drawn", has_text=ALL_DRAWN).wait_for()
    assert page.locator("#selected-count").inner_text() == "3 selected"
    assert page.evaluate(f"{POINTS}.selected.indices.length") == 3
    page.click("#map-reset")
    page.wait_for_timeout(300)
    assert page.locator("#selected-count").inner_text() == "3 selected"


def test_a_region_takes_what_is_not_drawn_as_well(opened: Opened) -> None:
    """A box and a lasso around all of the map: 12,000 words, of which 10,000 are drawn."""
    page = opened.page
    corners = {"box_select": [(0, 0), (1, 1)], "lasso_select": [(0, 0), (1, 0), (1, 1), (0, 1)]}
    for tool, (first, *others) in corners.items():
        page.locator(f"#map-drag label:has(input[value={tool}])").click()
        page.locator(".map-frame .plot").scroll_into_view_if_needed()
        box = page.locator(
            ".map-frame .plot"
        ).bounding_box()  # of this time: what was clicked may have scrolled the page

        def at(corner: tuple[int, int], box: dict[str, float] = box) -> tuple[float, float]:
            x, y = corner
            return box["x"] + 8 + x * (box["width"] - 16), box["y"] + 8 + y * (box["height"] - 16)

        page.mouse.move(*at(first))
        page.mouse.down()
        for corner in others:
            page.mouse.move(*at(corner), steps=4)
        page.mouse.up()
        page.locator("#selected-count", has_text="12,000 selected").wait_for()
        assert page.evaluate(f"{POINTS}.selected.indices.length") == 5_000
        page.click("#selected-clear")
    assert opened.complaints == []
