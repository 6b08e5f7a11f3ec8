"""Texts between two phrases: by the selects, and by clicks on the atlas."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embedkit.errors import ReportError
from embedkit.report import Report, Section, render
from embedkit.report.parts import Interpolations
from embedkit.report.rendering import to_html
from tests.report import synthetic
from tests.report.opening import Opened, open_file

SPACE = synthetic.phrase_space()
BETWEEN = synthetic.interpolations(SPACE)


def model(name: str) -> str:
    return f"Bokeh.documents.map(d => d.get_model_by_name('{name}')).find(m => m)"


@pytest.fixture(scope="module")
def atlas_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    atlas, embedded = synthetic.atlas()
    sections = (Section("atlas", "Atlas", "", (atlas,)), Section("way", "Texts between", "", (BETWEEN,)))
    return render(Report("atlas", "", sections, spaces=(embedded,)), tmp_path_factory.mktemp("html") / "atlas.html")


@pytest.fixture
def opened(browser: Any, atlas_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, atlas_file)
    yield opened
    opened.page.close()


def texts(page: Any) -> list[str]:
    return page.locator("#between-texts .word").all_text_contents()


def ends(page: Any) -> list[int]:
    return [int(page.locator(f"#between-{name}").input_value()) for name in ("from", "to")]


def click(page: Any, place: int) -> None:
    """Click the point of a phrase, by its place in the space."""
    page.locator(".map-frame").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    x, y = page.evaluate(
        f"""place => {{
            const source = {model("points")};
            const plot = source.document.roots()[0];
            const row = source.data.place.indexOf(place);
            const {{x_range: xs, y_range: ys}} = plot;
            return [(source.data.x[row] - xs.start) / (xs.end - xs.start),
                    (ys.end - source.data.y[row]) / (ys.end - ys.start)];
        }}""",
        place,
    )
    box = page.locator(".map-frame .plot").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_timeout(400)


@pytest.mark.browser
def test_two_phrases_show_the_texts_between(opened: Opened) -> None:
    page = opened.page
    page.select_option("#between-from", "3")
    page.select_option("#between-to", "7")
    way = BETWEEN.texts[3, 7]
    assert texts(page) == [way[0], way[3], way[5], way[8]]
    assert page.locator("#between-texts .quiet").all_text_contents() == ["0–25 %", "38–50 %", "63 %", "75–100 %"]
    assert page.locator("#between-texts .times").all_text_contents() == ["3 points", "2 points", "3 points"]
    assert "9 points, 4 different texts" in page.locator("#between-status").inner_text()
    assert page.locator("#between-notes").inner_text() == ""
    assert opened.complaints == []


@pytest.mark.browser
def test_swap_reverses(opened: Opened) -> None:
    page = opened.page
    page.select_option("#between-from", "3")
    page.select_option("#between-to", "7")
    before = texts(page)
    page.focus("#between-swap")
    page.keyboard.press("Enter")
    assert ends(page) == [7, 3]
    assert texts(page) == before[::-1]
    assert page.locator("#between-texts .quiet").first.text_content() == "0–25 %"
    page.select_option("#between-to", "7")  # the same as A: the two change places
    assert ends(page) == [3, 7]


@pytest.mark.browser
def test_an_end_that_does_not_come_back_is_said(opened: Opened) -> None:
    page = opened.page
    last = synthetic.LANDMARKS - 1
    page.select_option("#between-to", str(last))
    note = page.locator("#between-notes").text_content()
    assert note == f"B is not reproduced: for “{SPACE.labels[last]}” the decoder writes “something else”."
    page.select_option("#between-from", "1")
    page.select_option("#between-to", "2")
    assert "not computed for these two" in page.locator("#between-status").inner_text()
    assert texts(page) == []


@pytest.mark.browser
def test_clicks_on_the_atlas_pick_a_and_then_b(opened: Opened) -> None:
    page = opened.page
    assert page.evaluate(f"{model('landmarks')}.data.x.length") == synthetic.LANDMARKS
    apart = farthest(page)
    for place in apart:
        click(page, place)
    assert ends(page) == list(apart)
    assert page.evaluate(f"{model('ends')}.data.text") == ["A", "B"]
    assert page.evaluate(f"{model('points')}.selected.indices") == []
    line = page.evaluate(f"Array.from({model('way')}.data.x)")
    at = "(d => p => d.x[d.place.indexOf(p)])"
    assert line == [page.evaluate(f"{at}({model('points')}.data)({place})") for place in apart]
    assert page.locator("#map-status a").get_attribute("href") == "#between-texts"
    page.check("#map-method input[value=umap]")
    assert page.evaluate(f"{model('way')}.data.x.length") == 0
    assert page.evaluate(f"{model('ends')}.data.x.length") == 2
    assert "PCA map alone" in page.locator("#map-landmarks").inner_text()
    assert opened.complaints == []


def farthest(page: Any) -> tuple[int, int]:
    """The two landmarks that are farthest from others on the map, so that a click hits no other."""
    xs, ys = page.evaluate(f"[Array.from({model('landmarks')}.data.x), Array.from({model('landmarks')}.data.y)]")

    def alone(i: int) -> float:
        return min((xs[i] - xs[j]) ** 2 + (ys[i] - ys[j]) ** 2 for j in range(len(xs)) if j != i)

    a, b = sorted(range(len(xs)), key=alone)[-2:]
    return a, b


@pytest.mark.browser
def test_a_click_beside_the_landmarks_says_what_is_ringed(opened: Opened) -> None:
    page = opened.page
    before = ends(page)
    far = page.evaluate(
        f"""() => {{
            const points = {model("points")}.data, rings = {model("landmarks")}.data;
            const n = points.x.length;
            const away = i => Math.min(...Array.from(rings.x,
                (x, j) => Math.hypot(points.x[i] - x, points.y[i] - rings.y[j])));
            return points.place[Array.from(Array(n).keys()).sort((a, b) => away(b) - away(a))[0]];
        }}"""
    )
    click(page, far)
    assert "is not ringed" in page.locator("#map-status").inner_text()
    assert ends(page) == before
    assert page.locator("#selected-count").inner_text() == "1 selected"


@pytest.mark.browser
def test_hostile_phrases_stay_text(opened: Opened) -> None:
    page = opened.page
    page.select_option("#between-from", "0")
    page.select_option("#between-to", "1")
    assert page.locator("#between-from option").first.text_content() == synthetic.HOSTILE[0]
    assert texts(page)[0] == synthetic.HOSTILE[0]
    assert texts(page)[-1] == synthetic.HOSTILE[1]
    assert page.locator("img, iframe, .way b").count() == 0
    assert page.locator("script").count() == 2 + page.locator("script[type='application/json']").count()
    assert opened.complaints == []


def test_texts_need_no_map_in_the_page() -> None:
    html = to_html(Report("x", "", (Section("way", "Texts", "", (BETWEEN, BETWEEN)),)))
    assert html.count("data-between=") == 2
    assert 'id="between-2-from"' in html


@pytest.mark.parametrize(
    ("phrases", "steps", "pairs", "message"),
    [
        (("a", "b"), 2, {}, "need a pair"),
        (("a", "a"), 2, {(0, 1): ("a", "a")}, "stands twice"),
        (("a", "b"), 2, {(1, 0): ("a", "b")}, "no pair i < j of 2"),
        (("a", "b"), 3, {(0, 1): ("a", "b")}, "2 texts for"),
    ],
)
def test_wrong_interpolations_are_named(phrases: tuple, steps: int, pairs: dict, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        Interpolations(phrases, steps, pairs)


def test_where_a_text_is_translated_its_ends_are_not_said_to_be_wrong(browser: Any, tmp_path: Path) -> None:
    part = replace(BETWEEN, given_back=False, space="")
    file = render(Report("way", "", (Section("way", "Texts between", "", (part,)),)), tmp_path / "way.html")
    opened = open_file(browser, file)
    opened.page.locator("#between-to").select_option(str(len(BETWEEN.phrases) - 1))
    assert opened.page.locator("#between-notes").text_content() == ""
    assert opened.page.locator("#between-texts .word").count() > 1
    opened.page.close()
