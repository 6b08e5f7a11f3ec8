"""A map that is dragged by the mouse: it follows at once and is painted where it rests, in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.opening import Opened, open_file

pytestmark = pytest.mark.browser

DOCUMENT = "Bokeh.documents.find(document => document.get_model_by_name('points'))"
PLOT = f"{DOCUMENT}.roots()[0]"
SELECTED = f"{DOCUMENT}.get_model_by_name('points').selected.indices"
LEFT_AND_TOP = f"(plot => [plot.x_range.start, plot.y_range.end])({PLOT})"
PIXEL = f"(plot => (plot.x_range.end - plot.x_range.start) / plot.inner_width)({PLOT})"


@pytest.fixture
def opened(browser: Any, report_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, report_file)
    opened.page.locator("#map").scroll_into_view_if_needed()
    opened.page.wait_for_timeout(400)  # until the map has its size
    yield opened
    assert opened.complaints == []
    opened.page.close()


def middle(page: Any) -> tuple[float, float]:
    box = page.locator(".map-frame .plot").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def watch(page: Any) -> None:
    """Record from now on how far the picture is pushed from where it was painted, and what the map shows then."""
    page.locator(".map-frame .plot canvas").first.evaluate(
        f"""canvas => {{
            window.pushes = [];
            new MutationObserver(() => {{
                const push = canvas.style.transform;
                if (push !== (window.pushes.at(-1)?.[0] ?? "")) window.pushes.push([push, {LEFT_AND_TOP}]);
            }}).observe(canvas, {{attributes: true, attributeFilter: ["style"]}});
        }}"""
    )


def pushes(page: Any, count: int) -> list[tuple[str, list[float]]]:
    """The first so many, once there are."""
    page.wait_for_function("count => window.pushes.length >= count", arg=count)
    return [tuple(each) for each in page.evaluate("window.pushes")][:count]


def test_it_follows_the_pointer_after_a_long_press_too(opened: Opened) -> None:
    page = opened.page
    (x, y), (left, top), pixel = middle(page), page.evaluate(LEFT_AND_TOP), page.evaluate(PIXEL)
    watch(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(500)  # what Bokeh takes for a press that goes nowhere
    page.mouse.move(x + 90, y + 40)
    followed, rested = pushes(page, 2)
    assert followed == ("translate(90px, 40px)", [left, top])
    assert rested == ("", pytest.approx([left - 90 * pixel, top + 40 * pixel]))
    page.mouse.move(x + 60, y + 40)
    page.mouse.up()
    followed, released = pushes(page, 4)[2:]
    assert followed == ("translate(-30px, 0px)", rested[1])
    assert released == ("", pytest.approx([left - 60 * pixel, top + 40 * pixel]))


def test_what_comes_into_sight_on_a_long_way_is_painted_under_way(opened: Opened) -> None:
    page = opened.page
    (x, y), (left, _) = middle(page), page.evaluate(LEFT_AND_TOP)
    page.mouse.move(x - 300, y)
    page.mouse.down()
    page.mouse.move(x + 300, y, steps=4)
    assert page.evaluate(LEFT_AND_TOP)[0] < left
    page.mouse.up()


def test_a_drag_selects_nothing_and_a_click_still_opens_a_word(opened: Opened) -> None:
    page = opened.page
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert page.evaluate(SELECTED) == []
    assert not page.locator("#map-card").is_visible()
    at = page.evaluate(
        f"""(plot => {{
            const {{x, y}} = {DOCUMENT}.get_model_by_name('points').data, last = x.length - 1;
            const across = (x[last] - plot.x_range.start) / (plot.x_range.end - plot.x_range.start);
            const down = (plot.y_range.end - y[last]) / (plot.y_range.end - plot.y_range.start);
            return [across * plot.inner_width, down * plot.inner_height, last];
        }})({PLOT})"""
    )
    box = page.locator(".map-frame .plot").first.bounding_box()
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    page.locator("#map-card").wait_for()
    assert page.evaluate(SELECTED) == [int(at[2])]
    assert (
        page.locator("#map-card strong").inner_text() == page.locator("#selected-rows tbody .word").first.inner_text()
    )


def test_where_dragging_selects_the_map_stays(opened: Opened) -> None:
    page = opened.page
    before = page.evaluate(LEFT_AND_TOP)
    page.locator('input[name="map-drag"][value="box_select"]').check()
    x, y = middle(page)
    page.mouse.move(x - 150, y - 150)
    page.mouse.down()
    page.mouse.move(x + 150, y + 150, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert page.evaluate(LEFT_AND_TOP) == before
    assert len(page.evaluate(SELECTED)) > 0
