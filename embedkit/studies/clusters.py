"""The clusters of any space of a run with the evidence for them: computed once, and stored with the run."""

from pathlib import Path
from typing import TYPE_CHECKING

from embedkit.numerals import counted
from embedkit.progress import Steps
from embedkit.runs.folder import Run

if TYPE_CHECKING:
    from embedkit.analysis.clusters.clustering import Clustering
    from embedkit.analysis.maps.projection import Projection
    from embedkit.spaces.space import EmbeddingSpace


CLUSTERED = 10_000
"""A report looks for clusters among at most so many points, however many it shows: the time grows with their square.
`embedkit clusters --points 0` looks among all, and what it finds is kept."""


def study_clusters(
    run: Run,
    which: str,
    space: "EmbeddingSpace",
    *,
    most: int,
    points: int | None = None,
    stratify: str | None = None,
    steps: Steps,
) -> "Clustering":
    """The stored clusters of a space, or new ones where none are stored, they lack evidence, or the space has changed.
    They agree so far with its maps as their evidence says: what it has of a map that was replaced is measured anew.

    New ones are of the same sample as a map of as many points, or of the `CLUSTERED` of it that a smaller one has.

    Args:
        most: how many points new clusters are of where `points` is None.
        points: how many points the clusters must be of, stored or new, or all where it is 0; of more than `CLUSTERED`
            so many will do. None where any number will do.
        stratify: the column that their sample must be stratified by; None where any will do, and new ones' is as the
            maps'.
    """
    from embedkit.analysis.clusters.clustering import FINE, cluster, sampled, with_evidence
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustering_is_current
    from embedkit.analysis.maps.stored import flat_maps
    from embedkit.spaces.sampling import choose

    number = min((most if points is None else points) or len(space), CLUSTERED)
    stored = CLUSTERINGS.load_or_none(run, which)
    enough = (None,) if points is None else (points, number)
    if stored is not None and any(clustering_is_current(stored, space, each, stratify) for each in enough):
        return measure_agreement(run, which, space) or stored
    stratify = stored_stratum(run, which) if stratify is None else stratify
    rows, sample = choose(space, number, stratify=stratify)
    clustered = space.take(rows)
    with steps(f"{run.name}/{which}: look for clusters among {counted(len(clustered), space.noun)}"):
        maps = flat_maps(run, which, space)
        clustering = with_evidence(sampled(cluster(clustered, **FINE), rows, sample), clustered, maps=maps)
        CLUSTERINGS.save(run, clustering, which)
        count_hits(run, which, space)
    return clustering


def stored_stratum(run: Run, which: str) -> str:
    """The column that the points of a stored map of a space are stratified by; "" for none."""
    from embedkit.analysis.maps.stored import load_maps

    samples = (projection.parameters.get("sample", {}) for projection in load_maps(run, which))
    return next((sample["stratified_by"] for sample in samples if sample.get("stratified_by")), "")


def keep_map(run: Run, which: str, space: "EmbeddingSpace", projection: "Projection") -> tuple["Projection", Path]:
    """Store a map of points of a space with its neighbourhood hit by the stored clusters, and with those how far they
    agree with it: the map as it is stored, and where."""
    from embedkit.analysis.maps.stored import MAPS

    projection = hit_by_clusters(run, which, space, projection)
    path = MAPS.save(run, projection)
    measure_agreement(run, which, space)
    return projection, path


def measure_agreement(run: Run, which: str, space: "EmbeddingSpace") -> "Clustering | None":
    """The stored clusters of a space with their agreement with each of its maps, which is measured and stored where a
    map is not the one that it was measured by; None where no clusters are stored that are of the space as it is now."""
    from embedkit.analysis.clusters.clustering import with_maps
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustered_points
    from embedkit.analysis.maps.stored import flat_maps

    stored = CLUSTERINGS.load_or_none(run, which)
    clustered = None if stored is None else clustered_points(stored, space)
    if stored is None or clustered is None:
        return None
    measured = with_maps(stored, clustered, flat_maps(run, which, space))
    if measured.evidence != stored.evidence:
        CLUSTERINGS.save(run, measured, which)
    return measured


def count_hits(run: Run, which: str, space: "EmbeddingSpace") -> None:
    """Store with every map of a space how often neighbours on it are of one cluster (neighbourhood hit)."""
    from embedkit.analysis.maps.stored import MAPS, load_maps, map_is_current, map_name

    for projection in load_maps(run, which):
        if map_is_current(run, map_name(which, projection.method, projection.dimensions), space):
            MAPS.save(run, hit_by_clusters(run, which, space, projection))


def hit_by_clusters(run: Run, which: str, space: "EmbeddingSpace", projection: "Projection") -> "Projection":
    """A map of points of a space with its neighbourhood hit by the stored clusters; as it was where none are."""
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustering_is_current
    from embedkit.analysis.maps.projection import with_hit

    stored = CLUSTERINGS.load_or_none(run, which)
    if stored is None or not clustering_is_current(stored, space) or not len(stored):
        return projection
    return with_hit(projection, space, stored.over(len(space)), "cluster")
