"""How far each point of a map can be trusted, and what its axes are: on the page of a real Chromium."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.maps.projection import Projection, axes, pca
from embedkit.analysis.maps.stability import stability
from embedkit.report import Report, Section, render
from embedkit.report.embedded import embed_space
from embedkit.report.figures.maps import axis_names, word_map
from embedkit.report.trust import fidelity_facts, fidelity_note
from embedkit.spaces import EmbeddingSpace
from tests.report import synthetic
from tests.report.opening import Opened, open_file

POINTS = "Bokeh.documents.map(d => d.get_model_by_name('points')).find(m => m)"
BAD = synthetic.HOSTILE[0]


@pytest.fixture(scope="module")
def space() -> EmbeddingSpace:
    return synthetic.space_of("model/input", synthetic.labels_of(200), 16, seed=1)


@pytest.fixture(scope="module")
def maps(space: EmbeddingSpace) -> list[Projection]:
    flat = replace(pca(space), stability=stability(space, "pca", seeds=3))
    own = axes(space, axes=["man→woman", f"{BAD}->the"])
    return [synthetic.pretend_umap(space), flat, own, pca(space, dimensions=3)]


@pytest.fixture(scope="module")
def page_file(space: EmbeddingSpace, maps: list[Projection], tmp_path_factory: pytest.TempPathFactory) -> Path:
    embedded = embed_space(space, key="words", name="words", answering=0, map_labels=[space.labels])
    part = word_map([embedded], {"words": maps})
    report = Report("maps", "", (Section("map", "Map", "", (part,)),), spaces=(embedded,))
    return render(report, tmp_path_factory.mktemp("html") / "maps.html")


@pytest.fixture
def opened(browser: Any, page_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, page_file)
    yield opened
    opened.page.close()


def colours(page: Any) -> list[str]:
    return page.evaluate(f"Array.from({POINTS}.data.color).reverse()")


def everything(page: Any) -> None:
    page.evaluate(f"{{const s = {POINTS}; s.selected.indices = Array.from(s.data.x.keys());}}")


def downloaded(page: Any) -> list[dict[str, str]]:
    everything(page)
    with page.expect_download() as download:
        page.click("#selected-csv")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.browser
def test_the_colours_are_those_of_the_map_that_is_shown(opened: Opened, maps: list[Projection]) -> None:
    page = opened.page
    page.check("#map-method input[value=pca]")
    page.select_option("#map-colour", "neighbours kept")
    of_pca = colours(page)
    kept = maps[1].kept
    assert kept is not None
    # As many colours as shares, and the same share has the same colour.
    by_share = dict(zip(kept.tolist(), of_pca, strict=True))
    assert [by_share[share] for share in kept.tolist()] == of_pca
    assert len(set(of_pca)) == len(set(kept.tolist()))
    page.check("#map-method input[value=axes]")
    of_axes, on_axes = colours(page), maps[2].kept
    assert on_axes is not None
    assert of_axes != of_pca
    # A colour stands for the same share on every map.
    assert all(by_share.get(share, colour) == colour for share, colour in zip(on_axes.tolist(), of_axes, strict=True))
    legend = page.locator("#map-legend").inner_text()
    assert "100 % of the 15 nearest in the full space are among the 15 nearest here" in legend
    assert f"on a shuffled map {100 * 15 / 199:.1f} %" in legend
    assert opened.complaints == []


@pytest.mark.browser
def test_a_map_without_the_colouring_falls_back(opened: Opened) -> None:
    page = opened.page
    page.check("#map-method input[value=pca]")
    page.select_option("#map-colour", "stable neighbours")
    page.check("#map-method input[value=umap]")  # nothing is kept of its points
    offered = page.locator("#map-colour option").all_inner_texts()
    assert offered == ["log frequency", "part of the vocabulary"]
    assert page.input_value("#map-colour") == "log frequency"


@pytest.mark.browser
def test_the_csv_the_table_and_the_card_have_the_shares(opened: Opened, maps: list[Projection]) -> None:
    page = opened.page
    page.check("#map-method input[value=pca]")
    rows = downloaded(page)
    kept, intruders, stability = maps[1].kept, maps[1].intruders, maps[1].stability
    assert kept is not None
    assert intruders is not None
    assert stability is not None
    assert [float(row["neighbours kept"]) for row in rows] == pytest.approx(kept.tolist(), abs=1e-4)
    assert [float(row["false neighbours"]) for row in rows] == pytest.approx(intruders.tolist(), abs=1e-4)
    stable = [float(row["stable neighbours"]) if row["stable neighbours"] else np.nan for row in rows]
    assert stable == pytest.approx(stability.subsamples.points.tolist(), abs=1e-4, nan_ok=True)
    assert "Neighbours kept" in page.locator("#selected-rows thead").inner_text()
    page.fill("#map-search", "queen")
    page.keyboard.press("Enter")
    card = page.locator("#map-card").inner_text()
    share = kept[maps[1].labels.index("queen")]
    assert f"neighbours kept: {round(100 * float(share))} %" in card
    assert "false neighbours:" in card


@pytest.mark.browser
def test_axes_have_their_names_and_hostile_ones_are_text(opened: Opened) -> None:
    page = opened.page
    page.check("#map-method input[value=axes]")
    assert page.locator(".axis-name.across").inner_text() == "man → woman"
    assert page.locator(".axis-name.up").text_content() == f"{BAD} → the"
    page.check("#map-method input[value=umap]")
    assert page.locator(".axis-name").count() == 0
    page.check("#map-method input[value=pca]")
    assert page.locator(".axis-name.across").inner_text().startswith("component 1: ")
    assert opened.complaints == []


@pytest.mark.browser
def test_three_dimensions_are_shown_as_pairs_of_axes(opened: Opened, maps: list[Projection]) -> None:
    page = opened.page
    assert page.locator(".pairs").is_hidden()
    page.check("#map-method input[value=pca-3d]")
    assert page.locator(".pairs input").count() == 3
    for pair, across, up in (("1–2", 0, 1), ("1–3", 0, 2), ("2–3", 1, 2)):
        page.check(f".pairs input[value='{pair}']")
        points = page.evaluate(f"[Array.from({POINTS}.data.x).reverse(), Array.from({POINTS}.data.y).reverse()]")
        assert pytest.approx(maps[3].points[:, [across, up]], abs=1e-5) == np.array(points).T
        assert f"component {across + 1}: " in page.locator(".axis-name.across").inner_text()
    assert "all three axes together keep" in page.locator("#map-note").inner_text()
    face = maps[3].faces[2]
    assert face.fidelity is not None
    assert f"{face.fidelity.at[0].trustworthiness:.3f}" in page.locator("#map-fidelity").inner_text()
    page.select_option("#map-colour", "neighbours kept")
    rows = downloaded(page)
    assert face.kept is not None
    assert [float(row["neighbours kept"]) for row in rows] == pytest.approx(face.kept.tolist(), abs=1e-4)
    page.check("#map-method input[value=pca]")
    assert page.locator(".pairs").is_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_many_maps_are_not_wider_than_the_window(browser: Any, page_file: Path, width: int) -> None:
    opened = open_file(browser, page_file, viewport={"width": width, "height": 844})
    opened.page.check("#map-method input[value=pca-3d]")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.page.close()


def test_the_facts_stand_with_their_chance(maps: list[Projection]) -> None:
    facts = {fact.name: fact for fact in fidelity_facts(maps[1])}
    assert [of for _, of in facts["Trustworthiness"].values] == ["5", "15", "50 nearest"]
    assert "a shuffled map keeps 2.5, 7.5 and 25.1 %" in facts["Neighbours kept"].meaning
    assert facts["Stable over seeds"].values[0][0] == "1.000"
    assert "by chance; 1.000 to 1.000 over 3 pairs; Procrustes distance 0.000" in facts["Stable over seeds"].meaning
    assert "% by axis" in facts["Explained variance"].meaning
    stable = maps[1].stability
    assert stable is not None
    two = replace(maps[1], stability=replace(stable, seeds=replace(stable.seeds, maps=2)))
    assert "over 1 pair; " in {fact.name: fact for fact in fidelity_facts(two)}["Stable over seeds"].meaning


def test_the_note_says_what_made_the_map_and_what_it_was_too_small_for(
    space: EmbeddingSpace, maps: list[Projection]
) -> None:
    note = fidelity_note(maps[1])
    assert "Measured at all 200 points, against cosine distances" in note
    assert "solver exact" in note
    assert "cosines between axes 1–2 " in fidelity_note(maps[2])
    assert "50 nearest are too many for 27 points; 13 is the most." in fidelity_note(pca(space.head(27)))
    assert "No fidelity is kept" in fidelity_note(pca(space.head(2)))


def test_axes_are_named_only_where_they_mean_something(maps: list[Projection]) -> None:
    umap, flat, own, three = maps
    assert axis_names(umap) == [[], []]
    assert axis_names(own) == [["man", "woman"], [BAD, "the"]]
    assert [len(names) for names in (axis_names(flat), axis_names(three))] == [2, 3]
    assert axis_names(replace(umap, points=np.zeros((200, 3)))) == [["axis 1"], ["axis 2"], ["axis 3"]]
