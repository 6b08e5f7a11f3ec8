"""The headline box: at most five figures above all else, each with what it is over."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

from embedkit.report import run_report
from embedkit.report.rendering import to_html
from embedkit.report.sections.clusters import evidence
from embedkit.report.sections.maps import most_trusted
from embedkit.runs.folder import Run
from tests.report.sections.test_clusters import EVIDENCE, GROUPS, ONE_WHOLE, five_words, small


def test_a_language_models_box_has_the_five_figures_that_matter(run: Run, baseline: Run) -> None:
    box = run_report(run, baseline).headlines
    assert box is not None
    assert [(item.value, item.name) for item in box.items if "analogies" not in item.name] == [
        ("135.9", "validation perplexity"),
        (box.items[2].value, "trustworthiness of the word map"),
        ("not tested", "groups"),
        ("7.2 min", "of training"),
    ]
    assert box.items[0].detail == "4.912 nats per word token over 217,646 tokens; 4.8 % of them unknown to it"
    assert box.items[1].detail.startswith("95 % ")
    assert "covered questions" in box.items[1].detail
    assert "word vectors of vectors" not in "".join(item.detail for item in box.items)  # what stands beside it
    assert box.items[-1].detail == "8.91 M parameters, 4.48 M tokens"


def test_word_vectors_say_how_many_words_of_how_many_dimensions(baseline: Run) -> None:
    box = run_report(baseline).headlines
    assert box is not None
    assert (box.items[0].value, box.items[0].name) == ("320 × 24", "words × dimensions")
    assert len(box.items) <= 5


def test_what_is_not_known_is_not_in_the_box(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "bare")
    bare = Run(tmp_path / "bare")
    for folder in ("maps", "spaces", "analogies", "clusters"):
        shutil.rmtree(bare.path / folder)
    metrics = json.loads((bare.path / "metrics.json").read_text(encoding="utf-8"))
    bare.write_metrics({key: value for key, value in metrics.items() if key != "seconds"})
    box = run_report(bare).headlines
    assert box is not None
    assert [item.name for item in box.items] == ["validation perplexity"]
    bare.write_metrics({"steps": 3})
    assert run_report(bare).headlines is None


def test_the_box_stands_above_the_contents(run: Run) -> None:
    page = to_html(run_report(run))
    assert page.index('class="summary"') < page.index('class="tiles"') < page.index('aria-label="Sections"')
    # Provenance comes last, after everything that was found.
    assert re.findall(r'<section id="([^"]*)"', page)[-1] == "provenance"


def test_evidence_of_groups_is_said_as_it_is() -> None:
    space = five_words()
    grouped = (small(), space, "word vectors", "word")
    whole = (small(evidence=replace(EVIDENCE, test=ONE_WHOLE)), space, "input", "word")
    (one,) = evidence([grouped], {"word vectors"})
    assert (one.value, one.name) == ("3 or more", "groups")
    assert one.detail == "with fewer points on every way between them: word vectors p = 0.02 over 1,990 points"
    (none,) = evidence([whole], {"input"})
    assert none.value == "no evidence"
    assert none.detail.endswith("p = 1 over 1,990 points")
    (both,) = evidence([grouped, whole], {"word vectors", "input"})
    assert (both.value, both.name) == ("1 of 2", "spaces with groups")
    assert "them, corrected for the 2 on this page: word vectors p = 0.04" in both.detail
    untested = (small(evidence=None), space, "a", "word")
    (one,) = evidence([untested], {"a"})
    assert one.value == "not tested"
    assert list(evidence([untested], {"b"})) == []


def test_three_spaces_on_a_page_are_corrected_for_being_three() -> None:
    """0.02 alone is evidence, and of three that are as likely it is none."""
    three = [(small(), five_words(), name, "word") for name in "abc"]
    (headline,) = evidence(three, {"a"})  # the others stand beside it
    assert GROUPS.significant
    assert headline.value == "no evidence"
    assert "corrected for the 3 on this page: a p = 0.06" in headline.detail


def test_no_map_that_was_measured_is_none() -> None:
    assert most_trusted({}) is None
    assert most_trusted({"a": []}) is None
