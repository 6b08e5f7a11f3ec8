"""What a reader meets: the page in a real Chromium, opened from the disk."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.analogies.expressions import parse_expression, solve
from embedkit.analysis.maps.axes import axes
from embedkit.analysis.neighbors import nearest
from embedkit.runs.folder import Run
from embedkit.spaces.stored import load_run_space
from tests.report.opening import READY, Opened, colour_by_frequency, open_file
from tests.report.synthetic import HOSTILE

pytestmark = pytest.mark.browser

POINTS = "Bokeh.documents.map(d => d.get_model_by_name('points')).find(m => m)"


@pytest.fixture
def opened(browser: Any, report_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, report_file)
    yield opened
    opened.page.close()


def draw_box(page: Any) -> None:
    """Drag over the middle of the map with the box tool."""
    page.check("#map-drag input[value=box_select]")
    page.locator(".map-frame").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    box = page.locator(".map-frame").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.7, steps=5)
    page.mouse.up()
    page.wait_for_selector("#selected-rows:not([hidden])")


def listed(page: Any) -> list[str]:
    """The words of the table, in its order."""
    return page.locator("#selected-rows tbody td:first-child .word").all_text_contents()


def selected_words(page: Any) -> list[str]:
    """What Bokeh says is selected, by what the page says the points are, most frequent first."""
    rows = page.evaluate(f"{POINTS}.selected.indices")
    return page.evaluate(
        """rows => {
            const ints = text => new Int32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
            const [map] = JSON.parse(document.getElementById("data-map").textContent).maps;
            const spaces = JSON.parse(document.getElementById("data-spaces").textContent);
            const space = spaces.find(s => s.key === map.space);
            const upTo = n => Int32Array.from({length: n}, (_, i) => i);
            const words = map.words === null ? upTo(map.points) : ints(map.words);
            const ranks = space.ranks === null ? upTo(space.words.length) : ints(space.ranks);
            const places = rows.map(row => words[words.length - 1 - row]);
            return places.sort((a, b) => ranks[a] - ranks[b]).map(place => space.words[place]);
        }""",
        rows,
    )


def test_it_opens_from_the_disk_without_a_request_or_a_complaint(opened: Opened) -> None:
    page = opened.page
    draw_box(page)
    page.select_option("#map-space", index=1)
    page.check("#theme input[value=dark]")
    page.wait_for_timeout(200)
    assert [url for url in opened.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert len([url for url in opened.requests if url.startswith("file:")]) == 1
    assert opened.complaints == []


def test_every_figure_is_drawn(opened: Opened) -> None:
    places = opened.page.locator(".plot")
    assert places.count() == 6  # curves, map, analogies by category, cosine and rank, trace
    for i in range(places.count()):
        assert places.nth(i).get_attribute("data-drawn") == "yes"
        assert places.nth(i).bounding_box()["height"] > 100


def test_search_finds_a_word(opened: Opened, run: Run) -> None:
    page = opened.page
    page.fill("#map-search", "queen")
    page.keyboard.press("Enter")
    card = page.locator("#map-card")
    assert card.locator("strong").inner_text() == "queen"
    assert "rank 4" in card.inner_text()
    rings = page.evaluate("Bokeh.documents.map(d => d.get_model_by_name('matches')).find(m => m).data.x.length")
    assert rings == 1
    space = load_run_space(run, "input")
    expected = nearest(space, "queen", k=5)
    assert card.locator("li .word").all_text_contents() == [answer.word for answer in expected]
    assert card.locator("li .cosine").all_text_contents() == [f"{answer.cosine:.3f}" for answer in expected]


def test_search_says_what_is_near_a_word_that_is_not_there(opened: Opened) -> None:
    page = opened.page
    page.fill("#map-search", "quene")
    page.keyboard.press("Enter")
    assert "Did you mean queen" in page.locator("#map-status").inner_text()
    page.fill("#map-search", "princ")
    assert page.locator("#map-suggestions button").all_inner_texts() == ["prince", "princess"]


def test_a_selection_fills_the_table_and_downloads_exactly_its_words(opened: Opened) -> None:
    page = opened.page
    colour_by_frequency(page)
    draw_box(page)
    words = selected_words(page)
    assert 5 < len(words) < 380
    assert page.locator("#selected-count").inner_text() == f"{len(words)} selected"
    assert page.locator("#selected-rows tbody tr").count() == min(len(words), 200)
    with page.expect_download() as download:
        page.click("#selected-csv")
    text = Path(download.value.path()).read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["word"] for row in rows] == words


def test_the_table_is_sorted_by_any_column(opened: Opened) -> None:
    page = opened.page
    colour_by_frequency(page)
    draw_box(page)
    assert listed(page) == selected_words(page)
    by_rank = listed(page)
    heads = page.locator("#selected-rows thead")
    heads.get_by_role("button", name="Word").click()
    words = listed(page)
    assert words != by_rank
    assert words == page.evaluate("words => words.toSorted((a, b) => a.localeCompare(b))", by_rank)
    assert heads.locator("[aria-sort=ascending]").inner_text().startswith("Word")
    heads.get_by_role("button", name="Word").press("Enter")  # it kept the keyboard
    assert listed(page) == words[::-1]
    heads.get_by_role("button", name="Rank").click()
    assert heads.locator("[aria-sort]").get_attribute("aria-sort") == "descending"
    assert listed(page) == by_rank[::-1]
    with page.expect_download() as download:
        page.click("#selected-csv")
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"), newline="")))
    assert [row["word"] for row in rows] == by_rank[::-1]
    assert opened.complaints == []


def test_the_csv_of_all_holds_every_word_and_no_formula(opened: Opened, run: Run) -> None:
    page = opened.page
    page.evaluate(f"{{const s = {POINTS}; s.selected.indices = Array.from(s.data.x.keys());}}")
    with page.expect_download() as download:
        page.click("#selected-csv")
    text = Path(download.value.path()).read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    space = load_run_space(run, "input")
    formula = "=cmd|' /C calc'!A0"
    assert formula in HOSTILE
    assert [row["word"] for row in rows] == [
        f"'{label}" if label in (formula, "@{tip}{safe}") else label for label in space.labels[:-20]
    ]
    assert [int(row["count"]) for row in rows] == space.columns["count"][:-20].tolist()


@pytest.mark.parametrize("expression", ["king - man + woman", "man king woman", "boy - girl", "the + of - king"])
@pytest.mark.parametrize("which", ["input", "output"])
def test_the_page_answers_as_the_library_does(opened: Opened, run: Run, which: str, expression: str) -> None:
    page = opened.page
    space = load_run_space(run, which)
    page.select_option("#ask-space", f"{run.name}/{which}")
    page.fill("#ask-text", expression)
    page.keyboard.press("Enter")
    expected = solve(space, *parse_expression(expression), restrict=len(space))
    for number, answers in enumerate((expected.answers, expected.honest)):
        items = page.locator("#ask-answers ol").nth(number).locator("li")
        assert items.locator(".word").all_text_contents() == [visible_word(answer.word) for answer in answers]
        cosines = [float(text) for text in items.locator(".cosine").all_text_contents()]
        assert cosines == pytest.approx([answer.cosine for answer in answers], abs=6e-4)
    assert f"{len(space):,} words may answer" in page.locator("#ask-status").inner_text()


def visible_word(word: str) -> str:
    return {"\u2028": "U+2028"}.get(word, word)


def test_one_word_gives_its_neighbours(opened: Opened, run: Run) -> None:
    page = opened.page
    page.fill("#ask-text", "queen")
    page.keyboard.press("Enter")
    assert page.locator("#ask-answers h3").all_inner_texts() == ["Nearest"]
    expected = nearest(load_run_space(run, "input"), "queen", k=10)
    assert page.locator("#ask-answers .word").all_text_contents() == [visible_word(answer.word) for answer in expected]


def test_an_axis_ranks_words_as_the_library_does_and_colours_the_map(opened: Opened, run: Run) -> None:
    page = opened.page
    page.fill("#ask-text", "king,man:queen,woman")
    page.keyboard.press("Enter")
    space = load_run_space(run, "input")
    along = axes(space, axes=["king,man:queen,woman", "boy:girl"], measured=False).points[:, 0]
    first, last = page.locator("#ask-answers ol").all()
    best = np.argsort(-along, kind="stable")[:10]
    assert page.locator("#ask-answers h3").all_inner_texts() == ["Towards queen, woman", "Towards king, man"]
    assert first.locator(".word").all_text_contents() == [visible_word(space.labels[row]) for row in best]
    cosines = [float(text) for text in last.locator(".cosine").all_text_contents()]
    assert cosines == pytest.approx(sorted(along.tolist())[:10], abs=6e-4)
    page.click("#ask-show")
    assert page.locator("#map-colour").input_value() == "king, man → queen, woman"
    assert "king, man → queen, woman" in page.locator("#map-legend").inner_text()


def test_two_axes_are_a_map(opened: Opened, run: Run) -> None:
    page = opened.page
    colour_by_frequency(page)
    page.fill("#ask-text", "man:woman boy:girl")
    page.keyboard.press("Enter")
    assert page.locator("#ask-answers h3").count() == 4
    page.click("#ask-show")
    assert page.locator("#map-method input:checked").input_value() == "asked"
    assert page.locator(".axis-name").all_inner_texts() == ["man → woman", "boy → girl"]
    assert "embedkit map --method axes" in page.locator("#map-note").inner_text()
    space = load_run_space(run, "input")
    expected = axes(space, axes=["man:woman", "boy:girl"], measured=False).points
    x, y = page.evaluate(f"[{POINTS}.data.x, {POINTS}.data.y].map(values => Array.from(values).reverse())")
    assert x == pytest.approx(expected[: len(x), 0].tolist(), abs=1e-4)
    assert y == pytest.approx(expected[: len(y), 1].tolist(), abs=1e-4)
    # The maps that are kept are still there.
    page.check("#map-method input[value=pca]")
    assert "Explained variance" in page.locator("#map-fidelity").inner_text()
    assert opened.complaints == []


def test_an_axis_that_is_none_is_said(opened: Opened) -> None:
    page = opened.page
    for text, message in (
        ("man:man", "Both ends of an axis are the same"),
        ("man:woman boy:girl king:queen", "A map has two axes"),
        ("man:womam", "Did you mean woman"),
        ("kimg", "Did you mean king"),
    ):
        page.fill("#ask-text", text)
        page.keyboard.press("Enter")
        assert message in page.locator("#ask-status").inner_text()
        assert page.locator("#ask-show").is_hidden()


def test_a_word_that_is_not_there_is_said(opened: Opened) -> None:
    page = opened.page
    page.fill("#ask-text", "kind - man + <img src=x onerror=alert(1)>")
    page.keyboard.press("Enter")
    assert "spaces around the signs" in page.locator("#ask-status").inner_text()
    page.fill("#ask-text", "kimg - man + woman")
    page.keyboard.press("Enter")
    message = page.locator("#ask-status").inner_text()
    assert "“kimg” is not among the 400 words" in message
    assert "Did you mean king" in message
    assert page.locator("#ask-answers").is_hidden()


def test_hostile_text_stays_text_everywhere(opened: Opened) -> None:
    page = opened.page
    for token in HOSTILE:
        if token.strip() == "" or token == "\u2028":
            continue
        page.fill("#map-search", token)
        page.wait_for_timeout(20)
        page.keyboard.press("Enter")
        assert page.locator("#map-card strong").text_content() == {"\u202egnol": r"\u202egnol"}.get(token, token)
    page.evaluate(f"{{const s = {POINTS}; s.selected.indices = Array.from(s.data.x.keys());}}")
    assert set(HOSTILE[:3]) <= set(page.locator("#selected-rows tbody .word").all_text_contents())
    assert page.locator("script").count() == 2 + page.locator("script[type='application/json']").count()
    assert page.locator("img, iframe, object, embed, b b, blockquote blockquote").count() == 0
    assert "<b>king</b>" in page.locator(".sample b").first.text_content()
    assert opened.complaints == []


def test_the_tip_over_a_hostile_word_is_text(opened: Opened) -> None:
    page = opened.page
    page.fill("#map-search", HOSTILE[0])
    page.keyboard.press("Enter")
    page.locator(".map-frame").scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    box = page.locator(".map-frame").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 30, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.wait_for_selector("#tip:not([hidden])")
    assert page.locator("#tip strong").text_content() == HOSTILE[0]
    assert page.locator("#tip li").count() == 5
    assert opened.complaints == []


def test_tips_of_the_other_figures_are_text(opened: Opened, run: Run) -> None:
    page = opened.page
    places = ("#curves .plot", *(f"#analogies .plot >> nth={i}" for i in range(3)), "#trace .plot")
    for place in places:
        figure = page.locator(place)
        figure.scroll_into_view_if_needed()
        page.wait_for_timeout(250)
        box = figure.bounding_box()
        has_tip = False
        for share in range(5, 100, 3):
            for across in (0.3, 0.5, 0.72):
                page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * share / 100)
                if page.locator("#tip").is_visible():
                    has_tip = True
                    break
            if has_tip:
                break
        assert has_tip, place
        assert page.locator("#tip").inner_text().strip()
        page.mouse.move(2, 2)
    assert page.locator("#tip img, #tip script").count() == 0
    assert opened.complaints == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window(browser: Any, report_file: Path, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.goto(report_file.as_uri())
    page.wait_for_selector(READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ink = page.evaluate("getComputedStyle(document.body).color")
    assert (ink == "rgb(26, 30, 36)") == (scheme == "light")
    page.close()


def test_the_switch_changes_the_figures_too(opened: Opened) -> None:
    page = opened.page
    axis = "Bokeh.documents[0].roots()[0].below[0].major_label_text_color"
    before = page.evaluate(axis)
    page.check("#theme input[value=dark]")
    assert page.evaluate(axis) != before


def test_fidelity_changes_with_the_map(opened: Opened) -> None:
    page = opened.page
    assert "Explained variance" not in page.locator("#map-fidelity").inner_text()
    page.check("#map-method input[value=pca]")
    assert "Explained variance" in page.locator("#map-fidelity").inner_text()
    assert "Trustworthiness" in page.locator("#map-fidelity").inner_text()
