"""Texts that are cut: the page's scripts cut them where the library does, in a real Chromium."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from embedkit.display.labels import place
from embedkit.numerals import beginning, shortened
from embedkit.report.figures.traces import token_label
from tests.report.opening import Opened, open_page

SCRIPTS = files("embedkit.report").joinpath("scripts")
SMILE, ACCENT = "\U0001f600", "\N{COMBINING ACUTE ACCENT}"
FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
GERMANY = "\U0001f1e9\U0001f1ea"

CUT = [
    ("word", 12, "word"),
    ("the quick brown fox", 12, "the quick…"),
    ("the quick, brown fox", 12, "the quick…"),
    ("a quickening of foxes", 12, "a quickenin…"),
    (SMILE * 22, 22, SMILE * 22),
    (SMILE * 23, 22, SMILE * 21 + "…"),
    ("x" + SMILE * 30, 22, "x" + SMILE * 20 + "…"),
    (FAMILY * 3, 10, FAMILY + "…"),
    (FAMILY * 3, 11, FAMILY * 2 + "…"),
    (FAMILY, 4, FAMILY[:3] + "…"),
    ("x" + GERMANY * 5, 5, "x" + GERMANY + "…"),
    (f"caf{'e' + ACCENT}s", 5, "caf…"),
    ("e" + ACCENT * 99, 9, "e" + ACCENT * 7 + "…"),
    ("שלום לכל העולם", 10, "שלום לכל…"),
    ("中文" * 40, 22, "中文" * 10 + "中…"),
]
"""Texts, their most, and what is left of them."""


@pytest.mark.parametrize(("text", "most", "left"), CUT)
def test_a_text_is_cut_between_characters(text: str, most: int, left: str) -> None:
    assert shortened(text, most) == left


def test_a_character_is_never_cut_in_two() -> None:
    assert beginning(f"ab{FAMILY}", 5) == "ab"
    assert place(["x" * 22 + GERMANY + "x"], [(10.0, 50.0)], width=900, height=100)[0].text == "x" * 22 + "…"
    assert token_label("x" * 16 + "e" + ACCENT + "xx") == "x" * 16 + "…"


@pytest.fixture
def opened(browser: Any) -> Iterator[Opened]:
    opened = open_page(browser)
    yield opened
    assert opened.complaints == []
    opened.page.close()


def load(page: Any) -> None:
    page.add_script_tag(content=SCRIPTS.joinpath("figures.js").read_text("utf-8"))


@pytest.mark.browser
def test_the_page_cuts_where_the_library_does(opened: Opened) -> None:
    load(opened.page)
    call = "cases => cases.map(([text, most]) => shortened(text, most))"
    cases = [(text, most) for text, most, _ in CUT]
    assert opened.page.evaluate(call, cases) == [left for _, _, left in CUT]
    every = [(text, most) for text, _, _ in CUT for most in range(2, 30)]
    assert opened.page.evaluate(call, every) == [shortened(text, most) for text, most in every]


@pytest.mark.browser
def test_a_word_from_right_to_left_is_isolated_in_a_sentence_of_the_page(opened: Opened) -> None:
    load(opened.page)
    opened.page.add_script_tag(content=SCRIPTS.joinpath("wordmap.js").read_text("utf-8"))
    words = ["king", "שלום", "שלום\u202e" + "ab" * 40]
    cut = "שלום\\u202e" + "ab" * 24 + "a…"
    assert opened.page.evaluate("words => words.map(quoted)", words) == [
        "“king”",
        "“\u2068שלום\u2069”",
        f"“\u2068{cut}\u2069”",
    ]


@pytest.mark.browser
def test_what_the_page_cuts_anywhere_keeps_its_characters_too(opened: Opened) -> None:
    load(opened.page)
    call = "cases => cases.map(([text, most]) => cutOff(text, most))"
    cases = [(SMILE * 6, 6), (SMILE * 7, 6), ("ab" + GERMANY * 2, 4), ("one two", 6)]
    assert opened.page.evaluate(call, cases) == [SMILE * 6, SMILE * 5 + "…", "ab…", "one t…"]


@pytest.mark.browser
def test_a_browser_that_knows_no_characters_of_a_reader_cuts_between_code_points(opened: Opened) -> None:
    opened.page.evaluate("delete Intl.Segmenter")
    load(opened.page)
    cut = opened.page.evaluate("texts => texts.map((text) => shortened(text, 6))", [SMILE * 7, "x" + GERMANY * 5])
    assert cut == [SMILE * 5 + "…", "x" + GERMANY * 2 + "…"]
