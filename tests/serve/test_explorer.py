"""The explorer in a real Chromium: every panel, the address that brings a view back, and nothing run that was typed."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.report.opening import open_page
from tests.serve.served import HOSTILE, Served

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any, served: Served) -> Iterator[Any]:
    opened = open_page(browser)
    page = opened.page
    yield page
    # A wrong call is told on the page; Chromium notes its status too.
    assert [complaint for complaint in opened.complaints if "status of 400" not in complaint] == []
    page.close()


def look(page: Any, served: Served, query: str) -> None:
    page.goto(f"{served.address}/?{query}")
    page.wait_for_selector("html[data-live=yes]")


def query_of(page: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def test_runs_are_chosen(page: Any, served: Served) -> None:
    page.goto(served.address)
    rows = page.locator(".runs tbody tr, .runs tr").all_inner_texts()
    assert sum("growing" in row for row in rows) == 1
    page.click(".runs a:text-is('vectors')")
    page.wait_for_selector("html[data-live=yes]")
    assert page.locator("h1").inner_text() == "vectors"
    page.select_option("#live-run", "model")
    page.wait_for_url("**run=model")
    page.wait_for_selector("html[data-live=yes]")
    page.select_option("#live-space", "output")
    page.wait_for_url("**space=output")
    assert page.locator("#live-space").input_value() == "output"


def test_a_run_in_training_is_shown_with_its_curves(page: Any, served: Served) -> None:
    look(page, served, "run=growing")
    assert "In training" in page.locator(".summary").inner_text()
    assert page.locator("#curves .plot[data-drawn=yes]").count() == 1
    assert "reload to see its progress" in page.locator("main").inner_text()


def test_panels_are_listed_once_and_what_is_read_is_marked(page: Any, served: Served) -> None:
    look(page, served, "run=vectors")
    links = page.locator("nav a").evaluate_all("links => links.map((link) => link.hash)")
    assert len(links) == len(set(links))
    panels = page.locator(".panel").evaluate_all("panels => panels.map((panel) => `#${panel.id}`)")
    assert panels
    assert set(panels) < set(links)
    for panel in (panels[0], next(link for link in links if link not in panels)):
        page.locator(panel).evaluate("place => place.scrollIntoView()")
        page.locator(f"nav a[href='{panel}'][aria-current=location]").wait_for()
        assert page.locator("nav a[aria-current]").count() == 1


def test_words_are_completed_and_their_neighbors_followed(page: Any, served: Served) -> None:
    look(page, served, "run=vectors")
    page.type("#live-word", "cat")
    page.wait_for_selector("[data-suggestions] button")
    assert set(page.locator("[data-suggestions] button").all_inner_texts()) == {"cat", "cats", "catfish"}
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-answers=word] li")
    first = page.locator("[data-answers=word] li button").first
    name = first.inner_text()
    first.click()
    page.locator("[data-status=word]", has_text=f"“{name}” is word").wait_for()
    assert query_of(page)["word"] == name


def test_an_analogy_by_a_method_and_a_wrong_one(page: Any, served: Served) -> None:
    look(page, served, "run=vectors")
    page.fill("#live-ask", "cat - dog + cow")
    page.select_option("#live-method", "3CosMul")
    page.click("[data-form=ask] button")
    page.locator("[data-status=ask]", has_text="3CosMul").wait_for()
    assert page.locator("[data-answers=ask] ol").count() == 2
    page.fill("#live-ask", "catt - dog + cow")
    page.keyboard.press("Enter")
    page.locator("[data-status=ask]", has_text="catt").wait_for()
    assert page.locator("[data-answers=ask] li").count() == 0


def test_a_map_is_laid_out_with_progress_cancelled_and_shown(page: Any, served: Served) -> None:
    look(page, served, "run=vectors")
    assert page.locator("[data-parameter=perplexity]").is_hidden()
    page.fill("#live-seed", "4242")
    page.click("[data-form=layout] button")
    page.locator("[data-job=map] .step", has_text=" s").wait_for()
    page.click("[data-job=map] .cancel")
    page.locator("[data-status=layout]", has_text="Cancelled").wait_for()
    page.select_option("#live-map", "pca")
    assert page.locator("[data-parameter=neighbors]").is_hidden()
    page.fill("#live-points", "20")
    page.click("[data-form=layout] button")
    page.locator("#map-drawn", has_text="20 most frequent of").wait_for()
    assert page.locator("#map-method input:checked").input_value() == "pca"
    assert "Trustworthiness" in page.locator("#map-fidelity").inner_text()
    assert query_of(page) == {"run": "vectors", "map": "pca", "points": "20"}
    page.fill("#live-points", "many")
    page.click("[data-form=layout] button")
    page.locator("[data-status=layout]", has_text="give a number").wait_for()


def test_texts_are_translated_and_joined_as_one_types(page: Any, served: Served) -> None:
    look(page, served, "run=copies")
    page.type("#live-translate", "abc")
    page.locator("[data-answers=translate] li", has_text="abc").first.wait_for()
    page.type("#live-from", "ab")
    page.type("#live-to", "ba")
    page.wait_for_selector("[data-answers=interpolate] li:nth-child(9)")
    texts = page.locator("[data-answers=interpolate] .word").all_inner_texts()
    assert [texts[0], texts[-1]] == ["ab", "ba"]
    assert query_of(page) == {"run": "copies", "translate": "abc", "from": "ab", "to": "ba"}


def test_a_text_is_completed_and_another_traced(page: Any, served: Served) -> None:
    look(page, served, "run=model")
    page.fill("#live-complete", "the cat")
    page.click("[data-form=complete] button")
    page.wait_for_selector("[data-answers=complete]:not([hidden])")
    assert page.locator("[data-answers=complete] b").inner_text() == "the cat"
    for text, steps in (("the cat saw", 3), (f"the dog saw the {HOSTILE[1]}", 5)):
        page.fill("#live-trace", text)
        page.click("[data-form=trace] button")
        page.wait_for_selector(f"[data-answers=trace] .figure[aria-label*='over {steps} tokens'] .plot[data-drawn=yes]")
        assert page.locator("[data-answers=trace] .figure-tools button").count() == 3
    page.select_option("[data-answers=trace] .trace-bar select >> nth=0", label="forget gate")


@pytest.mark.usefixtures("forked_jobs")
def test_two_runs_are_compared_and_a_report_is_saved(page: Any, served: Served) -> None:
    look(page, served, "run=vectors")
    page.click("[data-form=compare] button")
    page.locator("[data-status=compare]", has_text="Choose a run").wait_for()
    page.select_option("#live-beside", "model")
    page.click("[data-form=compare] button")
    page.wait_for_selector("[data-status=compare] a", timeout=90_000)
    with page.expect_download(timeout=90_000) as download:
        page.click("[data-form=save] button")
    assert download.value.suggested_filename == "vectors.html"
    page.click("[data-status=compare] a")
    page.wait_for_selector("html[data-ready=yes]")
    assert page.locator("h1").inner_text() == "vectors and model compared"


def test_a_link_brings_the_view_back(page: Any, served: Served) -> None:
    query = "run=vectors&map=pca&points=30&word=dog&ask=cat+-+dog+%2B+cow&method=3CosMul&beside=model"
    look(page, served, query)
    # The map is laid out anew where it is not there any more.
    page.locator("#map-drawn", has_text="30 most frequent of").wait_for()
    page.locator("[data-status=word]", has_text="“dog” is word").wait_for()
    page.locator("[data-status=ask]", has_text="3CosMul").wait_for()
    assert page.locator("#live-beside").input_value() == "model"
    assert page.locator("#map-card strong").inner_text() == "dog"
    look(page, served, "run=model&complete=the+cat&seed=1&tokens=5&trace=the+dog+ran")
    page.wait_for_selector("[data-answers=complete]:not([hidden])")
    page.wait_for_selector("[data-answers=trace] .plot[data-drawn=yes]")
    assert page.locator("#live-tokens").input_value() == "5"


def test_hostile_text_stays_text(page: Any, served: Served) -> None:
    look(page, served, "run=vectors&" + "word=%3Cimg%2Fsrc%3Dx%2Fonerror%3Dalert(1)%3E")
    page.locator("[data-status=word]", has_text=HOSTILE[0]).wait_for()
    page.fill("#live-ask", f"{HOSTILE[0]} - {HOSTILE[1]} + {HOSTILE[2]}")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-answers=ask] li")
    page.fill("#live-word", "<")
    page.wait_for_selector("[data-suggestions] button")
    assert page.locator("main img, main iframe, main object").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_window_and_a_scan_finds_nothing(browser: Any, served: Served, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    for query in ("", "run=model", "run=vectors&map=pca&points=20", "run=copies"):
        page.goto(f"{served.address}/?{query}")
        page.wait_for_selector("html[data-live=yes], .runs")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [(each["impact"], each["id"]) for each in axe.run(page).response["violations"]] == []
    page.close()
