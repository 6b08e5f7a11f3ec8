"""A page with every part of an encoder's and a decoder's report, in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedkit.report import render
from tests.report import synthetic
from tests.report.opening import Opened, open_file

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def gallery_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(synthetic.gallery(), tmp_path_factory.mktemp("html") / "gallery.html")


@pytest.fixture
def opened(browser: Any, gallery_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, gallery_file)
    yield opened
    opened.page.close()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_window_without_a_complaint(browser: Any, gallery_file: Path, width: int, scheme: str) -> None:
    opened = open_file(browser, gallery_file, viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".plot:not([data-drawn=yes])").count() == 0
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    page.close()


def test_hostile_text_stays_text_in_every_part(opened: Opened) -> None:
    page = opened.page
    assert page.locator("img, iframe, object, embed").count() == 0
    assert page.locator("script").count() == 2 + page.locator("script[type='application/json']").count()
    assert "<img" in page.locator("#beams table").text_content()
    assert opened.complaints == []


def tip_at(page: Any, place: str, across: float, down: float) -> str:
    """The tip over a share of the inner frame of a figure."""
    figure = page.locator(place)
    figure.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    box = figure.bounding_box()
    x, y, width, height = page.evaluate(
        """id => {
            const view = Object.values(Bokeh.index.roots ?? Bokeh.index).find(v => v.el.closest(".plot")?.id === id);
            const { left, top, width, height } = view.frame.bbox;
            return [left, top, width, height];
        }""",
        figure.get_attribute("id"),
    )
    page.mouse.move(box["x"] + x + width * across + 3, box["y"] + y + height * down)
    page.mouse.move(box["x"] + x + width * across, box["y"] + y + height * down)
    page.wait_for_selector("#tip:not([hidden])")
    return page.locator("#tip").inner_text()


def test_the_tip_over_attention_names_both_tokens_and_the_weight(opened: Opened) -> None:
    weights = synthetic.attention_weights()
    rows, columns = weights.shape
    for row, column in ((0, 0), (2, 3), (rows - 1, columns - 1)):
        at = ((column + 0.5) / columns, (row + 0.5) / rows)
        tip = tip_at(opened.page, "#attention .plot >> nth=0", *at)
        assert tip.startswith(f"{synthetic.READ[column]} → {synthetic.WRITTEN[row]}")
        assert f"weight {weights[row, column]:.3f}" in tip
        assert f"token {column + 1} of what was read, {row + 1} of what is written" in tip
        opened.page.mouse.move(2, 2)
    assert opened.complaints == []


def test_the_heat_follows_the_theme(opened: Opened) -> None:
    page = opened.page
    palette = (
        "Bokeh.documents.map(d => d.get_model_by_name('heat')).find(m => m).palette.map(c => c.toString()).join(' ')"
    )
    light = page.evaluate(palette)
    page.check("#theme input[value=dark]")
    assert page.evaluate(palette) != light
