"""The clusters of any space of a run with the evidence for them: computed once, and stored with the run."""

from typing import TYPE_CHECKING

from embedkit.progress import Steps
from embedkit.runs.folder import Run

if TYPE_CHECKING:
    from embedkit.analysis.clusters.clustering import Clustering
    from embedkit.analysis.maps.projection import Projection
    from embedkit.spaces.space import EmbeddingSpace


def study_clusters(
    run: Run, which: str, space: "EmbeddingSpace", *, most: int, points: int | None = None, steps: Steps
) -> "Clustering":
    """The stored clusters of a space, or new ones where none are stored, they lack evidence, or the space has changed.

    Args:
        most: how many points, the most frequent first, new clusters are of where `points` is None.
        points: how many points the clusters must be of, stored or new; None where any number will do.
    """
    from embedkit.analysis.clusters.clustering import FINE, cluster, with_evidence
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustering_is_current
    from embedkit.analysis.maps.stored import load_maps

    stored = CLUSTERINGS.load_or_none(run, which)
    if stored is not None and clustering_is_current(stored, space, points):
        return stored
    clustered = space.head(points or most)
    with steps(f"{run.name}: look for clusters among {len(clustered):,} {which} points"):
        maps = [projection for projection in load_maps(run, which) if projection.dimensions == 2]
        clustering = with_evidence(cluster(clustered, **FINE), clustered, maps=maps)
        CLUSTERINGS.save(run, clustering, which)
        count_hits(run, which, space)
    return clustering


def count_hits(run: Run, which: str, space: "EmbeddingSpace") -> None:
    """Store with every map of a space how often neighbours on it are of one cluster (neighbourhood hit)."""
    from embedkit.analysis.maps.stored import MAPS, load_maps, map_is_current, map_name

    for projection in load_maps(run, which):
        if map_is_current(run, map_name(which, projection.method, projection.dimensions), space):
            MAPS.save(run, hit_by_clusters(run, which, space, projection))


def hit_by_clusters(run: Run, which: str, space: "EmbeddingSpace", projection: "Projection") -> "Projection":
    """A map of a space's first points with its neighbourhood hit by the stored clusters; as it was where none are."""
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustering_is_current
    from embedkit.analysis.maps.projection import with_hit

    stored = CLUSTERINGS.load_or_none(run, which)
    if stored is None or not clustering_is_current(stored, space) or not len(stored):
        return projection
    return with_hit(projection, space, stored.labels, "cluster")
