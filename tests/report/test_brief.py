"""The first page: which findings it takes, in which order, and what a reader sees of them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedkit.analysis.intervals import Interval
from embedkit.report.findings import (
    Finding,
    Measure,
    findings_of,
    not_beyond,
    of_standing,
    share_measure,
    strongest,
    trust_in,
)
from embedkit.report.page import Report, Section
from embedkit.report.parts import Brief, Paragraph, Table
from embedkit.report.rendering import render, to_html
from embedkit.report.sections.analogies import _too_few
from tests.report.opening import open_file


def test_skill_is_the_way_from_the_baseline_to_the_best() -> None:
    assert share_measure(0.6, 0.2, "chance").skill == pytest.approx(0.5)  # 0.4 of 0.8
    assert share_measure(0.6, 0.2, "chance", Interval(0.4, 0.8)).skill == pytest.approx(0.25)  # the lower end counts
    nats = Measure(3.0, 6.0, 0.0, "by frequency alone", ("20", "403", "1"))
    assert nats.skill == pytest.approx(0.5)  # less is better: half of six nats are left
    less = Measure(3.0, 6.0, 0.0, "by frequency alone", ("20", "403", "1"), Interval(2.4, 4.5))
    assert less.skill == pytest.approx(0.25)  # the upper end is what is certain
    assert less.places == pytest.approx((0.25, 0.5, 0.6))
    assert Measure(1.0, 1.0, 1.0, "itself", ("1", "1", "1")).skill == 0


def test_places_are_cut_at_both_ends() -> None:
    assert share_measure(0.1, 0.2, "chance", Interval(0.05, 0.3)).places == pytest.approx((0.0, 0.0, 0.125))


def test_the_strongest_come_first_and_five_are_the_most() -> None:
    found = [Finding(str(i), share_measure(i / 10, 0.0, "nothing")) for i in (3, 9, 1, 7, 5, 2)]
    assert [finding.text for finding in strongest(found)] == ["9", "7", "5", "3", "2"]


def test_of_several_runs_each_section_has_one() -> None:
    shares = (("a", 0.9), ("a", 0.1), ("b", 0.4), ("b", 0.5))
    measured = [Finding(f"{name}{share}", share_measure(share, 0.0, "nothing"), anchor=name) for name, share in shares]
    others = [Finding("b alone", anchor="b"), Finding("c", anchor="c")]
    assert [each.text for each in strongest([*measured, *others], one_each=True)] == ["a0.9", "b0.5", "c"]


def test_what_has_no_baseline_fills_up_to_three_and_what_is_not_beyond_its_own_is_left_out() -> None:
    measured = Finding("measured", share_measure(0.5, 0.2, "chance"))
    level = Finding("level", share_measure(0.5, 0.2, "chance", Interval(0.1, 0.9)))
    plain = [Finding(text) for text in ("first", "second", "third")]
    trusted = trust_in("a map")
    assert trusted is not None
    findings = [*plain, level, measured, trusted, Finding("unknown", standing="open")]
    assert [finding.text for finding in strongest(findings)] == ["measured", "first", "second"]
    assert [finding.text for finding in not_beyond(findings)] == ["level"]
    assert [finding.text for finding in of_standing(findings, "trust")] == ["a map"]
    assert [finding.text for finding in of_standing(findings, "open")] == ["unknown"]
    assert trust_in(None) is None


def test_a_finding_knows_where_it_stands() -> None:
    assert findings_of("", "x", "X") == findings_of(None, "x", "X") == findings_of((), "x", "X") == ()
    assert findings_of("so", "x", "X") == (Finding("so", anchor="x", heading="X"),)
    two = (Finding("so", plain="in short"), Finding("", standing="trust", plain="of ten"))
    assert [(each.in_plain_words, each.anchor, each.heading) for each in findings_of(two, "x", "X")] == [
        ("in short", "x", "X"),
        ("of ten", "x", "X"),
    ]


def page_of(folded: bool = True) -> str:
    found = Finding(
        "<b>far</b> beyond", share_measure(0.6, 0.2, "chance", Interval(0.5, 0.7)), anchor="x", heading="Deep"
    )
    unsaid = Finding("Whether it rains.", standing="open", anchor="x", heading="Deep")
    parts = (Paragraph("By cosine."), Table(("a", "b", "c", "d"), (("1", "2", "3", "4"),)))
    section = Section("x", "Deep", "With perplexity, and perplexity again.", parts, "Found.", folded=folded)
    return to_html(Report("t", "s", (section,), brief=Brief("What is it?", (found,), (), (unsaid,))))


def test_the_first_page_says_the_question_the_findings_and_what_could_not_be_said() -> None:
    page = page_of()
    assert '<p class="question">What is it?</p>' in page
    assert '&lt;b&gt;far&lt;/b&gt; beyond <a class="evidence" href="#x">Deep</a>' in page
    assert 'aria-label="60.0 %, between 20.0 %, chance, and 100 %, the best possible"' in page
    assert 'x1="85.0" x2="135.0"' in page  # 10 + 200 · 0.375 and 10 + 200 · 0.625
    assert "Whether it rains." in page
    assert "How far it can be trusted" not in page  # there is nothing to say of it


def test_evidence_is_folded_below_the_finding_and_says_what_it_has() -> None:
    finding, fold = '<p class="finding">Found.</p>', '<details class="fold"><summary>The evidence: 1 table</summary>'
    assert f"{finding}\n{fold}" in page_of()
    assert fold not in page_of(folded=False)


def test_a_term_is_explained_where_a_section_has_it_first_and_in_the_pages_glossary() -> None:
    page = page_of()
    assert page.count('href="#term-perplexity"') == 1
    assert page.count('id="term-perplexity"') == 1
    assert 'href="#term-cosine"' in page
    assert 'id="term-silhouette"' not in page  # it does not stand in the page


def test_a_row_of_a_wide_table_can_stand_as_a_list() -> None:
    assert '<td class="number" data-column="d" role="cell">4</td>' in page_of()


@pytest.mark.parametrize("columns", [3, 4])
def test_the_caption_of_a_wide_table_has_no_link(columns: int) -> None:
    """A wide table says its role, which lets it have no link among its children."""
    table = Table(tuple("abcd"[:columns]), (tuple("1234"[:columns]),), "By perplexity.")
    page = to_html(Report("t", "s", (Section("x", "X", "", (table,)),)))
    assert ('role="table"' in page) is (columns > 3)
    assert ("<caption><span>By perplexity.</span>" in page) is (columns > 3)


@pytest.mark.parametrize(("questions", "more"), [("google-analogies", True), ("mine", False)])
def test_where_too_few_questions_are_covered_it_is_said_what_more_text_gives(questions: str, more: bool) -> None:
    sheet: Any = SimpleNamespace(questions=questions, micro=SimpleNamespace(coverage=0.125))
    said = _too_few([("word vectors", sheet)])
    assert "too few have all their words, 12.5 % by the word vectors, where 50 % are needed." in said
    assert ("embedkit train word2vec" in said) is more


def test_a_number_and_its_sign_stay_on_one_line_and_nothing_is_said_where_nothing_was_found() -> None:
    finding = Finding("It gets 44.3 % right.", standing="open", anchor="x", heading="Deep")
    page = to_html(Report("t", "s", (), brief=Brief("What is it?", (), (), (finding,), linked=False)))
    assert "It gets 44.3\u00a0% right." in page
    assert "Nothing that was measured here is above its baseline." in page


@pytest.mark.browser
def test_a_first_page_alone_is_small_and_opens(browser: Any, tmp_path: Path) -> None:
    finding = Finding("far", share_measure(0.6, 0.2, "chance"), anchor="x", heading="Deep")
    report = Report("t", "s", (), brief=Brief("What is it?", (finding,), linked=False))
    file = render(report, tmp_path / "brief.html")
    assert file.stat().st_size < 260_000  # no Bokeh
    opened = open_file(browser, file)
    assert opened.complaints == []
    opened.page.close()
