"""What sections say they found: by hand where the answer is known; and every section of a recipe can say it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from embedkit.analysis.clusters.clustering import NOISE
from embedkit.analysis.maps.fidelity import AtK, Fidelity
from embedkit.analysis.maps.projection import Projection
from embedkit.report import run_report
from embedkit.report.page import Report, Section
from embedkit.report.parts import LinkedMaps, Paragraph, WordMap
from embedkit.report.recipes import installed_recipes, load_recipe
from embedkit.report.rendering import to_html
from embedkit.report.sections.clusters import section_finding, standing_finding
from embedkit.report.sections.curves import loss_finding
from embedkit.report.sections.maps import trust_finding
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run
from embedkit.tasks.writing.findings import is_met
from tests.report.sections.test_clusters import EVIDENCE, ONE_WHOLE, five_words, small
from tests.report.titled import figures_of, untitled

EXHIBITS = {
    "ask",
    "between",
    "network",
    "encoder-network",
    "samples",
    "gallery",
    "programs",
    "provenance",
    "speech-examples",
}
"""Sections that a reader uses or looks at, and that measure nothing."""
RECIPES = sorted(installed_recipes())


@pytest.mark.parametrize("name", RECIPES)
def test_every_section_of_a_shipped_recipe_has_a_finding_or_is_an_exhibit(name: str) -> None:
    specs = [section_specs()[entry.name] for entry in load_recipe(name, section_specs()).sections]
    assert [spec.name for spec in specs if spec.finding is None and spec.name not in EXHIBITS] == []
    assert [spec.name for spec in specs if spec.finding is not None and spec.name in EXHIBITS] == []


def test_a_finding_leads_its_section_and_is_escaped() -> None:
    section = Section("x", "Heading", "How to read it.", (Paragraph("A part."),), "All <b>right</b>.")
    page = to_html(Report("t", "s", (section,)))
    assert '<p class="finding">All &lt;b&gt;right&lt;/b&gt;.</p>\n<p class="caption">How to read it.</p>' in page
    assert 'class="finding"' not in to_html(Report("t", "s", (replace(section, finding=""),)))


def test_what_learning_curves_say() -> None:
    assert loss_finding([], "word") is None
    assert loss_finding([(1000, 2.0)], "word") == "One evaluation was made: 2.00 nats per word after 1,000 tokens."
    assert loss_finding([(1000, 6.0), (2000, 5.0)], "word") == (
        "The validation loss went from 6.00 to 5.00 nats per word over 2,000 tokens, and the last evaluation is the "
        "lowest."
    )
    assert loss_finding([(1000, 6.0), (2000, 5.0), (3000, 5.25)], "word") == (
        "The validation loss went from 6.00 to 5.25 nats per word over 3,000 tokens; it was lowest after 2,000 tokens, "
        "5.00, and 0.25 above that at the end."
    )
    assert loss_finding([(1000, 0.5), (2000, 0.7)], "bit") == (
        "The validation loss never fell below its first value; it went from 0.50 to 0.70 nats per bit over 2,000 bits."
    )


def flat(method: str, trustworthiness: float | None) -> Projection:
    fidelity = None
    if trustworthiness is not None:
        at = (AtK(15, trustworthiness, 0.8, 0.25, 0.01),)
        fidelity = Fidelity(at, None, None, "cosine", 100, 400, 0, among=400)
    return Projection("a/b", method, ("x", "y"), np.zeros((2, 2)), {}, fidelity=fidelity)


def test_what_maps_say() -> None:
    assert trust_finding({}) is None
    assert trust_finding({"word vectors": [flat("pca", None)]}) == "How far these maps can be trusted was not measured."
    assert trust_finding({"word vectors": [flat("pca", 0.6), flat("umap", 0.9)]}) == (
        "The most trustworthy flat map is UMAP of the word vectors: it keeps 25.0 % of a point's 15 nearest (a "
        "shuffled one 1.0 %), with a trustworthiness of 0.90, where 1 is all and 0.5 chance; measured at 100 drawn "
        "points, each among all 400."
    )


def test_what_clusters_of_several_spaces_say() -> None:
    space = five_words()
    whole = small(evidence=replace(EVIDENCE, test=ONE_WHOLE))
    assert section_finding([]) is None
    alone = section_finding([(small(), space, "word vectors", "word")])
    assert alone is not None
    assert alone.startswith("Word vectors: 2 clusters hold 60.0 % of 5 words")
    both = [(small(), space, "one", "word"), (whole, space, "other", "word")]
    assert section_finding(both) == (
        "There are groups in the one (3 at least, p = 0.04); no evidence of any in the other (p = 1). Each p is "
        "corrected for 2 spaces (Holm)."
    )
    assert section_finding(both[1:] * 2) == (
        "There is no evidence of groups in the other (p = 1) and the other (p = 1). Each p is corrected for 2 spaces "
        "(Holm)."
    )
    bare = small(labels=np.full(5, NOISE), names=(), words=(), nearest=(), evidence=None)
    untested = [(bare, space, "one", "word")] * 2
    assert section_finding(untested) == "Whether the points form groups was not tested."
    assert section_finding([both[0], *untested]) == (
        "There are groups in the one (3 at least, p = 0.02); 2 not tested."
    )


def test_groups_are_as_apart_as_points_between_them_are_few() -> None:
    space = five_words()
    whole = small(evidence=replace(EVIDENCE, test=ONE_WHOLE))
    evident = standing_finding([(small(), space, "one", "word"), (whole, space, "other", "word")])
    assert evident is not None
    assert evident.measure is not None
    assert (evident.measure.value, evident.measure.best) == (1 - 0.25, 1)
    assert evident.plain == (
        "The one form at least 3 groups: midway between them there are 75 % fewer points than around the sparser end."
    )
    level = standing_finding([(whole, space, "other", "word")])
    assert level is not None
    assert (level.standing, level.measure) == ("open", None)
    assert level.plain == (
        "Whether the other form groups: no part of them was shown to lie apart from the rest (p = 1)."
    )


def test_an_offer_is_met_where_it_is_what_came_next() -> None:
    assert is_met("the cat", "the cat sat")
    assert not is_met("the cat", "the cattle")
    assert not is_met("", "the cat")


def test_a_language_models_findings_stand_with_its_sections(run: Run, baseline: Run) -> None:
    findings = {section.name: section.finding for section in run_report(run, baseline).sections}
    assert findings["curves"].startswith(
        "The validation loss went from 5.96 to 4.92 nats per word over 4,480,000 tokens"
    )
    assert "trustworthiness of" in findings["map"]
    assert findings["clusters"] == "Whether the points form groups was not tested."
    assert findings["analogies"].startswith("Of 3 score sheets that of the ")
    assert findings["trace"].startswith("The model was most surprised by “")
    assert findings["samples"] == findings["ask"] == findings["provenance"] == ""


def test_every_figure_of_a_language_model_has_a_title_and_named_axes(run: Run, baseline: Run) -> None:
    report = run_report(run, baseline)
    assert len(figures_of(report)) > 4
    assert untitled(report) == []
    assert not re.search(r"<h3></h3>", to_html(report))
    assert any(isinstance(part, WordMap | LinkedMaps) for section in report.sections for part in section.parts)
