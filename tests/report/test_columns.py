"""A space's own columns on its map, in a real Chromium: colours, filters, the selection, search, and the CSV."""

import base64
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.maps.projection import pca
from embedkit.errors import UsageError
from embedkit.report import render
from embedkit.report.embedded import embed_space
from embedkit.report.embedded_columns import check_tooltip, embed_columns
from embedkit.report.figures.maps import word_map
from embedkit.report.page import Report, Section
from embedkit.spaces.space import EmbeddingSpace
from tests.report.opening import READY, Opened, open_file, open_page

POINTS = "Bokeh.documents[0].get_model_by_name('points')"
MATCHES = "Bokeh.documents[0].get_model_by_name('matches').data"
N = 60
NAN = float("nan")
HOSTILE = ("=cmd|' /C calc'!A0", "+1+cmd", "-2+3+cmd", "@SUM(A1)", "\tTab", "\rReturn")
HARMLESS = ("-5", "+3.5 %", "-->", "<img src=x onerror=alert(1)>", "a = b", 'say "hi", twice')


def documents() -> EmbeddingSpace:
    """Sixty documents on a grid of ten by six, with columns of every kind."""
    labels = [f"document {i} about a dog" if i % 3 == 0 else f"paper {i} on hotdogs" for i in range(N)]
    labels[1] = "Ein Café für den Hund und die Hündin"
    labels[2] = "a very long text " + "that goes on and on " * 30
    labels[4] = "dog first of all"
    row = np.arange(N)
    days = np.datetime64("2020-01-01", "ms") + (row * 30).astype("timedelta64[D]")
    days[5] = np.datetime64("NaT")
    score = row.astype(float)
    score[[5, 6]] = NAN
    # Three large categories, and fourteen of which each has two or three.
    category = np.array([("animals", "plants", "")[i % 3] if i < 24 else f"kind {i % 14}" for i in range(N)])
    columns = {
        "id": np.array([f"doc-{i:03d}" for i in range(N)]),
        "category": category,
        "date": days,
        "score": score,
        "good": row % 2 == 0,
        "notes": np.array([(*HOSTILE, *HARMLESS)[i % 12] + f" {i}" * (i >= 12) for i in range(N)]),
    }
    vectors = np.stack([row % 10, row // 10, np.ones(N)], axis=1).astype(np.float32)
    return EmbeddingSpace("documents", labels, vectors, columns, {"noun": "document"})


def page_of(space: EmbeddingSpace, file: Path, tooltip: tuple[str, ...] = ()) -> Path:
    projection = replace(pca(space, measured=False), points=space.vectors[:, :2])
    embedded = embed_space(space, key="k", name="vectors", answering=0, map_labels=[space.labels], tooltip=tooltip)
    figure = word_map([embedded], {"k": [projection]}, space.noun)
    return render(Report("documents", "", (Section("map", "Map", "", (figure,)),), (embedded,)), file)


@pytest.fixture(scope="module")
def shared(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    opened = open_file(browser, page_of(documents(), tmp_path_factory.mktemp("html") / "documents.html"))
    opened.page.click("#map-filters summary")
    opened.page.wait_for_timeout(300)
    yield opened
    opened.page.close()


@pytest.fixture
def opened(shared: Opened) -> Iterator[Opened]:
    """The one page, as it was."""
    page = shared.page
    yield shared
    if page.locator("#map-filter-clear").is_visible():
        page.click("#map-filter-clear")
    if page.locator("#selected-clear").is_enabled():
        page.click("#selected-clear")
    page.fill("#map-search", "")
    page.press("#map-search", "Enter")
    page.select_option("#map-colour", "category")
    assert shared.complaints == []


def colours(page: Any) -> list[str]:
    """The colours of the points in the order of the space."""
    return page.evaluate(
        f"(d => Array.from(d.place.keys()).sort((a, b) => d.place[a] - d.place[b]).map(i => d.color[i]))({POINTS}.data)"
    )


def behind(page: Any) -> set[int]:
    """The points that stand behind in grey, by their rows in the space."""
    return {row for row, colour in enumerate(colours(page)) if len(colour) == 9}


def select(page: Any, rows: list[int]) -> None:
    """As a lasso does: by where the points stand in what is drawn."""
    page.evaluate(
        f"rows => {{const s = {POINTS}; s.selected.indices = rows.map(row => Array.from(s.data.place).indexOf(row));}}",
        rows,
    )


def styled(page: Any, variable: str) -> str:
    return page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('{variable}')")


def settled(page: Any, text: str) -> None:
    """Wait until the line says how many are shown."""
    page.locator("#map-shown", has_text=text).wait_for()


@pytest.mark.browser
def test_it_opens_by_the_first_categories_the_smallest_grey_together(opened: Opened) -> None:
    page = opened.page
    assert page.locator("#map-colour").input_value() == "category"
    assert page.locator("#map-colour option").all_inner_texts() == ["category", "date", "score", "good"]
    legend = page.locator("#map-legend button").all_inner_texts()
    # Equal categories go by name: "kind 0" is before "kind 1", "kind 10" before "kind 2".
    assert legend[:2] == ["animals", "plants"]
    assert legend[-2:] == ["other (4 smaller)", "not known"]
    assert len(legend) == 12 + 2
    drawn = colours(page)
    palette = styled(page, "--categories").split()
    assert [drawn[0], drawn[1], drawn[2]] == [palette[0], palette[1], styled(page, "--noise")]
    assert drawn.count(palette[0]) == 8


@pytest.mark.browser
def test_numbers_and_dates_have_shades_and_limits_and_what_is_missing_is_grey(opened: Opened) -> None:
    page = opened.page
    page.select_option("#map-colour", "score")
    stops = styled(page, "--sequential").split()
    drawn = colours(page)
    assert (drawn[0], drawn[59], drawn[5], drawn[6]) == (stops[0], stops[-1], *[styled(page, "--noise")] * 2)
    assert len({*drawn}) > 40
    assert page.locator("#map-legend").inner_text().split("\n") == ["score: 0", "59", "not known"]
    page.select_option("#map-colour", "date")
    legend = page.locator("#map-legend").inner_text().split("\n")
    assert legend == ["date: 2020-01-01", "2022", "2024", "2024-11-05", "not known"]
    assert colours(page)[5] == styled(page, "--noise")


@pytest.mark.browser
def test_filters_cross_each_other_and_the_selection(opened: Opened) -> None:
    page = opened.page
    select(page, list(range(20)))
    assert page.locator("#selected-count").inner_text() == "20 selected"
    page.check("#map-filters label:has-text('animals') input")
    settled(page, "8 of 60 shown")
    page.get_by_label("score: from").fill("7")
    settled(page, "5 of 60 shown")  # 9, 12, 15, 18, 21
    page.get_by_label("document: contains").fill("DOG 1 document")
    settled(page, "4 of 60 shown")  # 21 has a 1 as well, 9 has none
    assert behind(page) == set(range(N)) - {12, 15, 18, 21}
    assert page.locator("#selected-count").inner_text() == "3 selected, 17 more held back by the filters"
    assert page.locator("#map-filters summary").inner_text() == "Filters (3)"
    # A category's number is of what the other filters let through: 12, 15, 18 and 21 are all animals.
    assert page.locator("#map-filters label:has-text('animals') .number").inner_text() == "4"
    assert page.locator("#map-filters label:has-text('plants') .number").inner_text() == "0"
    # What is selected under a filter and what comes back without it.
    page.click("#map-filter-clear")
    assert page.locator("#map-shown").inner_text() == ""
    assert page.locator("#selected-count").inner_text() == "20 selected"
    assert behind(page) == set()
    assert not page.locator("#map-filters input:checked").count()
    assert page.get_by_label("score: from").input_value() == ""


@pytest.mark.browser
def test_a_lasso_takes_only_what_the_filters_let_through(opened: Opened) -> None:
    page = opened.page
    page.check("#map-filters label:has-text('animals') input")
    settled(page, "8 of 60 shown")
    select(page, [0, 1, 2, 3])
    assert page.locator("#selected-count").inner_text() == "2 selected, 2 more held back by the filters"
    page.click("#map-filter-select")
    assert page.locator("#selected-count").inner_text() == "8 selected"
    assert page.evaluate(f"{POINTS}.selected.indices.length") == 8


@pytest.mark.browser
def test_dates_are_held_back_by_a_day_and_what_has_none_too(opened: Opened) -> None:
    page = opened.page
    page.get_by_label("date: to").fill("2020-03-31")  # 1 January and every thirty days: rows 0 to 3
    settled(page, "4 of 60 shown")
    assert "1 have none and are held back." in page.locator("#map-filters fieldset:has-text('date')").first.inner_text()
    page.get_by_label("date: from").fill("2020-01-31")
    settled(page, "3 of 60 shown")
    assert set(range(N)) - behind(page) == {1, 2, 3}


@pytest.mark.browser
def test_a_histogram_is_brushed(opened: Opened) -> None:
    page = opened.page
    histogram = page.locator("#map-filters fieldset:has-text('score') svg")
    histogram.scroll_into_view_if_needed()
    box = histogram.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.51, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, y, steps=4)
    page.mouse.up()
    page.wait_for_timeout(200)
    # 28 bars over 0 to 59: from the start of the 15th (29.5) to the end of the 20th (42.1).
    assert page.get_by_label("score: from").input_value() == "30"
    assert page.get_by_label("score: to").input_value() == "42"
    assert page.locator("#map-shown").inner_text() == "13 of 60 shown"
    page.mouse.click(box["x"] + 5, y)
    page.wait_for_timeout(200)
    assert page.locator("#map-shown").inner_text() == ""


@pytest.mark.browser
def test_many_categories_are_searched(opened: Opened) -> None:
    page = opened.page
    search = page.get_by_label("category: search its values")
    search.fill("kind 1")
    names = page.locator("#map-filters fieldset:has-text('category') li bdi").all_inner_texts()
    assert sorted(names) == ["kind 1", "kind 10", "kind 11", "kind 12", "kind 13"]
    search.fill("")


@pytest.mark.browser
def test_the_csv_has_all_and_no_formula(opened: Opened) -> None:
    page = opened.page
    select(page, list(range(13)))
    assert page.locator("#selected-rows th").all_inner_texts() == [
        "Document", "Category", "Date", "Score", "Good", "Nearest in the full space",
    ]  # fmt: skip
    first = page.locator("#selected-rows tbody tr").first.locator("td").all_inner_texts()
    assert first[:5] == ["document 0 about a dog", "animals", "2020-01-01", "0", "yes"]
    long = page.locator("#selected-rows tbody tr").nth(2).locator("td bdi").first
    assert len(long.inner_text()) <= 120
    assert long.get_attribute("title") == documents().labels[2]
    with page.expect_download() as download:
        page.click("#selected-csv")
    text = Path(download.value.path()).read_bytes().decode("utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(rows[0]) == ["document", "id", "category", "date", "score", "good", "notes", "x", "y", "nearest"]
    assert [row["notes"] for row in rows[:6]] == [f"'{text}" for text in HOSTILE]
    assert [row["notes"] for row in rows[6:12]] == list(HARMLESS)
    assert [row["score"] for row in rows[3:8]] == ["3", "4", "", "", "7"]
    assert [row["date"] for row in rows[4:7]] == ["2020-04-30", "", "2020-06-29"]
    assert [row["category"] for row in rows[:3]] == ["animals", "plants", ""]
    assert [row["id"] for row in rows[:2]] == ["doc-000", "doc-001"]


@pytest.mark.browser
def test_what_is_selected_is_counted_by_category_beside_the_whole(opened: Opened) -> None:
    page = opened.page
    select(page, [0, 3, 6, 1])
    rows = page.locator("#selected-shares tbody tr")
    assert rows.nth(0).locator("th, td").all_inner_texts() == ["animals", "3", "75.0 %", "13.3 %"]
    assert rows.nth(1).locator("th, td").all_inner_texts() == ["plants", "1", "25.0 %", "13.3 %"]
    page.select_option("#selected-shares select", "good")
    assert rows.nth(0).locator("th, td").all_inner_texts() == ["no", "2", "50.0 %", "50.0 %"]


@pytest.mark.browser
def test_search_finds_several_words_anywhere_and_enter_takes_the_first(opened: Opened) -> None:
    page = opened.page
    page.fill("#map-search", "dog")
    # What starts so, then where a word does, then within words: labels of every third, of row 4 and of the "hotdogs".
    suggestions = page.locator("#map-suggestions button").all_inner_texts()
    assert suggestions[:3] == ["dog first of all", "document 0 about a dog", "document 3 about a dog"]
    assert page.locator("#map-status").inner_text() == "58 documents contain “dog”."
    assert page.evaluate(f"{MATCHES}.x.length") == 58
    page.fill("#map-search", "HOTDOGS 7")
    assert page.locator("#map-status").inner_text() == "4 documents contain “HOTDOGS” and “7”."
    page.press("#map-search", "Enter")
    assert page.locator("#map-card strong").inner_text() == "paper 7 on hotdogs"
    page.press("#map-search", "Enter")
    assert page.locator("#map-card strong").inner_text() == "paper 17 on hotdogs"
    assert page.locator("#map-status").inner_text().startswith("2 of 4 documents contain")
    page.fill("#map-search", "hundin cafe")
    assert page.locator("#map-suggestions button").all_inner_texts() == ["Ein Café für den Hund und die Hündin"]
    page.fill("#map-search", "dog unicorn")
    assert page.locator("#map-status").inner_text() == (
        "None of the 60 documents of this map contains “dog” and “unicorn”."
    )
    assert page.locator("label[for=map-search]").inner_text() == "Find a document"


@pytest.mark.browser
def test_search_keeps_to_what_the_filters_let_through(opened: Opened) -> None:
    page = opened.page
    page.fill("#map-search", "hotdogs")
    page.check("#map-filters label:has-text('plants') input")
    settled(page, "8 of 60 shown")
    assert page.locator("#map-status").inner_text() == ("6 documents contain “hotdogs”. The filters hold back 31 more.")
    assert page.evaluate(f"{MATCHES}.x.length") == 6


@pytest.mark.browser
def test_the_card_has_every_column_as_text(opened: Opened) -> None:
    page = opened.page
    page.fill("#map-search", "paper 10 on hotdogs")
    page.press("#map-search", "Enter")
    facts = dict(zip(*(page.locator(f"#map-card .facts {tag}").all_inner_texts() for tag in ("dt", "dd")), strict=True))
    assert facts == {
        "category": "plants", "date": "2020-10-27", "score": "10", "good": "yes", "id": "doc-010", "notes": "a = b",
    }  # fmt: skip


@pytest.mark.browser
def test_filters_stand_in_the_address_and_a_link_sets_them(browser: Any, opened: Opened) -> None:
    page = opened.page
    page.check("#map-filters label:has-text('animals') input")
    page.get_by_label("score: from").fill("0.5")
    page.get_by_label("notes: contains").fill("dog & <b>")
    page.wait_for_url(lambda url: "notes" in url)
    assert page.evaluate("location.hash") == "#map?category=animals&score=0.5..&notes=dog+%26+%3Cb%3E"
    page.get_by_label("notes: contains").fill("")
    page.wait_for_url(lambda url: "notes" not in url)
    shown = page.locator("#map-shown").inner_text()
    linked = open_page(browser)
    linked.page.goto(page.url)
    linked.page.wait_for_selector(READY)
    linked.page.locator("#map-shown", has_text=shown).wait_for()
    assert linked.page.locator("#map-filters label:has-text('animals') input").is_checked()
    assert linked.page.get_by_label("score: from").input_value() == "0.5"
    linked.page.goto(page.url.split("#")[0] + "#map?score=x..y&nothing=1&category=%00")
    linked.page.wait_for_selector("#map-shown:empty", state="attached")
    assert linked.page.get_by_label("score: from").input_value() == ""
    assert opened.complaints == linked.complaints == []
    linked.page.close()
    page.click("#map-filter-clear")
    assert page.evaluate("location.hash") == "#map"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_down_alone_and_a_scan_finds_nothing(browser: Any, tmp_path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    file = page_of(documents(), tmp_path / "phone.html", tooltip=("good", "notes"))
    opened = open_file(browser, file, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = opened.page
    page.click("#map-filters summary")
    page.check("#map-filters label:has-text('animals') input")
    settled(page, "8 of 60 shown")
    page.click("#map-filter-select")
    page.fill("#map-search", "document 3")
    page.press("#map-search", "Enter")
    # The columns that were chosen, in that order.
    assert page.locator("#selected-rows th").all_inner_texts() == [
        "Document", "Good", "Notes", "Nearest in the full space",
    ]  # fmt: skip
    assert page.locator("#map-card .facts dt").all_inner_texts()[:3] == ["good", "notes", "id"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    violations = axe.run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]][:2]) for each in violations] == []
    page.emulate_media(media="print")
    assert page.locator(".filters").is_hidden()
    assert opened.complaints == []
    page.close()


@pytest.mark.browser
def test_documents_with_counts_speak_of_no_text_and_columns_keep_their_names(browser: Any, tmp_path: Path) -> None:
    row = np.arange(12)
    own = {"count": row[::-1] + 1, "toString": np.array(["p", "q"] * 6), "x": row}
    vectors = np.stack([row % 4, row // 4, np.ones(12)], axis=1).astype(np.float32)
    space = EmbeddingSpace("made", [f"paper {i}" for i in row], vectors, own, {"noun": "document"})
    opened = open_file(browser, page_of(space, tmp_path / "made.html"))
    page = opened.page
    assert page.locator("#map-colour option").all_inner_texts() == ["toString", "log frequency", "x"]
    page.select_option("#map-colour", "log frequency")
    assert page.locator("#map-legend").inner_text().split() == ["1×", "12×"]
    page.click("#map-filters summary")
    page.locator("#map-filters legend", has_text="toString").wait_for()
    page.fill("#map-search", "paper 2")
    page.press("#map-search", "Enter")
    assert page.locator("#map-card").get_by_text("count: 10", exact=True).is_visible()
    page.locator("#map-filters li input").first.check()
    page.click("#map-filter-select")
    with page.expect_download() as download:
        page.click("#selected-csv")
    heads = Path(download.value.path()).read_text("utf-8").splitlines()[0].split(",")
    assert heads == ["document", "count", "toString", "x", '"x (2)"', "y", "nearest"]
    assert opened.complaints == []
    page.close()


def numbers(entry: Any, key: str, kind: str) -> list[float]:
    return np.frombuffer(base64.b64decode(entry[key]), dtype=kind).tolist()


def test_columns_travel_as_codes_floats_and_texts() -> None:
    space = EmbeddingSpace(
        "s",
        ("a", "b", "c", "d"),
        np.ones((4, 2)),
        {
            "count": np.array([4, 3, 2, 1]),
            "kind": np.array(["x", "y", "x", "x"]),
            "exact": np.array([0.5, NAN, 2.0, 1.0]),
            "long": np.array([0.1, 1.0, 2.0, 3.0]),
            "day": np.array(["1970-01-02", "NaT", "1969-12-31", "1970-01-01"], dtype="datetime64[ms]"),
            "text": np.array(["one two", "", "three", "four five"]),
            "label": np.array(["a", "b", "c", "d"]),
            "many": np.array(["w" * 90, "x", "y", "z"]),
        },
    )
    kind, exact, long, day, text, label, many = embed_columns(space, np.array([0, 1, 2]), longest=6, budget=13)
    assert (kind["names"], numbers(kind, "codes", "<i1")) == (["x", "y"], [0, 1, 0])
    assert exact["bits"] == 32
    assert numbers(exact, "values", "<f4") == [0.5, pytest.approx(NAN, nan_ok=True), 2.0]
    assert (long["bits"], numbers(long, "values", "<f8")) == (64, [0.1, 1.0, 2.0])
    assert numbers(day, "values", "<f4" if day["bits"] == 32 else "<f8")[::2] == [86400.0, -86400.0]
    assert (text["texts"], text["cut"]) == (["one tw", "", "three"], 1)
    assert label == {"name": "label", "kind": "text", "texts": None, "cut": 0}
    assert many == {"name": "many", "kind": "text", "bytes": 8}


def test_a_column_of_the_tooltip_is_one_of_the_space() -> None:
    check_tooltip(("category", "good"), [documents()])
    with pytest.raises(UsageError, match=r"no column 'categroy'; did you mean category\?"):
        check_tooltip(("categroy",), [documents()])
    bare = EmbeddingSpace("bare", ("a",), np.ones((1, 2)))
    with pytest.raises(UsageError, match="there is no column beside the label"):
        check_tooltip(("category",), [bare])
