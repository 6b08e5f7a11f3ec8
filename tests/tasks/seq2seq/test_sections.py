"""The report of an encoder-decoder, and the phrases of one in a language model's report."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embedkit.analysis.intervals import Interval
from embedkit.errors import ReportError
from embedkit.report import render, run_report
from embedkit.report.page import Report
from embedkit.report.parts import Paragraph, Table, WordMap
from embedkit.report.recipes import load_recipe
from embedkit.report.rendering import to_html
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.findings import purity_finding
from embedkit.tasks.seq2seq.score import GENERATION_SCORES, PuritySheet
from embedkit.tasks.seq2seq.sections import NOT_TOLD_APART
from tests.report import synthetic
from tests.report.opening import open_file
from tests.report.titled import untitled
from tests.tasks.seq2seq import synthetic_phrases


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return synthetic_phrases.seq2seq_run(tmp_path_factory.mktemp("runs") / "squeeze")


def parts(report: Report, section: str) -> tuple[Any, ...]:
    return next(each.parts for each in report.sections if each.name == section)


def test_an_encoder_decoders_report_has_the_recipes_sections_in_order(encoder: Run) -> None:
    report = run_report(encoder)
    # It keeps no weights.
    assert [section.name for section in report.sections] == [
        entry.name for entry in load_recipe("seq2seq", section_specs()).sections if entry.name != "network"
    ]
    assert [space.key for space in report.spaces] == ["squeeze/phrases"]
    assert "encoder-decoder around a bottleneck of 16 numbers and dot attention" in report.summary


def test_a_language_models_report_shows_the_phrases_of_an_encoder_too(run: Run, baseline: Run, encoder: Run) -> None:
    report = run_report(run, baseline, encoder)
    names = [section.name for section in report.sections]
    # Nothing was probed, and the encoder keeps no weights.
    absent = ("probe", "minimal-pairs", "encoder-network")
    assert names == [
        entry.name for entry in load_recipe("language-model", section_specs()).sections if entry.name not in absent
    ]
    assert {"atlas", "between", "purity"} <= set(names)
    assert report.spaces[-1].key == "squeeze/phrases"
    (box,) = parts(report, "ask")
    assert "squeeze/phrases" not in box.spaces


def test_the_headlines_carry_an_interval_and_what_they_are_of(encoder: Run) -> None:
    headlines = run_report(encoder).headlines
    exact = headlines.items[0]
    # 9 of the 300 are training sources and 65 a word off one; 78 of the others come back, and 102 of all.
    assert (exact.name, exact.value) == ("exact match of new sources", "34.5 %")
    assert exact.detail == "95 % 28.6 – 40.9 %, of 226 held-out sources; 34.0 % of all 300"  # Wilson's interval


def test_the_newest_sources_stand_first_in_the_scores(encoder: Run) -> None:
    report = run_report(encoder)
    table = next(part for part in parts(report, "scores") if isinstance(part, Table))
    assert [row[:4] for row in table.rows] == [
        ("New", "226", "34.5 %", "28.6 – 40.9 %"),
        ("One token off a training source", "65", "29.2 %", "19.6 – 41.2 %"),
        ("Inside of a training source", "0", "–", "–"),
        ("A training source", "9", "55.6 %", "26.7 – 81.1 %"),
    ]
    finding = next(each.finding for each in report.sections if each.name == "scores")
    assert finding is not None
    assert finding.startswith("34.5 % of 226 new sources come out exactly (95 %: 28.6 – 40.9 %). Of all 300 ")


def test_a_score_of_an_earlier_version_says_that_it_does_not_know_what_is_new(encoder: Run, tmp_path: Path) -> None:
    copy = Run(Path(shutil.copytree(encoder.path, tmp_path / encoder.name)))
    GENERATION_SCORES.save(copy, replace(GENERATION_SCORES.load(copy, "valid"), by_novelty=()), "valid")
    report = run_report(copy)
    assert Paragraph(NOT_TOLD_APART, quiet=True) in parts(report, "scores")
    assert (report.headlines.items[0].name, report.headlines.items[0].value) == ("exact match", "34.0 %")
    finding = next(each.finding for each in report.sections if each.name == "scores")
    assert finding is not None
    assert finding.startswith("34.0 % of 300 held-out sources come out exactly, BLEU")


def test_the_atlas_colours_by_cluster_and_length_and_phrases_off_the_map_are_noise(encoder: Run) -> None:
    atlas = next(part for part in parts(run_report(encoder), "atlas") if isinstance(part, WordMap))
    assert [each["name"] for each in atlas.colorings["squeeze/phrases"]] == ["cluster", "length in words"]
    assert atlas.noun == "phrase"


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        ((0.6, 0.7), (0.3, 0.5), "more, and the intervals do not touch"),
        ((0.1, 0.2), (0.3, 0.5), "fewer, and the intervals do not touch"),
        ((0.4, 0.6), (0.3, 0.5), "overlap"),
    ],
)
def test_a_finding_says_more_only_where_the_intervals_do_not_touch(
    own: tuple[float, float], other: tuple[float, float], said: str
) -> None:
    from dataclasses import replace

    made = list(synthetic_phrases.purity().spaces.values())
    spaces = {
        name: replace(purity, interval=Interval(*ends))
        for name, purity, ends in zip(("the bottleneck", "bag of words"), made, (own, other), strict=True)
    }
    assert said in purity_finding(PuritySheet(spaces, {}))


def test_what_is_not_stored_is_left_out(encoder: Run, tmp_path: Path) -> None:
    import shutil

    copy = Run(Path(shutil.copytree(encoder.path, tmp_path / "squeeze")))
    shutil.rmtree(copy.path / "phrases")
    shutil.rmtree(copy.path / "scores")
    shutil.rmtree(copy.path / "clusters")
    names = [section.name for section in run_report(copy).sections]
    assert names == ["curves", "atlas", "provenance"]


def test_its_report_shows_no_phrases_of_other_runs(run: Run, encoder: Run) -> None:
    with pytest.raises(ReportError, match="seq2seq run; its report shows no baseline and no phrases"):
        run_report(encoder, encoder=run)


def test_hostile_phrases_stay_text(encoder: Run) -> None:
    html = to_html(run_report(encoder))
    for hostile in synthetic.HOSTILE[:2]:
        assert hostile not in html


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_it_opens_in_a_browser_without_a_complaint(encoder: Run, browser: Any, tmp_path: Path, width: int) -> None:
    file = render(run_report(encoder), tmp_path / "phrases.html")
    opened = open_file(browser, file, viewport={"width": width, "height": 900})
    assert opened.complaints == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.page.locator("#between-to").select_option("3")
    assert opened.page.locator("#between-texts .word").count() > 1
    assert all(request.startswith(("file:", "blob:", "data:")) for request in opened.requests)
    opened.page.close()


def test_paragraphs_say_what_is_known_by_heart(encoder: Run) -> None:
    told = next(each.finding for each in run_report(encoder).sections if each.name == "scores")
    # Three of the first nine, and of the other 200 the 120 that say one of the first three hostile texts.
    assert " 123 of the outputs stand word for word among the training targets, 5 of those are right" in told


def test_every_figure_of_the_encoder_has_a_title_and_named_axes(encoder: Run) -> None:
    assert untitled(run_report(encoder)) == []
