"""The phrase atlas: coloured by columns, and searched within phrases."""

import csv
import io
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.errors import ReportError
from embedkit.report import Report, Section, render
from embedkit.report.embedded import embed_space
from embedkit.report.figures.colorings import Coloring
from tests.report import synthetic
from tests.report.opening import Opened, open_file

POINTS = "Bokeh.documents.map(d => d.get_model_by_name('points')).find(m => m)"


@pytest.fixture(scope="module")
def atlas_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    atlas, embedded = synthetic.atlas()
    report = Report("atlas", "", (Section("atlas", "Atlas", "", (atlas,)),), spaces=(embedded,))
    return render(report, tmp_path_factory.mktemp("html") / "atlas.html")


@pytest.fixture
def opened(browser: Any, atlas_file: Path) -> Iterator[Opened]:
    opened = open_file(browser, atlas_file)
    yield opened
    opened.page.close()


def colours(page: Any) -> list[str]:
    """The colours of the points in the order of the space."""
    return page.evaluate(
        f"(d => Array.from(d.place.keys()).sort((a, b) => d.place[a] - d.place[b]).map(i => d.color[i]))({POINTS}.data)"
    )


@pytest.mark.browser
def test_clusters_have_colours_and_noise_is_grey(opened: Opened) -> None:
    page = opened.page
    trust = ["neighbours kept", "false neighbours"]  # of the map that is shown
    assert page.locator("#map-colour option").all_inner_texts() == ["cluster", "length in words", *trust]
    drawn = colours(page)
    assert (
        drawn[0] == drawn[16] == page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--noise')")
    )
    assert len(set(drawn[:13])) == 13
    assert drawn[13] == drawn[1]  # the thirteenth category takes the first colour again
    assert drawn[1] == drawn[17] != drawn[2]
    page.check("#theme input[value=dark]")
    assert not set(drawn) & set(colours(page))
    assert opened.complaints == []


@pytest.mark.browser
def test_clusters_are_named_on_the_map_in_their_colours(opened: Opened) -> None:
    page = opened.page
    page.wait_for_timeout(400)
    titles = "(d => d.text.map((text, i) => [text, d.color[i]]))(Bokeh.documents[0].get_model_by_name('titles').data)"
    written = dict(page.evaluate(titles))
    assert len(written) >= 3
    legend = page.locator("#map-legend button")
    named = {item.inner_text().split(" (")[0][:21] for item in legend.all()}
    assert {text.rstrip("…") for text in written} <= named
    assert "noise" not in written
    assert set(written.values()) <= set(colours(page))
    # By a quantity there is nothing to name.
    page.select_option("#map-colour", "length in words")
    page.wait_for_timeout(300)
    assert page.evaluate(titles) == []


@pytest.mark.browser
def test_a_quantity_has_shades_and_what_is_not_known_is_grey(opened: Opened) -> None:
    page = opened.page
    before = colours(page)
    page.select_option("#map-colour", "length in words")
    by_quantity = colours(page)
    assert by_quantity != before
    space = synthetic.phrase_space()
    by_length = {len(label.split()): colour for label, colour in zip(space.labels[6:], by_quantity[6:], strict=True)}
    assert all(by_length[len(label.split())] == by_quantity[i] for i, label in enumerate(space.labels) if i != 5)
    assert len(set(by_length.values())) == 4
    assert by_quantity[5] not in by_length.values()
    assert "length in words: 1" in page.locator("#map-legend").inner_text()
    page.check("#map-method input[value=umap]")
    assert colours(page) == by_quantity


@pytest.mark.browser
def test_a_category_of_the_legend_selects_its_points(opened: Opened) -> None:
    page = opened.page
    names = page.locator("#map-legend button").all_text_contents()
    assert names == [*(synthetic.CLUSTERS[i] for i in range(3)), *(str(i) for i in range(3, 15)), "noise"]
    page.click("#map-legend button:has-text('verbs')")
    rows = page.locator("#selected-rows tbody tr")
    assert rows.count() == len([c for c in synthetic.clusters_of(300) if c == 1])
    assert page.locator("#selected-rows th").all_text_contents() == [
        "Phrase",
        "Cluster",
        "Length in words",
        "Neighbours kept",
        "False neighbours",
        "Nearest in the full space",
    ]
    with page.expect_download() as download:
        page.click("#selected-csv")
    lines = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"), newline="")))
    assert {line["cluster"] for line in lines} == {"verbs"}
    assert [line["length in words"] for line in lines] == [str(len(line["phrase"].split())) for line in lines]
    assert opened.complaints == []


@pytest.mark.browser
def test_a_phrase_is_found_by_a_word_within_it(opened: Opened) -> None:
    page = opened.page
    phrase = next(label for label in synthetic.phrase_space().labels[6:] if len(label.split()) == 3)
    page.fill("#map-search", " ".join(phrase.split()[1:]))
    page.keyboard.press("Enter")
    assert page.locator("#map-card strong").inner_text() == phrase
    assert "length in words: 3" in page.locator("#map-card").inner_text()
    assert "rank" not in page.locator("#map-card").inner_text()


def test_a_colouring_fits_its_space() -> None:
    space = synthetic.phrase_space(20)
    embedded = embed_space(space, key="phrases", name="phrases", answering=0, map_labels=[space.labels])
    with pytest.raises(ReportError, match="3 values for the 20 points of phrases"):
        Coloring("cluster", np.zeros(3, int), {}).to_json(embedded)
    with pytest.raises(ReportError, match="categories are integers"):
        Coloring("cluster", np.zeros(20), {})
    with pytest.raises(ReportError, match=r"\(N,\) is needed"):
        Coloring("length", np.zeros((20, 1)))


# Linear RGB as it is seen with protanopia and with deuteranopia (Machado et al. 2009, severity 1).
SEEN = {
    "as it is": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colours: list[str]) -> np.ndarray:
    channels = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = rgb @ TO_XYZ.T / np.array([0.9505, 1, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize("number", [0, 1, 2], ids=["light", "dark by the system", "dark by the switch"])
def test_colours_of_categories_can_be_told_apart(number: int) -> None:
    css = files("embedkit.report").joinpath("scripts", "page.css").read_text(encoding="utf-8")
    palette = re.findall(r"--categories: ([^;]*);", css)[number].split()
    (surface,) = [re.findall(r"--surface: (#\w{6})", css)[number]]
    assert len(palette) == 12
    light = linear([*palette, surface]) @ TO_XYZ[1] + 0.05
    contrast = np.maximum(light[:-1] / light[-1], light[-1] / light[:-1])
    assert contrast.min() >= 3  # WCAG 2.1, graphical objects
    for name, matrix in SEEN.items():
        places = lab(np.clip(linear(palette) @ matrix.T, 0, 1))
        apart = np.linalg.norm(places[:, None] - places[None], axis=-1) + 1e9 * np.eye(12)
        assert apart.min() > 15, name  # a difference of about 2 is just noticeable
