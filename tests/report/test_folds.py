"""What is folded, in a browser: drawn at its width, opened by a click, by a link and on paper."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.opening import Opened, open_file

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser: Any, report_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, report_file, folded=True)
    yield opened
    opened.page.close()


@pytest.mark.parametrize("fragment", ["100%", "%E0%A4%A", "curves%ff", "no-such-place", "<b>"])
def test_an_address_of_nothing_opens_nothing_and_stops_nothing(browser: Any, report_file: Path, fragment: str) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{report_file.as_uri()}#{fragment}")
    page.wait_for_selector("html[data-ready=yes]")
    page.evaluate("location.hash = 'other%'")
    page.evaluate("location.hash = 'curves'")
    page.locator("#curves > .fold .plot").first.wait_for(state="visible")
    assert complaints == []
    page.close()


def test_a_link_a_click_and_a_printer_open_what_is_folded(opened: Opened) -> None:
    page = opened.page
    curves = page.locator("#curves > .fold")
    plot = curves.locator(".plot").first
    assert curves.evaluate("fold => fold.open") is False
    assert not plot.is_visible()
    page.evaluate("location.hash = 'curves'")
    plot.wait_for(state="visible")
    box = plot.bounding_box()
    assert box["width"] > 600  # it was drawn out of sight, and at the width that it has now
    assert plot.locator("canvas").count() == 0 or plot.evaluate("place => place.dataset.drawn") == "yes"
    curves.locator("summary").first.click()
    assert not plot.is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.fold:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not plot.is_visible()
    assert opened.complaints == []


def test_the_contents_stay_in_view_and_mark_what_is_read(opened: Opened) -> None:
    page = opened.page
    page.locator("#clusters").scroll_into_view_if_needed()
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'; location.hash = 'clusters'")
    page.wait_for_selector('nav a[href="#clusters"][aria-current]')
    assert page.locator("nav").bounding_box()["y"] == 0


def test_no_table_of_a_phone_is_cut(browser: Any, report_file: Path) -> None:
    opened = open_file(browser, report_file, viewport={"width": 390, "height": 844})
    wider = """() => [...document.querySelectorAll('.report-table.wide')].filter(table =>
        table.getBoundingClientRect().width > table.closest('.scroll').clientWidth + 1).length"""
    assert opened.page.locator(".report-table.wide").count() > 0
    assert opened.page.evaluate(wider) == 0
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 390
    opened.page.close()
