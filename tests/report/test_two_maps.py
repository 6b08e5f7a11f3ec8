"""Two maps in one page: each has its own points, search, selection and nouns."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedkit.analysis.maps.projection import pca
from embedkit.report import Report, Section, render
from embedkit.report.embedded import embed_space
from embedkit.report.figures.maps import word_map
from tests.report import synthetic
from tests.report.opening import Opened, open_file

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def two_maps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = synthetic.space_of("model/input", synthetic.labels_of(200), 16, seed=1)
    phrases = synthetic.phrase_space()
    sections, spaces = [], []
    for space, noun in ((words, "word"), (phrases, "phrase")):
        embedded = embed_space(space, key=space.name, name=f"{noun} vectors", answering=0, map_labels=[space.labels])
        maps = {space.name: [pca(space), synthetic.pretend_umap(space)]}
        sections.append(Section(f"{noun}s", noun, "", (word_map([embedded], maps, noun=noun),)))
        spaces.append(embedded)
    report = Report("two maps", "", tuple(sections), spaces=tuple(spaces))
    return render(report, tmp_path_factory.mktemp("html") / "two.html")


@pytest.fixture
def opened(browser: Any, two_maps: Path) -> Iterator[Opened]:
    opened = open_file(browser, two_maps)
    yield opened
    opened.page.close()


def test_each_map_is_searched_by_itself(opened: Opened) -> None:
    page = opened.page
    phrase = synthetic.phrase_space().labels[7]
    page.fill("#words .search input", "queen")
    page.keyboard.press("Enter")
    page.fill("#phrases .search input", phrase)
    page.keyboard.press("Enter")
    assert page.locator("#words .card strong").inner_text() == "queen"
    assert page.locator("#phrases .card strong").inner_text() == phrase
    page.fill("#words .search input", "quene")
    page.keyboard.press("Enter")
    assert "not among the 200 words of this map" in page.locator("#words .status").inner_text()
    assert page.locator("#phrases .status").inner_text().startswith("1 phrase contains ")
    page.fill("#phrases .search input", "zzzzzz zz")
    page.keyboard.press("Enter")
    assert (
        "None of the 300 phrases of this map contains “zzzzzz” and “zz”"
        in page.locator("#phrases .status").inner_text()
    )
    assert opened.complaints == []


SOURCES = "Bokeh.documents.map(d => d.get_model_by_name('points')).filter(m => m)"


def test_each_map_has_its_method(opened: Opened) -> None:
    page = opened.page
    page.check("#phrases input[value=umap]")
    assert page.locator("#words input[value=pca]").is_checked()
    assert "Explained variance" in page.locator("#words .fidelity").inner_text()
    assert "Explained variance" not in page.locator("#phrases .fidelity").inner_text()


def test_the_one_table_stands_under_the_map_that_was_used_last(opened: Opened) -> None:
    page = opened.page
    assert page.locator(".selection").count() == 1
    assert page.locator("#words .selection").count() == 1
    page.evaluate(f"{SOURCES}[1].selected.indices = [0, 1, 2]")
    assert page.locator("#phrases .selection h3").inner_text() == "3 selected"
    with page.expect_download() as download:
        page.click("#phrases .selection button:text('CSV')")
    assert download.value.suggested_filename == "selected-phrases.csv"
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("phrase,")
    page.evaluate(f"{SOURCES}[0].selected.indices = [4]")
    assert page.locator("#words .selection h3").inner_text() == "1 selected"
    assert page.evaluate(f"{SOURCES}[1].selected.indices") == []
    page.click("#selected-clear")
    assert page.locator("#words .selection h3").inner_text() == "Nothing selected"
    assert page.evaluate(f"{SOURCES}[0].selected.indices") == []


def test_what_is_said_is_about_the_noun(opened: Opened) -> None:
    page = opened.page
    assert page.locator("#words .search label").inner_text() == "Find a word"
    assert page.locator("#phrases .search label").inner_text() == "Find a phrase"
    page.evaluate("Bokeh.documents.map(d => d.get_model_by_name('points'))[1].selected.indices = [0]")
    assert page.locator("#phrases th").first.text_content() == "Phrase"
