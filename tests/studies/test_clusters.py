"""What stored clusters say of a map is of the map that is stored, and verification says so where it cannot be."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.clusters.clustering import cluster, with_evidence
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.maps.projection import Projection, pca
from embedkit.analysis.maps.stored import MAPS
from embedkit.progress import no_steps
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.stored import load_run_space, save_run_space
from embedkit.studies.clusters import keep_map, study_clusters
from embedkit.studies.spaces import map_space
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification.measurement import _evidence, _fidelity

LABELS = tuple(f"word{i}" for i in range(60))


@pytest.fixture
def space() -> EmbeddingSpace:
    """Two heaps of 30 words."""
    noise = np.random.default_rng(0).normal(size=(60, 3)) * 0.05
    return EmbeddingSpace("try/vectors", LABELS, noise + np.repeat([[1.0, 0, 0], [0, 1.0, 0]], 30, axis=0))


@pytest.fixture
def run(space: EmbeddingSpace, tmp_path: Path) -> Run:
    """Its run, with a map of two heaps and clusters that were measured by it."""
    run = Run(tmp_path / "try")
    save_run_space(run, "vectors", space)
    MAPS.save(run, laid_out(2))
    CLUSTERINGS.save(run, with_evidence(cluster(space), space, maps=[laid_out(2)]), "vectors")
    return run


def laid_out(heaps: int, method: str = "umap") -> Projection:
    """A map of the words in so many heaps of as many, in their order."""
    noise = np.random.default_rng(1).normal(size=(60, 2)) * 0.05
    middles = 10 * np.stack([np.arange(heaps), np.zeros(heaps)], axis=1)
    return Projection("try/vectors", method, LABELS, noise + np.repeat(middles, 60 // heaps, axis=0), {})


def agreements(run: Run) -> list[tuple[str, int, float | None]]:
    """Of each map how many clusters it has, and the adjusted Rand index with those of the space."""
    evidence = CLUSTERINGS.load(run, "vectors").evidence
    assert evidence is not None
    return [(each.method, each.clusters, each.rand) for each in evidence.agreements]


def test_a_map_in_the_place_of_another_is_held_against_the_clusters_that_are_kept(
    run: Run, space: EmbeddingSpace
) -> None:
    before = CLUSTERINGS.load(run, "vectors")
    assert agreements(run) == [("umap", 2, 1.0)]
    keep_map(run, "vectors", space, laid_out(3))
    # {30} {30} against {20} {10, 10} {20}: of 1770 pairs 870 are together in the space, 570 on the map, 190 + 190 +
    # 45 + 45 = 470 in both; 870 · 570 / 1770 = 280.2 would be by chance.
    ((method, clusters, rand),) = agreements(run)
    assert (method, clusters) == ("umap", 3)
    assert rand == pytest.approx((470 - 870 * 570 / 1770) / ((870 + 570) / 2 - 870 * 570 / 1770))
    assert _evidence(run, "vectors")[0] == MATCH
    after = CLUSTERINGS.load(run, "vectors")
    assert before.evidence is not None
    assert after.evidence is not None
    assert replace(after.evidence, agreements=()) == replace(before.evidence, agreements=())
    assert after.labels.tolist() == before.labels.tolist()


def test_a_study_that_keeps_the_clusters_measures_each_map_that_was_made_since(run: Run, space: EmbeddingSpace) -> None:
    MAPS.save(run, laid_out(3))
    MAPS.save(run, laid_out(2, "tsne"))
    map_space(run, "vectors", space, "pca", 40, no_steps)
    study_clusters(run, "vectors", space, most=60, steps=pytest.fail)
    assert [(method, clusters) for method, clusters, _ in agreements(run)] == [("umap", 3), ("pca", 2), ("tsne", 2)]
    assert _evidence(run, "vectors")[0] == MATCH
    stamp = CLUSTERINGS.path(run, "vectors").stat().st_mtime_ns
    study_clusters(run, "vectors", space, most=60, steps=pytest.fail)
    assert CLUSTERINGS.path(run, "vectors").stat().st_mtime_ns == stamp
    # A map of other vectors is none of these.
    moved = replace(laid_out(3), source="0" * 64)
    MAPS.save(run, moved)
    study_clusters(run, "vectors", space, most=60, steps=pytest.fail)
    assert [method for method, _, _ in agreements(run)] == ["pca", "tsne"]


def test_an_agreement_with_a_map_that_is_gone_is_not_checked_and_all_else_is(run: Run) -> None:
    assert _evidence(run, "vectors")[0] == MATCH
    MAPS.save(run, laid_out(3))
    another = "the same, but for the agreement with maps that are others now, or gone: UMAP"
    result, why = _evidence(run, "vectors")
    assert (result, why.endswith(another)) == (UNCHECKED, True)
    MAPS.path(run, "vectors-umap").unlink()
    assert _evidence(run, "vectors") == (result, why)
    forged = replace(CLUSTERINGS.load(run, "vectors"), silhouette=0.01)
    CLUSTERINGS.save(run, forged, "vectors")
    assert _evidence(run, "vectors") == (DIFFERS, "measured again, 1 figures are others, first silhouette")


def test_a_forged_agreement_is_found_whether_or_not_it_says_of_which_map_it_is(run: Run) -> None:
    stored = CLUSTERINGS.load(run, "vectors")
    assert stored.evidence is not None
    (kept,) = stored.evidence.agreements
    for changed, result in (
        (replace(kept, rand=0.2), DIFFERS),
        (replace(kept, source=""), MATCH),  # as an earlier version kept it
        (replace(kept, source="", rand=0.2), DIFFERS),
    ):
        CLUSTERINGS.save(run, replace(stored, evidence=replace(stored.evidence, agreements=(changed,))), "vectors")
        assert _evidence(run, "vectors")[0] == result


def test_evidence_without_a_map_or_a_test_that_there_is_is_found(run: Run, space: EmbeddingSpace) -> None:
    stored = CLUSTERINGS.load(run, "vectors")
    assert stored.evidence is not None
    assert stored.evidence.test is not None
    CLUSTERINGS.save(run, replace(stored, evidence=replace(stored.evidence, agreements=())), "vectors")
    assert _evidence(run, "vectors") == (DIFFERS, "measured again, 1 figures are others, first evidence.agreements")
    CLUSTERINGS.save(run, replace(stored, evidence=replace(stored.evidence, test=None)), "vectors")
    result, why = _evidence(run, "vectors")
    assert (result, why.endswith("; it was not tested whether there are groups")) == (UNCHECKED, True)


def test_a_map_that_could_be_measured_and_says_that_it_was_not_differs(run: Run) -> None:
    """Without its fidelity, or in three dimensions without that of its flat pictures."""
    few = "there are enough points to measure it"
    assert _fidelity(run, "vectors-umap") == (DIFFERS, few)
    space = load_run_space(run, "vectors")
    made, _ = keep_map(run, "vectors", space, pca(space, dimensions=3))
    assert _fidelity(run, "vectors-pca-3d")[0] == MATCH
    MAPS.save(run, replace(made, faces=()))
    assert _fidelity(run, "vectors-pca-3d") == (DIFFERS, "it has none of the flat pictures of two of its axes")
