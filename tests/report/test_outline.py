"""What a page's outline reads of its markup, and what makes a difference in it; every page here is written by hand."""

import hashlib
from pathlib import Path

import pytest

from benchmarks import same_pages
from embedkit.report.digests import page_digests
from embedkit.report.outline import Piece, read_outline

MARKED = """<!DOCTYPE html><html><body>
<header data-part="page/header"><h1>Title</h1></header>
<main><section id="words" data-part="words/text"><h2>Words</h2><p>one &amp; two</p>
<h3>Counts</h3><div class="scroll"><table class="report-table" data-part="words/table-1"><thead><tr><th>a</th>
<th class="number"></th><th>c &lt; d</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table></div>
<figure><div class="figure" role="img" aria-label="A &quot;curve&quot;" data-part="figure-0">
<div class="plot" id="figure-0"></div></div></figure>
<h3>Pictures</h3>
<ul class="gallery" data-part="words/gallery-1"><li>x</li></ul>
<div data-map="map" data-part="map"></div></section></main>
<script type="application/json" id="data-figure-0">{"b":1,"a":"</h3>"}</script>
<script type="application/json" id="data-map">[]</script>
<script>var markup = "<section id='no'></section>";</script>
</body></html>"""
OLD = MARKED
for name in ("page/header", "words/text", "words/table-1", "words/gallery-1", "figure-0", "map"):
    OLD = OLD.replace(f' data-part="{name}"', "")


def pieces(page: str) -> dict[str, Piece]:
    return {piece.name: piece for piece in read_outline(page).pieces}


def section(inner: str) -> str:
    return f'<section id="s" data-part="s/text">{inner}</section>'


def canonical(inner: str) -> str:
    """The canonical form of a section's text."""
    return pieces(section(inner))["s/text"].canonical()


@pytest.mark.parametrize("page", [MARKED, OLD])
def test_a_page_is_read_the_same_with_and_without_names_on_its_pieces(page: str) -> None:
    outline = read_outline(page)
    assert [(piece.name, piece.kind, piece.section, piece.heading) for piece in outline.pieces] == [
        ("page/header", "header", "page", "header"),
        ("words/text", "text", "words", "text"),
        ("words/table-1", "table", "words", "a |  | c < d"),
        ("figure-0", "figure", "words", 'A "curve"'),
        ("words/gallery-1", "gallery", "words", "Pictures"),
        ("map", "place", "words", "place"),
    ]
    assert outline.blocks == {"figure-0": '{"b":1,"a":"</h3>"}', "map": "[]"}
    assert [digest.name for digest in page_digests(page)] == [
        *("page/header", "words/text", "words/table-1", "words/gallery-1", "figure-0", "map"),
    ]
    assert page_digests(page) == page_digests(MARKED)


def test_digests_of_the_first_version_are_of_markup_without_tables_and_galleries() -> None:
    digests = {each.name: each.sha256 for each in page_digests(OLD, version=1)}

    def sha256(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    figure = OLD[OLD.index("<figure>") : OLD.index("<h3>Pictures")]
    text = f'<h2>Words</h2><p>one &amp; two</p>\n<h3>Counts</h3><div class="scroll"></div>\n{figure}'
    assert digests["words/text"] == sha256(f'{text}\n<div data-map="map"></div>')
    assert digests["words/gallery-1"] == sha256("<li>x</li>")
    assert digests["words/table-1"] == sha256(OLD[OLD.index("<thead>") : OLD.index("</table>")])
    assert digests["page/header"] == sha256("<h1>Title</h1>")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a</p><p>b</p>", "<p>a</p>\n\n  <p>b</p>\n"),
        ('<p id="x" class="a b">t</p>', "<p class='b  a' id=x>t</p>"),
        ('<tr class="">x</tr>', "<tr>x</tr>"),
        ("<p>it&#x27;s &quot;so&quot; &amp; 日</p>", '<p>it&#39;s "so" &amp; &#26085;</p>'),
        ("<p data-part='s/other'>x</p>", "<p>x</p>"),
        ("<p>a<!-- note -->b</p>", "<p>ab</p>"),
        ("<unknown-tag><p>x</p></unknown-tag>", "<unknown-tag >\n<p>x</p></unknown-tag>"),
    ],
)
def test_how_markup_is_written_down_makes_no_difference(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a b</p>", "<p>a  b</p>"),
        ("<p><span>a</span> <span>b</span></p>", "<p><span>a</span><span>b</span></p>"),
        ("<bdi><span>\n</span></bdi>", "<bdi><span></span></bdi>"),
        ("<p>&lt;b&gt;</p>", "<p><b></b></p>"),
        ("<p title='a'>x</p>", "<p title='b'>x</p>"),
        ("<p title='a' title='b'>x</p>", "<p title='b'>x</p>"),
        ("<p>a</p>", "<p>a</p><script>b</script>"),
        ("<p>a</p>b", "<p>a</p>c"),
        ("<unknown-tag>x</unknown-tag>", "<p>x</p>"),
    ],
)
def test_what_markup_says_makes_a_difference(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_a_table_within_a_table_belongs_to_it() -> None:
    inner = '<table class="report-table"><thead><tr><th>b</th></tr></thead></table>'
    table = f'<table class="report-table"><tr><th>a</th><td>{inner}</td></tr></table>'
    read = pieces(section(f"<p>before</p>{table}<p>after</p>"))
    assert list(read) == ["s/text", "s/table-1"]
    assert read["s/table-1"].markup == f"<tr><th>a</th><td>{inner}</td></tr>"
    assert read["s/text"].markup == "<p>before</p><p>after</p>"
    assert "after" in read["s/text"].canonical()
    assert "after" not in read["s/table-1"].canonical()


def test_a_name_that_stands_twice_is_told_apart() -> None:
    table = '<table class="report-table" data-part="s/table-1"><tr><td>{}</td></tr></table>'
    read = pieces(section(table.format("one") + table.format("two")))
    assert list(read) == ["s/text", "s/table-1", "s/table-1, again 2"]
    assert "one" in read["s/table-1"].markup


def test_of_two_blocks_of_one_name_the_first_counts_as_in_a_browser() -> None:
    block = '<script id="data-x" type="application/json">{}</script>'
    assert read_outline(block.format(1) + block.format(2)).blocks == {"x": "1"}
    assert read_outline(block.format("")).blocks == {"x": ""}
    assert read_outline('<script type="text/javascript" id="data-x">1</script>').blocks == {}


@pytest.mark.parametrize(
    "page", ["", "<", "<section id='s'>", "<section id='s'><table class=report-table><th>a", "</p>"]
)
def test_what_is_left_open_is_read_to_its_end(page: str) -> None:
    assert len(read_outline(page).pieces) == page.count("=")
    assert all(piece.section == "s" for piece in read_outline(page).pieces)


def test_pages_are_compared_section_by_section(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert same_pages.compare(MARKED, OLD) == {"page": [], "words": []}
    other = MARKED.replace("<td>1</td>", "<td>2</td>").replace('{"b":1', '{"b":2')
    assert same_pages.compare(MARKED, other) == {
        "page": [],
        "words": ['words/table-1: [15][1] "1" ≠ "2"', "data “figure-0”: .b 1 ≠ 2"],
    }
    assert same_pages.first_difference([0.1 + 0.2], [0.3]) == ""
    assert same_pages.first_difference([0.3], [0.3001]) == "[0] 0.3 ≠ 0.3001"
    without = MARKED.replace('<script type="application/json" id="data-map">[]</script>', "")
    assert same_pages.compare(without, MARKED)["words"] == ["data “map”: only in the second page"]
    paths = [tmp_path / name for name in ("one.html", "two.html")]
    for path, page in zip(paths, (MARKED, other), strict=True):
        path.write_text(page, encoding="utf-8")
    assert same_pages.main([str(paths[0]), str(paths[0])]) == 0
    assert same_pages.main([str(path) for path in paths]) == 1
    assert "words: differs" in capsys.readouterr().out


def test_of_a_lineage_versions_commands_and_digests_may_differ() -> None:
    page = '<title>t</title><script type="application/json" id="data-lineage">{}</script>'
    one, other = (
        page.format(
            f'{{"version": {n}, "embedkit": "0.{n}", "command": "c{n}", "runs": [], "shown": [{{"sha256": {n}}}]}}'
        )
        for n in (1, 2)
    )
    assert same_pages.compare(one, other) == {"page": []}
    assert same_pages.compare(one, other.replace("[]", "[1]")) == {
        "page": ["data “lineage”: .runs 0 ≠ 1 items, from [0]: [] ≠ [1]"]
    }
