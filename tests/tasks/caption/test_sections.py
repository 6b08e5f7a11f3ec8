"""The report of a captioner: its figures, its gallery of pictures, and what hostile captions cannot do."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.maps.projection import pca
from embedkit.analysis.maps.stored import MAPS
from embedkit.files import write_text
from embedkit.progress import no_steps
from embedkit.report import render, run_report
from embedkit.report.digests import page_digests
from embedkit.report.parts import Gallery, WordMap
from embedkit.report.recipes import load_recipe
from embedkit.report.rendering import to_html
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import save_run_space
from embedkit.studies.columns import study_columns
from embedkit.tasks.caption.findings import counting_finding, exact_finding
from embedkit.tasks.caption.images import png, save_pictures
from embedkit.tasks.caption.scenes import held_out_scenes
from embedkit.tasks.caption.score import CAPTION_SCORES, score_captions
from tests.report import synthetic
from tests.report.opening import open_file
from tests.report.titled import untitled


def captioner_run(path: Path, first: list[str] | None = None, *, scenes: bool = True) -> Run:
    """A finished run whose captions of every fifth scene are wrong."""
    run = Run(path)
    run.write_config(
        {"kind": "captioner", "model": {"cell": "gru", "layers": 1, "hidden_size": 8, "code_size": 8, "image_size": 40}}
    )
    run.write_metrics({"valid_nats_per_token": 0.1, "tokens_seen": 1000, "parameters": 900, "seconds": 9.0})
    run.write_provenance(synthetic.lineage("embedkit train caption"))
    write_text(run.path / "history.jsonl", "".join(synthetic.history()))
    sample = held_out_scenes(60, "test")
    if first is None:
        captions = [caption if i % 5 else "three small sevens" for i, caption in enumerate(sample.captions)]
    else:
        captions = [*first, *sample.captions[len(first) :]]
    score = score_captions(
        [(caption,) for caption in sample.captions],
        captions,
        np.linspace(-0.1, -6, 60).tolist(),
        [f"scene {i}" for i in range(60)],
        scenes=scenes,
        originals=[[digit.original for digit in digits] for digits in sample.digits] if scenes else (),
    )
    labels = tuple(f"{caption} · scene {i}" for i, caption in enumerate(sample.captions))
    vectors = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
    digits = np.array([len(each) for each in sample.digits])
    space = EmbeddingSpace(f"{run.name}/codes", labels, vectors, {"digits": digits})
    save_run_space(run, "codes", space)
    MAPS.save(run, pca(space))
    study_columns(run, "codes", space, no_steps)
    rows = {example.row for example in (*score.best, *score.typical, *score.worst)}
    save_pictures(run, "test", {row: png(sample.images[row]) for row in rows})
    CAPTION_SCORES.save(run, score, "test")
    return run


@pytest.fixture(scope="module")
def captioner(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return captioner_run(tmp_path_factory.mktemp("runs") / "captions")


def test_it_has_the_recipes_sections_in_order(captioner: Run) -> None:
    report = run_report(captioner)
    assert [s.name for s in report.sections] == [
        entry.name for entry in load_recipe("caption", section_specs()).sections
    ]
    tiles = report.headlines
    assert [item.name for item in tiles.items[:3]] == ["exact match", "BLEU", "miscounted"]
    assert tiles.items[0].value == "80.0 %"
    score = CAPTION_SCORES.load_or_none(captioner, "test")
    assert score is not None
    assert score.originals_interval is not None
    low, high = (100 * end for end in (score.originals_interval.low, score.originals_interval.high))
    over = f"over {score.originals} originals"
    assert tiles.items[0].detail == f"95 % {low:.1f} – {high:.1f} % {over}, of 60 held-out images"
    assert f"captioned exactly: 80.0 % (95 % {low:.1f} – {high:.1f} % {over})." in exact_finding(score, "test")


def test_the_first_page_says_how_often_and_how_it_counts(captioner: Run) -> None:
    brief = run_report(captioner).brief
    assert brief is not None
    words = [finding.plain for finding in brief.results]
    assert "It describes 80.0 % of images that it was not trained on rightly, word for word." in words
    counting = next(finding for finding in brief.results if finding.plain.startswith("It counts wrongly in"))
    assert counting.measure is not None
    assert (counting.measure.baseline, counting.measure.best) == (1.0, 0.0)
    assert "Counted over 60 held-out images" in brief.trust[0].plain


def test_images_without_originals_have_wilsons_interval(tmp_path: Path) -> None:
    run = captioner_run(tmp_path / "photos", scenes=False)
    tiles = run_report(run).headlines
    assert tiles.items[0].detail == "95 % 68.2 – 88.2 %, of 60 held-out images"  # Wilson's of 48 of 60


def test_each_group_of_the_gallery_shows_its_pictures(captioner: Run) -> None:
    section = next(each for each in run_report(captioner).sections if each.name == "gallery")
    galleries = [part for part in section.parts if isinstance(part, Gallery)]
    assert [len(each.pictures) for each in galleries] == [6, 6, 6]
    assert {picture.verdict for picture in galleries[0].pictures} == {"right"}
    assert all(picture.meant and picture.verdict.startswith("wrong") for picture in galleries[2].pictures)
    assert all(picture.png and picture.png.startswith(b"\x89PNG") for each in galleries for picture in each.pictures)


def test_the_finding_on_counting_says_its_denominator(captioner: Run) -> None:
    score = CAPTION_SCORES.load_or_none(captioner, "test")
    assert score is not None
    assert f"{score.miscounted} of 60 captions that are sentences count wrongly" in counting_finding(score)
    none = score_captions([["a dog"]], ["a dog"], [0.0], ["x"])
    assert counting_finding(none) == "No caption counts anything, so nothing could be miscounted."


def test_the_map_is_coloured_by_the_digits_in_a_scene(captioner: Run) -> None:
    (shown_map,) = next(s.parts for s in run_report(captioner).sections if s.name == "codes")
    assert isinstance(shown_map, WordMap)
    assert [each["name"] for each in shown_map.colorings["captions/codes"]] == ["digits in the scene"]


def test_each_gallery_has_a_digest_of_its_own(captioner: Run) -> None:
    page = to_html(run_report(captioner))
    names = [each.name for each in page_digests(page)]
    assert names.count("gallery/gallery-3") == 1
    digests = {each.name: each.sha256 for each in page_digests(page)}
    (first, *_) = re.findall(r"data:image/png;base64,([^\"]+)", page)
    other = {each.name: each.sha256 for each in page_digests(page.replace(first, first[:-4] + "AAA=", 1))}
    assert [name for name in digests if digests[name] != other[name]] == ["gallery/gallery-1"]


def test_hostile_captions_stay_text(tmp_path: Path) -> None:
    run = captioner_run(tmp_path / "hostile", [*synthetic.HOSTILE], scenes=False)
    html = to_html(run_report(run))
    assert "gallery" in html
    for hostile in synthetic.HOSTILE[:2]:
        assert hostile not in html


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_it_opens_in_a_browser_without_a_complaint(captioner: Run, browser: Any, tmp_path: Path, width: int) -> None:
    opened = open_file(
        browser, render(run_report(captioner), tmp_path / "page.html"), viewport={"width": width, "height": 900}
    )
    assert opened.complaints == []
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    pictures = opened.page.locator(".gallery img")
    assert pictures.count() == 18
    assert opened.page.evaluate("[...document.querySelectorAll('.gallery img')].every(i => i.naturalWidth === 40)")
    assert all(pictures.nth(i).get_attribute("alt") for i in range(18))
    assert all(request.startswith(("file:", "blob:", "data:")) for request in opened.requests)
    opened.page.close()


def test_every_figure_of_the_captioner_has_a_title_and_named_axes(captioner: Run) -> None:
    assert untitled(run_report(captioner)) == []
