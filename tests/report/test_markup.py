"""How HTML is written: templates escape every text, and a part is a class and a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, ClassVar

import pytest
from jinja2 import UndefinedError

from embedkit.controls import printable
from embedkit.display.markup import frame, note
from embedkit.report import parts
from embedkit.report.glossary import explained
from embedkit.report.ledger import Ledger
from embedkit.report.markup import environment, fill, safe, sentence
from embedkit.report.parts import Facts, Gallery, Headline, Headlines, Paragraph, Part, Picture, Sample, Strip, Table
from embedkit.report.writer import PageWriter
from tests.cli.test_terminal import HOSTILE as OBEYED
from tests.cli.test_terminal import MARKS, TAGS
from tests.report.opening import open_page
from tests.report.synthetic import HOSTILE

TEMPLATES = environment("embedkit.report")


def written(part: Part) -> str:
    return str(PageWriter(section="s").write_part(part))


def test_a_template_escapes_what_it_is_given_and_leaves_what_is_safe() -> None:
    template = TEMPLATES.from_string('<p title="{{ text }}">{{ text }}{{ html }}{{ number }}</p>')
    html = template.render(text="<b>\"'&\ud800", html=safe("<i>"), number=3)
    text = r"&lt;b&gt;&#34;&#39;&amp;\ud800"
    assert html == f'<p title="{text}">{text}<i>3</p>'


def test_what_a_template_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        TEMPLATES.from_string("{{ text }}").render()
    with pytest.raises(UndefinedError):
        fill("embedkit.report", "section.html", parts="")


def test_every_part_has_a_template_and_every_template_of_one_a_part() -> None:
    classes = [value for value in vars(parts).values() if isinstance(value, type) and issubclass(value, Part)]
    templates = {each.template for each in classes if each is not Part}
    folder = files("embedkit.report").joinpath("templates", "parts")
    shared = {"plot.html", "map.html"}
    assert templates | shared == {each.name for each in folder.iterdir()}
    assert len(templates) == len(classes) - 1


def test_a_part_is_a_class_and_its_template(monkeypatch: pytest.MonkeyPatch) -> None:
    from jinja2 import DictLoader

    @dataclass(frozen=True)
    class Quotation(Part):
        template: ClassVar[str] = "quotation.html"
        text: str

        def context(self, page: Ledger) -> Mapping[str, Any]:
            page.add_block("quotation", {"text": self.text})
            return {"number": page.number("quotation")}

    loader = DictLoader({"parts/quotation.html": "<q>{{ part.text }}, {{ number }}</q>"})
    monkeypatch.setattr(TEMPLATES, "loader", loader)
    page = PageWriter()
    assert page.write_parts([Quotation("<a>"), Quotation("b")]) == "<q>&lt;a&gt;, 1</q><q>b, 2</q>"
    assert len(page.blocks) == 2
    assert page.blocks[0] == (
        '<script type="application/json" id="data-quotation">{"text":"\\u003ca\\u003e"}</script>\n'
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_text_wherever_a_part_holds_any(hostile: str) -> None:
    page = PageWriter(section="s")
    html = page.write_parts(
        [
            Paragraph(hostile),
            Headlines((Headline(hostile, hostile, hostile),)),
            Facts(hostile, ((hostile, hostile),)),
            Facts(hostile, ((hostile, hostile),), folded=True),
            Table((hostile,), ((hostile,),), hostile, heading=hostile),
            Sample(hostile, hostile, 0.5, 1),
            Gallery(hostile, (Picture(b"png", hostile, hostile, hostile, hostile, hostile, b"wav"),)),
            Strip(hostile, (hostile, hostile), hostile, (0.5, -1.0), (True, False), hostile),
        ]
    )
    plain = page.write_parts(
        [
            Paragraph("x"),
            Headlines((Headline("x", "x", "x"),)),
            Facts("x", (("x", "x"),)),
            Facts("x", (("x", "x"),), folded=True),
            Table(("x",), (("x",),), "x", heading="x"),
            Sample("x", "x", 0.5, 1),
            Gallery("x", (Picture(b"png", "x", "x", "x", "x", "x", b"wav"),)),
            Strip("x", ("x", "x"), "x", (0.5, -1.0), (True, False), "x"),
        ]
    )
    assert html.count("<") == plain.count("<")
    assert html.count('"') == plain.count('"')


def test_a_sound_lies_in_the_page_and_plays_when_asked() -> None:
    html = written(Gallery("Heard", (Picture(None, "two words", "one two", "right", wav=b"RIFF"),)))
    assert '<audio controls preload="none" src="data:audio/wav;base64,UklGRg==" aria-label="two words"></audio>' in html
    assert "<img" not in html
    assert "<audio" not in written(Gallery("Seen", (Picture(b"png", "a cat", "a cat", "right"),)))


def test_a_tables_rows_and_columns_are_set_by_their_kind() -> None:
    table = Table(("a", "b", "c"), (("x", "1", "long"), ("", "2", "")), strong=frozenset({1}), prose=frozenset({2}))
    html = written(table)
    assert '<table class="report-table" data-part="s/table-1">' in html
    assert "<th>a</th>" not in html
    assert '<th scope="col">a</th><th class="number" scope="col">b</th><th class="prose" scope="col">c</th>' in html
    assert '<tr class=""><td>x</td><td class="number">1</td><td class="prose">long</td></tr>' in html
    assert '<tr class="strong more"><td></td><td class="number">2</td><td class="prose"></td></tr>' in html


def test_the_tokens_of_a_strip_stand_together_but_for_their_glue() -> None:
    html = written(Strip("h", ("a", "\n"), " ", (0.25, -1.0), (False, True)))
    assert '<p><bdi><span data-level="0.25">a</span> <span data-level="-1" class="marked">\n</span></bdi></p>' in html


def test_a_long_text_of_a_display_is_cut_between_words() -> None:
    # At most 2,000 characters, and no part of a word that might go on.
    assert f">{' '.join(['word'] * 399)}…</div>" in frame("display", note("word " * 999))
    assert f">{'x' * 1_999}…</div>" in frame("display", note("x" * 3_000))


def test_a_display_takes_only_html_of_our_own_for_html() -> None:
    html = frame("<x>", note("a & b"), "<script>")
    assert "&lt;x&gt;" in html
    assert "a &amp; b" in html
    assert html.count("<script>") == 0


def test_what_a_page_would_obey_is_made_visible_as_on_the_command_line() -> None:
    template = TEMPLATES.from_string("<title>{{ text }}</title>{{ text|exact }}")
    assert template.render(text="a\u202eb\u2067c\x07\u200fd\ne") == (
        "<title>a\\u202eb\\u2067c\\x07\\u200fd\ne</title>a\u202eb\u2067c\x07\u200fd\ne"
    )
    assert TEMPLATES.from_string("{{ text }}").render(text="👩\u200d👩 مرحبا") == "👩\u200d👩 مرحبا"
    assert explained("of \u202ea cell", {}, {}).startswith(r"of \u202ea <a ")


SENTENCES = {
    "Of שלום: 3 of 12": "Of <bdi>שלום</bdi>: 3 of 12",
    "שלום: 3 of 12": "<bdi>שלום</bdi>: 3 of 12",
    "It is best at “פרק 12”: 80.0 %": "It is best at “<bdi>פרק 12</bdi>”: 80.0 %",
    "of שלום עולם (8 %), مرحبا (1 %) & a": "of <bdi>שלום עולם</bdi> (8 %), <bdi>مرحبا</bdi> (1 %) &amp; a",
    'of "שלום\u200f" 3, \'צ"ל\' 4': "of &#34;<bdi>שלום\u200f</bdi>&#34; 3, &#39;<bdi>צ&#34;ל</bdi>&#39; 4",
    "צה״ל, می\u200cخواهم 2 <b>": "<bdi>צה״ל</bdi>, <bdi>می\u200cخواهم</bdi> 2 &lt;b&gt;",
    # What is not of ours stands in its own order.
    "פרק 12": "פרק 12",
    "“king” is 1 of 2": "“king” is 1 of 2",
}
"""Sentences and their HTML."""


@pytest.mark.parametrize(("text", "html"), SENTENCES.items())
def test_words_from_right_to_left_are_isolated_in_a_sentence(text: str, html: str) -> None:
    assert sentence(text) == html
    assert written(Paragraph(text)).strip() == f'<p class="told">{html}</p>'
    assert f">{html}</div>" in frame("display", note(text))


def test_a_sentence_is_one_across_its_explained_terms() -> None:
    html = explained("LSTM שלום: 3", {}, {})
    assert html.endswith("</a> <bdi>שלום</bdi>: 3")


def test_headings_captions_and_notes_isolate_too() -> None:
    rows = (("שלום", "1", "2", "3"),)
    table = written(Table(("a", "b", "c", "d"), rows, "Of שלום: 1", heading="Words of שלום: 2"))
    assert "Of <bdi>שלום</bdi>: 1" in table
    assert "Words of <bdi>שלום</bdi>: 2" in table
    assert ">שלום</td>" in table  # a cell holds nothing else


@pytest.mark.browser
def test_a_figure_behind_a_word_from_right_to_left_stands_behind_it(browser: Any) -> None:
    opened = open_page(browser)
    opened.page.set_content(f"<p>{sentence('Of שלום: 3 of 12')}</p><p>Of שלום: 3 of 12</p>")
    left = """text => Array.from(document.querySelectorAll("p"), (line) => {
        const nodes = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
            const at = node.data.indexOf(text);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            return range.getBoundingClientRect().left;
        }
    })"""
    (word, bare_word), (figure, bare_figure) = (opened.page.evaluate(left, each) for each in ("ש", "3"))
    assert word < figure
    assert bare_word > bare_figure  # without it the figure is drawn before the word
    opened.page.close()


@pytest.mark.browser
def test_the_scripts_of_a_page_make_visible_what_the_library_does(browser: Any) -> None:
    opened = open_page(browser)
    source = files("embedkit.report").joinpath("scripts", "figures.js").read_text("utf-8")
    opened.page.add_script_tag(content=source)
    texts = [OBEYED, *TAGS, *MARKS, "a\tb\nc 👩\u200d👩"]
    texts = [text.replace("\ud800", "") for text in texts]  # which no text that is sent to a browser may hold
    assert opened.page.evaluate("texts => texts.map(printable)", texts) == [printable(text) for text in texts]
    opened.page.close()
