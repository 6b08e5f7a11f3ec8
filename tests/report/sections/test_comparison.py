"""Two spaces side by side in a report: what it says, and what a reader does with it in a browser."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.comparison.churn import over_training
from embedkit.analysis.comparison.stored import OVER_TRAINING, comparison_name, save_comparison
from embedkit.analysis.comparison.two_spaces import Comparison, compare
from embedkit.analysis.maps.stored import MAPS
from embedkit.errors import ReportError, UsageError
from embedkit.numerals import signed
from embedkit.report import Report, comparison_report, over_training_report, render
from embedkit.report.comparison import ComparisonMaterial
from embedkit.report.parts import LinkedMaps, Paragraph, Table
from embedkit.report.rendering import to_html
from embedkit.report.sections.comparison import _looked_at, findings, visible_word
from embedkit.report.sections.linked_maps import side_by_side
from embedkit.runs.folder import Run
from embedkit.spaces.snapshots import Snapshot
from embedkit.spaces.stored import load_run_space, save_run_space
from tests.report import synthetic
from tests.report.opening import Opened, open_file

HOSTILE = [word for word in synthetic.HOSTILE if "<" in word]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    folder = tmp_path_factory.mktemp("runs")
    return synthetic.language_model_run(folder / "model"), synthetic.word2vec_run(folder / "vectors")


@pytest.fixture(scope="module")
def comparison(runs: tuple[Run, Run]) -> Comparison:
    one, other = runs
    comparison = compare(load_run_space(one, "input"), load_run_space(other, "vectors"), k=5, resamples=200)
    save_comparison(one, comparison_name("input", other, "vectors"), comparison)
    return comparison


@pytest.fixture(scope="module")
def report(runs: tuple[Run, Run], comparison: Comparison) -> Report:
    return comparison_report(runs[0], "input", runs[1], "vectors", floor=0)


@pytest.fixture(scope="module")
def material(runs: tuple[Run, Run], comparison: Comparison) -> ComparisonMaterial:
    return ComparisonMaterial(runs[0], "input", runs[1], "vectors", floor=0)


def parts(report: Report, section: str, kind: type) -> list[Any]:
    return [part for each in report.sections if each.name == section for part in each.parts if isinstance(part, kind)]


def test_the_figures_are_those_that_are_kept(report: Report, comparison: Comparison) -> None:
    figures = comparison.figures
    assert report.title == "model and vectors compared"
    assert "model: a word-level LSTM" in report.summary
    assert "vectors: skip-gram word vectors" in report.summary
    headlines = report.headlines
    shared, overlap, *_ = headlines.items
    assert shared.value == "320"
    assert shared.detail == "80.0 % of the 400 of model/input and 100.0 % of the 320 of vectors/vectors"
    assert overlap.value == f"{figures.neighbors.value:.3f}"
    assert overlap.detail.endswith(f"shuffled labels {figures.neighbors_chance:.4f}")
    (table,) = parts(report, "comparison", Table)
    rows = {row[0]: row for row in table.rows}
    held = figures.alignment.held_out
    assert held.interval is not None
    assert rows["Cosine after alignment, held out"][1:4] == (
        f"{held.value:.3f}",
        f"{held.interval.low:.3f} – {held.interval.high:.3f}",
        f"{figures.alignment.shuffled_held_out:.3f}",
    )


def test_the_table_names_the_words_that_moved_most(report: Report, comparison: Comparison) -> None:
    most, least = parts(report, "moved", Table)
    words = comparison.words
    assert [row[0] for row in most.rows] == [visible_word(words.labels[row]) for row in words.moved_most(25, floor=0)]
    first = int(words.moved_most(1, floor=0)[0])
    near_a, near_b = words.nearest(first, 6)
    assert most.rows[0][-2:] == (", ".join(map(visible_word, near_a)), ", ".join(map(visible_word, near_b)))
    assert len(least.rows) == 10


def test_a_floor_that_no_word_reaches_is_said(runs: tuple[Run, Run], comparison: Comparison) -> None:
    made = comparison_report(runs[0], "input", runs[1], "vectors", floor=10**9)
    (note,) = parts(made, "moved", Paragraph)
    assert note.text.startswith("None of the 320 shared words occurs 1,000,000,000 times or more")


def test_only_texts_whose_counts_are_known_are_named(comparison: Comparison) -> None:
    counts = np.full((len(comparison.words), 2), 100.0)
    both, one = counts, counts * [1, np.nan]
    notes = [_looked_at(replace(comparison.words, counts=each), 50, 320) for each in (both, one, counts * np.nan)]
    assert notes[0].endswith("50 times or more in both training texts.")
    assert notes[1].endswith("50 times or more in the one training text whose counts are known.")
    assert notes[2].endswith("how often they occur in a text is not known.")


def test_findings_follow_the_figures(comparison: Comparison) -> None:
    first, second = findings(comparison, "one", "other")
    assert f"{comparison.words.common.mean():.1f} are the same in one and in other" in first
    held = comparison.figures.alignment.held_out
    assert held.interval is not None
    assert second.startswith("No rotation was shown to turn the one into the other")
    assert f"a mean cosine of {signed(held.value, 2)} (95 %: {signed(held.interval.low, 2)} to " in second
    space = synthetic.space_of("x/input", synthetic.labels_of(200), 16, seed=1)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(16, 16)))[0]
    turned = replace(space, name="y/input", vectors=space.vectors @ turn)
    _, same = findings(compare(space, turned, k=5, resamples=100), "one", "other")
    assert same.endswith("have a mean cosine of 1.00; for the words it was fitted on, 1.00.")


def test_only_shared_words_are_drawn_on_both_maps(
    material: ComparisonMaterial, runs: tuple[Run, Run], comparison: Comparison
) -> None:
    (linked,) = [part for part in side_by_side(material) if isinstance(part, LinkedMaps)]
    drawn = set(comparison.words.labels)
    for run, name in ((runs[0], "input-pca"), (runs[1], "vectors-pca")):
        drawn &= set(MAPS.load(run, name).labels)
    assert set(material.on_maps) == drawn
    assert 250 < len(drawn) < 320
    one, other = linked.maps
    for shown_map, space in zip((one, other), material.embedded, strict=True):
        assert [view["method"] for view in shown_map.maps] == ["umap", "pca"]
        for view in shown_map.maps:
            first = range(view["points"])
            places = first if view["words"] is None else np.frombuffer(base64.b64decode(view["words"]), dtype="<i4")
            assert {space.words[place] for place in places} == drawn
    # Its axes were turned, so the second has no names at them.
    assert [view["axes"] for view in other.maps] == [[[], []]] * 2
    assert {each["name"] for each in one.colorings[material.keys[0]]} >= {"second-order shift"}


def test_hostile_words_stay_text(report: Report) -> None:
    page = to_html(report)
    assert not re.search(r"<img src=x|<script>alert", page)
    assert HOSTILE


def test_readable_refusals(runs: tuple[Run, Run], comparison: Comparison, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown comparison 'output--vectors-vectors'"):
        comparison_report(runs[0], "output", runs[1], "vectors")
    run = synthetic.word2vec_run(tmp_path / "other")
    save_comparison(run, comparison_name("vectors", runs[1], "vectors"), comparison)
    save_run_space(run, "vectors", synthetic.space_of("other/vectors", synthetic.labels_of(100), 8, seed=1))
    with pytest.raises(ReportError, match="vectors has changed since it was compared"):
        comparison_report(run, "vectors", runs[1], "vectors")


def course(run: Run, count: int) -> None:
    rng = np.random.default_rng(0)
    start, end = rng.normal(size=(2, 60, 8))
    shares = [(i + 1) / count for i in range(count)]
    labels = synthetic.labels_of(60)
    taken = [
        Snapshot(int(900 * s), int(90_000 * s), s, synthetic.EmbeddingSpace("x", labels, (1 - s) * start + s * end))
        for s in shares
    ]
    OVER_TRAINING.save(run, over_training(f"{run.name}/input", taken, k=5, resamples=100))


def test_a_course_is_told(runs: tuple[Run, Run]) -> None:
    run = runs[0]
    course(run, 5)
    made = over_training_report(run)
    assert made.title == "model over its training"
    (table,) = parts(made, "over-training", Table)
    assert len(table.rows) == 5
    assert table.rows[-1][2:] == ("–",) * 8
    text = made.sections[0].finding
    assert text.startswith("From the first snapshot (18,000 tokens) to the last the neighbourhoods of the 60")
    assert "over the last 20 % of the tokens" in text


@pytest.fixture(scope="module")
def page_file(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(report, tmp_path_factory.mktemp("html") / "compare.html")


@pytest.fixture
def opened(browser: Any, page_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, page_file)
    yield opened
    opened.page.close()


SOURCE = "Bokeh.documents.map(d => d.get_model_by_name('{}')).filter(m => m)[{}]"
SELECTED = """number => {
    const ints = text => new Int32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
    const of = id => JSON.parse(document.getElementById(id).textContent);
    const [map] = of(number ? "data-map-2" : "data-map").maps;
    const space = of("data-spaces").find(s => s.key === map.space);
    const words = map.words === null ? Int32Array.from({length: map.points}, (_, i) => i) : ints(map.words);
    const source = Bokeh.documents.map(d => d.get_model_by_name("points")).filter(m => m)[number];
    return source.selected.indices.map(row => space.words[words[words.length - 1 - row]]).sort();
}"""


@pytest.mark.browser
def test_what_is_selected_in_one_lights_up_in_the_other(opened: Opened) -> None:
    page = opened.page
    for here, there in ((0, 1), (1, 0)):
        page.evaluate(f"{SOURCE.format('points', here)}.selected.indices = [{here}, 5, 17]")
        words = page.evaluate(SELECTED, here)
        assert len(words) == 3
        assert page.evaluate(SELECTED, there) == words
    page.click("#selected-clear")
    assert page.evaluate(SELECTED, 1) == []
    assert opened.complaints == []


@pytest.mark.browser
def test_a_word_sought_in_one_is_opened_in_both(opened: Opened) -> None:
    page = opened.page
    one, other = page.locator(".side").nth(0), page.locator(".side").nth(1)
    other.locator("input[type=search]").fill("queen")
    page.keyboard.press("Enter")
    for side in (one, other):
        assert side.locator(".card strong").inner_text() == "queen"
    one.locator(".card .close").click()
    assert other.locator(".card").is_hidden()
    assert opened.complaints == []


@pytest.mark.browser
def test_pointing_at_a_word_rings_it_in_the_other(opened: Opened) -> None:
    page = opened.page
    frame = page.locator(".side").nth(0).locator(".map-frame")
    frame.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    at = page.evaluate(
        """() => {
            const document_ = Bokeh.documents.find(d => d.get_model_by_name("points"));
            const source = document_.get_model_by_name("points");
            const [plot] = document_.roots();
            const { x_range: xs, y_range: ys } = plot;
            const row = source.data.x.length - 3;
            return [(source.data.x[row] - xs.start) / (xs.end - xs.start),
                    (ys.end - source.data.y[row]) / (ys.end - ys.start)];
        }"""
    )
    box = frame.locator(".plot").bounding_box()
    page.mouse.move(box["x"] + box["width"] * at[0] - 30, box["y"] + box["height"] * at[1])
    page.mouse.move(box["x"] + box["width"] * at[0], box["y"] + box["height"] * at[1], steps=6)
    page.wait_for_timeout(200)
    pointed = page.locator("#tip strong").text_content()
    assert page.evaluate(f"{SOURCE.format('twin', 1)}.data.text") == [pointed]
    assert page.evaluate(f"{SOURCE.format('twin', 0)}.data.text") == []
    page.mouse.move(5, 5)
    page.wait_for_timeout(100)
    assert page.evaluate(f"{SOURCE.format('twin', 1)}.data.text") == []
    assert opened.complaints == []


@pytest.mark.browser
def test_both_change_method_and_colour_together(opened: Opened) -> None:
    page = opened.page
    one, other = page.locator(".side").nth(0), page.locator(".side").nth(1)
    colour = "select >> nth=1"
    assert one.locator(colour).input_value() == "of its 5 nearest, kept in the other space"
    assert other.locator(colour).input_value() == "of its 5 nearest, kept in the other space"
    one.locator(colour).select_option("log frequency")
    assert other.locator(colour).input_value() == "log frequency"
    other.locator("input[value=pca]").check(force=True)
    assert one.locator("input[value=pca]").is_checked()
    assert "Explained variance" in one.locator(".fidelity").inner_text()


@pytest.mark.browser
def test_on_a_phone_they_stand_below_each_other(browser: Any, page_file: Path) -> None:
    opened = open_file(browser, page_file, viewport={"width": 390, "height": 844})
    one, other = (opened.page.locator(".side").nth(i).bounding_box() for i in (0, 1))
    assert other["y"] >= one["y"] + one["height"]
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
    opened.page.close()


def test_the_page_carries_only_shared_words(page_file: Path, comparison: Comparison) -> None:
    text = page_file.read_text(encoding="utf-8")
    block = re.search(r'id="data-spaces">(.*?)</script>', text, re.DOTALL)
    assert block is not None
    spaces = json.loads(block[1])
    assert [space["key"] for space in spaces] == ["model/input", "vectors/vectors"]
    assert all(set(space["words"]) <= set(comparison.words.labels) for space in spaces)
    assert [space["total"] for space in spaces] == [320, 320]
