"""What speaks for clusters: validity of a sample, and maps of all points, of some, and of too few."""

from dataclasses import replace

import numpy as np
import pytest

from embedkit.analysis.clusters import evidence
from embedkit.analysis.clusters.clustering import NOISE, cluster, with_evidence, with_maps
from embedkit.analysis.clusters.density import validity
from embedkit.analysis.clusters.evidence import agreements, gather
from embedkit.analysis.clusters.partition import Partition
from embedkit.analysis.maps.projection import Projection, pca
from embedkit.spaces import EmbeddingSpace

SIZE, HEAPS = 20, 3
LABELS = np.repeat(np.arange(HEAPS, dtype=np.int32), SIZE)
ALIKE = Partition(10, 5)


def heaps() -> EmbeddingSpace:
    """Three heaps of twenty, in the directions of three axes."""
    rng = np.random.default_rng(0)
    vectors = np.repeat(np.eye(HEAPS), SIZE, axis=0) + 0.05 * rng.normal(size=(HEAPS * SIZE, HEAPS))
    return EmbeddingSpace("heaps", tuple(f"w{i}" for i in range(HEAPS * SIZE)), vectors)


def picture(rows: np.ndarray, corners: np.ndarray, strangers: int = 0) -> Projection:
    """A map where row i of the heaps lies near the corner of its number, and strangers far off."""
    places = np.vstack([corners, np.full((strangers, 2), 9.0)])
    places = places + 0.01 * np.random.default_rng(1).normal(size=places.shape)
    labels = (*(f"w{row}" for row in rows.tolist()), *(f"stranger {i}" for i in range(strangers)))
    return Projection("heaps", "by hand", labels, places, {})


CORNERS = np.array([[0.0, 0], [1, 0], [0, 1]])


def test_a_map_of_the_same_clusters_agrees_and_one_that_merges_two_does_not() -> None:
    rows = np.random.default_rng(2).permutation(HEAPS * SIZE)
    same = picture(rows, CORNERS[LABELS[rows]], strangers=5)
    merged = picture(rows, CORNERS[LABELS[rows] % 2])
    one, two = agreements(heaps(), LABELS, ALIKE, [same, merged])
    assert (one.method, one.clusters, one.points, one.noise, one.rand) == ("by hand", 3, 60, 0, 1)
    assert (two.clusters, two.points) == (2, 60)
    # Pairs: C(60, 2) = 1,770, together in the space 3 C(20, 2) = 570, on the map C(40, 2) + C(20, 2) = 970; all 570 in
    # both. By chance 570 · 970 / 1,770, at most (570 + 970) / 2.
    expected = 570 * 970 / 1770
    assert two.rand == pytest.approx((570 - expected) / (770 - expected))


@pytest.mark.parametrize(("shown", "counted"), [(29, False), (30, True), (0, False)])
def test_a_map_of_fewer_than_half_of_the_points_is_passed_over(shown: int, counted: bool) -> None:
    rows = np.arange(HEAPS * SIZE)[::2][:shown] if shown < 30 else np.arange(HEAPS * SIZE)[::2]
    one = picture(rows, CORNERS[LABELS[rows]], strangers=40)
    assert [each.points for each in agreements(heaps(), LABELS, ALIKE, [one])] == [30] * counted


def test_what_was_measured_of_a_map_is_taken_over() -> None:
    space = heaps()
    made = with_evidence(cluster(space), space, maps=[pca(space)], test=False)
    assert made.evidence.verdict == "whether there are groups was not tested"
    assert [each.rand for each in made.evidence.agreements] == [1]
    kept = replace(made.evidence.agreements[0], rand=0.25)
    altered = replace(made, evidence=replace(made.evidence, agreements=(kept,)))
    assert with_maps(altered, space, [pca(space)]).evidence.agreements == (kept,)
    rows = np.arange(60)
    other = with_maps(altered, space, [picture(rows, CORNERS[LABELS])]).evidence.agreements
    assert [(each.method, each.rand) for each in other] == [("by hand", 1)]
    assert with_maps(altered, space, []).evidence.agreements == ()
    without = cluster(space)
    assert with_maps(without, space, [pca(space)]) is without


def test_validity_of_many_points_is_that_of_a_drawn_part(monkeypatch: pytest.MonkeyPatch) -> None:
    space = heaps()
    labels = LABELS.copy()
    whole = gather(space, labels, ALIKE, test=False)
    assert whole.validity == validity(ALIKE.place(space.unit), labels)
    monkeypatch.setattr(evidence, "_MEASURED", 60)
    assert gather(space, labels, ALIKE, test=False).validity == whole.validity
    monkeypatch.setattr(evidence, "_MEASURED", 45)
    rows = np.sort(np.random.default_rng(3).choice(60, size=45, replace=False))
    # Of the last heap the part has a single point, which makes no cluster there.
    alone = np.flatnonzero(labels[rows] == 2)[0]
    labels[LABELS == 2] = NOISE
    labels[rows[alone]] = 2
    without = labels[rows].copy()
    without[alone] = NOISE
    by_size = np.argsort(-np.bincount(without[without != NOISE], minlength=2), kind="stable")
    renumbered = np.where(without == NOISE, NOISE, np.argsort(by_size)[without])
    part = gather(space, labels, ALIKE, test=False, seed=3)
    assert part.validity == validity(ALIKE.place(space.unit)[rows], renumbered.astype(np.int32))
    assert (labels == 2).sum() == 1
