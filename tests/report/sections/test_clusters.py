"""Clusters in a report: a verdict computed from the data, figures that carry what they are over, colours on maps."""

import re
import shutil
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.clusters.agreement import MapAgreement
from embedkit.analysis.clusters.clustering import FINE, NOISE, Clustering, cluster, with_evidence
from embedkit.analysis.clusters.density import Validity
from embedkit.analysis.clusters.evidence import ClusterEvidence
from embedkit.analysis.clusters.groups import GroupTest
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.maps.projection import pca
from embedkit.report import run_report
from embedkit.report.parts import Facts, Paragraph, Table, WordMap
from embedkit.report.rendering import to_html
from embedkit.report.sections.clusters import (
    LARGEST,
    cluster_parts,
    coloring,
    figures,
    finding,
    method_note,
    rows,
    section,
    section_finding,
)
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace

GROUPS = GroupTest(p=0.02, groups=3, parts=10, midway=0.25, sample=2_000, points=1_990, total=5_000, seed=0)
ONE_WHOLE = replace(GROUPS, p=1.0, groups=1, midway=None)
EVIDENCE = ClusterEvidence(
    Validity(0.25, (0.5, -0.1), 5, 20), GROUPS, (MapAgreement("umap", 7, 0.2, 5, 3, 0.5, 0.75, 0.1, 0.05),)
)


def small(**changes: Any) -> Clustering:
    """Two clusters of five words, in words that are easy to find again."""
    settings = {"min_size": 2, "neighbors": 2, "dimensions": 20, "leaves": True, "versions": {"numpy": "9"}}
    whole = Clustering(
        "try/input", np.array([0, 0, 1, -1, -1]), ("ab", "c"), ((), ()), (("b",), ("c",)), settings, 0.5, 3, EVIDENCE
    )
    return replace(whole, **changes)


def five_words() -> EmbeddingSpace:
    return EmbeddingSpace("try/input", tuple("abcde"), np.eye(5))


def test_the_verdict_is_the_tests() -> None:
    assert finding(small()) == (
        "2 clusters hold 60.0 % of 5 words; the rest lies between them, in none. 3 groups at least, with fewer "
        "points on every way between them (p = 0.02)."
    )
    whole = finding(small(evidence=replace(EVIDENCE, test=ONE_WHOLE)))
    assert whole.endswith("No evidence of groups (p = 1). The clusters may be denser regions of one whole.")
    assert "not tested" in finding(small(evidence=None))
    none = small(labels=np.full(5, NOISE), names=(), words=(), nearest=(), evidence=None)
    assert finding(none, "phrase").startswith("no cluster was found among 5 phrases.")
    one = small(labels=np.array([0, 0, -1, -1, -1]), names=("a",), words=((),), nearest=(("a",),), evidence=None)
    assert finding(one).startswith("1 cluster holds 40.0 % of 5 words")


def test_every_figure_says_what_it_is_over() -> None:
    facts = dict(figures(small()))
    assert list(facts) == [
        "In no cluster",
        "Silhouette",
        "Density-based validity (DBCV)",
        "Groups",
        "Clusters of the UMAP map",
    ]
    assert facts["In no cluster"] == "40.0 % of 5 words"
    assert "0.50 over 3 words in clusters" in facts["Silhouette"]
    validity = facts["Density-based validity (DBCV)"]
    assert "0.250 over 5 words" in validity
    assert "in 20 dimensions; 1 of 2 clusters is denser" in validity
    assert facts["Groups"] == (
        "p = 0.02: of 10 parts 3 groups lie apart, with 25 % as many points midway between them as around the sparser "
        "end (1,990 of 5,000 points, seed 0)"
    )
    whole = dict(figures(small(evidence=replace(EVIDENCE, test=replace(ONE_WHOLE, spaces=3)))))
    assert whole["Groups"] == (
        "p = 1: no part of the points was shown to lie apart from all others (corrected for 3 spaces; 1,990 of 5,000 "
        "points, seed 0)"
    )
    agreed = facts["Clusters of the UMAP map"]
    assert "0.50 and 0.75 over the 3 words in a cluster in both" in agreed
    assert "0.10 and 0.05 over all 5" in agreed
    assert "7 clusters on the map, 20.0 % in none" in agreed


def test_what_is_missing_is_not_said() -> None:
    bare = ClusterEvidence(Validity(None, (), 5, 20), None, (MapAgreement("pca", 0, 1, 5, 0, None, None, None, None),))
    facts = dict(figures(small(silhouette=None, evidence=bare)))
    assert list(facts) == ["In no cluster", "Clusters of the PCA map"]
    assert (
        "no words are in a cluster in both; with noise as a cluster – and – over all 5"
        in facts["Clusters of the PCA map"]
    )
    assert [row.validity for row in rows(small(evidence=bare))] == [None, None]
    assert list(dict(figures(small(evidence=None)))) == ["In no cluster", "Silhouette"]


def test_numbers_at_the_edge_make_sentences() -> None:
    whole = small(labels=np.array([0, 0, 0, 1, 1]), evidence=None)
    assert finding(whole).startswith("2 clusters hold 100.0 % of 5 words. Whether")  # there is no rest
    none = small(labels=np.array([NOISE]), names=(), words=(), nearest=(), evidence=None)
    assert finding(none).startswith("no cluster was found among 1 word.")
    assert dict(figures(none))["In no cluster"] == "100.0 % of 1 word"


def test_an_agreement_that_cannot_be_had_says_why() -> None:
    def fact(in_both: int) -> str:
        agreement = MapAgreement("umap", 1, 0.2, 5, in_both, None, None, 0.1, 0.05)
        return dict(figures(small(evidence=replace(EVIDENCE, agreements=(agreement,)))))["Clusters of the UMAP map"]

    assert "; no words are in a cluster in both; " in fact(0)
    assert "; one word is in a cluster in both; " in fact(1)
    assert "; the 3 words in a cluster in both are in one in each, so that there is nothing to compare; " in fact(3)


def test_the_validity_of_a_sample_is_no_single_clusters() -> None:
    sampled = replace(EVIDENCE, validity=Validity(0.25, (0.5, -0.1), 4, 20))
    assert [row.validity for row in rows(small())] == [0.5, -0.1]
    assert [row.validity for row in rows(small(evidence=sampled))] == [None, None]


def test_a_table_has_the_largest_with_their_members() -> None:
    clustered = (small(), five_words(), "input embeddings", "word")
    facts, table, note = section([clustered])
    statement = section_finding([clustered])
    assert statement is not None
    assert statement.startswith("Input embeddings: 2 clusters hold")
    # Of several spaces each has its own verdict.
    assert [part.text[:16] for part in section([clustered, clustered])[::3] if not part.quiet] == [
        "Input embeddings"
    ] * 2
    assert isinstance(facts, Facts)
    assert isinstance(table, Table)
    assert table.rows == (("ab", "a", "2", "0.50"), ("c", "", "1", "−0.10"))
    assert isinstance(note, Paragraph)
    assert note.text == method_note(small())
    assert "20 principal components, not in the picture: the finest clusters of 2 points or more" in note.text
    full = {**small().parameters, "dimensions": None, "leaves": False}
    assert "the full space, not in the picture: the most persistent" in method_note(small(parameters=full))


def test_what_made_the_clusters_stands_once() -> None:
    one = (small(), five_words(), "input embeddings", "word")
    other = (small(parameters={**small().parameters, "min_size": 3}), five_words(), "word vectors", "word")
    assert [part.quiet for part in section([one, one, one]) if isinstance(part, Paragraph)] == [False] * 3 + [True]
    assert sum(isinstance(part, Paragraph) and part.quiet for part in section([one, other])) == 2
    assert section([]) == ()


def test_a_long_table_is_cut_and_says_so() -> None:
    many = LARGEST + 3
    names = tuple(f"c{i}" for i in range(many))
    clustering = small(
        labels=np.repeat(np.arange(many), 2),
        names=names,
        words=((),) * many,
        nearest=tuple((name,) for name in names),
        evidence=None,
    )
    space = EmbeddingSpace("x", tuple(map(str, range(2 * many))), np.ones((2 * many, 3)))
    table = next(part for part in cluster_parts(clustering, space, "words") if isinstance(part, Table))
    assert len(table.rows) == LARGEST
    assert table.caption.startswith(f"The {LARGEST} largest of {many} clusters. A validity above 0")


def test_points_beyond_the_clustering_are_noise_on_the_map() -> None:
    space = EmbeddingSpace("x", tuple("abcdefg"), np.eye(7))
    assert coloring(small(), space).values.tolist() == [0, 0, 1, -1, -1, -1, -1]


def test_a_report_has_the_section_and_the_colours(run: Run, baseline: Run) -> None:
    report = run_report(run, baseline)
    sections = {section.name: section.parts for section in report.sections}
    (word_map,) = sections["map"]
    assert isinstance(word_map, WordMap)
    assert [[each["name"] for each in columns] for columns in word_map.colorings.values()] == [["cluster"]] * 3
    verdicts = [part.text for part in sections["clusters"] if isinstance(part, Paragraph) and not part.quiet]
    assert [text.partition(":")[0] for text in verdicts] == [
        "Input embeddings of model",
        "Output embeddings of model",
        "Word vectors of vectors",
    ]


def test_evidence_is_told_in_the_page_and_hostile_words_stay_text(baseline: Run, tmp_path: Path) -> None:
    copy = Run(Path(shutil.copytree(baseline.path, tmp_path / "vectors")))
    hostile = ("<script>alert(1)</script>", "</p>", *(f"w{i}" for i in range(58)))
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 6)) * 0.1 + np.repeat(np.eye(6)[:2], 30, axis=0)
    space = EmbeddingSpace("vectors/vectors", hostile, vectors)
    clustering = with_evidence(cluster(space, **FINE), space, maps=[pca(space)])
    CLUSTERINGS.save(copy, clustering, "vectors")
    html = to_html(run_report(copy))
    assert clustering.evidence is not None
    text = unescape(re.sub("<[^>]*>", "", html))  # terms are explained
    assert clustering.evidence.verdict[1:] in text
    assert "Clusters of the PCA map" in text
    assert hostile[0] not in html


@pytest.mark.parametrize("cut", [10, 1_000])
def test_clusters_of_more_points_than_the_space_has_are_left_out(baseline: Run, tmp_path: Path, cut: int) -> None:
    copy = Run(Path(shutil.copytree(baseline.path, tmp_path / "vectors")))
    kept = CLUSTERINGS.load_or_none(copy, "vectors")
    assert kept is not None
    CLUSTERINGS.save(copy, replace(kept, labels=np.resize(kept.labels, cut)), "vectors")
    assert any(section.name == "clusters" for section in run_report(copy).sections) == (cut == 10)
