"""What speaks for the clusters of a space: their validity, a test for groups, and whether the maps show them too."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.clusters.agreement import MapAgreement, agreement
from embedkit.analysis.clusters.density import Validity, validity
from embedkit.analysis.clusters.groups import SAMPLE, GroupTest, look_for_groups
from embedkit.analysis.clusters.partition import NOISE, Partition, by_falling_size
from embedkit.analysis.maps.projection import Projection
from embedkit.errors import SpaceError
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace

_MEASURED = 5_000  # points that validity is measured on; its time grows with their square


@dataclass(frozen=True)
class ClusterEvidence:
    """Evidence for a clustering; silhouette and noise stand with the clustering itself.

    Attributes:
        validity: DBCV among the principal components, where the clusters are.
        test: whether the points fall into groups; None where there was to be none or the points are too few.
        agreements: with the clusters of each map, made in the same way from its coordinates.
    """

    validity: Validity
    test: GroupTest | None
    agreements: tuple[MapAgreement, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "agreements", tuple(self.agreements))

    @property
    def verdict(self) -> str:
        """In words, whether there are groups; says so where it was not tested."""
        return "whether there are groups was not tested" if self.test is None else self.test.verdict


def gather(
    space: EmbeddingSpace,
    labels: np.ndarray,
    partition: Partition,
    *,
    maps: Sequence[Projection] = (),
    test: bool = True,
    sample: int = SAMPLE,
    seed: int = 0,
    progress: Progress = no_progress,
) -> ClusterEvidence:
    """Everything that speaks for and against (N,) `labels`, which `partition` gave to the points of `space`.

    Args:
        maps: of these points, in the same order, or of some of them and others; one that shows fewer than half of them
            is passed over.
        test: look for groups.
        sample: points of the test.

    Raises:
        SpaceError: labels and points differ in number.
    """
    if labels.shape != (len(space),):
        raise SpaceError(f"clusters of {space.name}: labels of shape {labels.shape} for {len(space):,} points")
    groups = look_for_groups(space, partition, sample=sample, seed=seed, progress=progress) if test else None
    return ClusterEvidence(
        validity=_validity(space, labels, partition, seed),
        test=groups,
        agreements=agreements(space, labels, partition, maps),
    )


def agreements(
    space: EmbeddingSpace,
    labels: np.ndarray,
    partition: Partition,
    maps: Sequence[Projection],
    known: Sequence[MapAgreement] = (),
) -> tuple[MapAgreement, ...]:
    """How far the clusters of a space agree with those of each map; the arguments are those of `gather`.

    Args:
        known: agreements of these clusters; one that was measured by a map of `maps` is taken from here.
    """
    measured = {(each.method, each.source): each for each in known}
    found = (measured.get((each.method, each.fingerprint)) or _on_map(space, labels, partition, each) for each in maps)
    return tuple(one for one in found if one is not None)


def _validity(space: EmbeddingSpace, labels: np.ndarray, partition: Partition, seed: int) -> Validity:
    """Of all points, or of a sample; clusters of which the sample has a single point are noise there."""
    points = partition.place(space.unit)
    if len(points) > _MEASURED:
        rows = np.sort(np.random.default_rng(seed).choice(len(points), size=_MEASURED, replace=False))
        points, labels = points[rows], labels[rows].copy()
        single = np.flatnonzero(np.bincount(labels[labels != NOISE]) == 1)
        labels[np.isin(labels, single)] = NOISE
        labels = by_falling_size(labels)
    return validity(points, labels)


def _on_map(
    space: EmbeddingSpace, labels: np.ndarray, partition: Partition, projection: Projection
) -> MapAgreement | None:
    """The clusters of the map's own coordinates beside those of the space, over the points that are in both."""
    rows = space.rows_of(projection.labels)
    places = np.flatnonzero(rows >= 0)
    if 2 * len(places) < len(space) or not len(places):
        return None
    on_map = partition.labels(projection.points[places])
    return agreement(labels[rows[places]], on_map, method=projection.method, source=projection.fingerprint)
