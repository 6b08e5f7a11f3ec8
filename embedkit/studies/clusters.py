"""The clusters of any space of a run with what speaks for them: made once, and kept with the run."""

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
    """The clusters of a space that are kept, or new ones where none are, they are not tested or the space changed.

    Args:
        most: new ones are of the first so many points, the most frequent.
        points: those that are kept must be of so many points, and so will new ones be; None where any number will do.
    """
    from embedkit.analysis.clusters.clustering import FINE, cluster, with_evidence
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustering_is_current
    from embedkit.analysis.maps.stored import load_maps

    kept = CLUSTERINGS.load_or_none(run, which)
    if kept is not None and clustering_is_current(kept, space, points):
        return kept
    shown = space.head(points or most)
    with steps(f"{run.name}: look for clusters among {len(shown):,} {which} points"):
        maps = [projection for projection in load_maps(run, which) if projection.dimensions == 2]
        found = with_evidence(cluster(shown, **FINE), shown, maps=maps)
        CLUSTERINGS.save(run, found, which)
        count_hits(run, which, space)
    return found


def count_hits(run: Run, which: str, space: "EmbeddingSpace") -> None:
    """Count in every stored map of a space how often neighbours are of one cluster, by the clusters that are kept."""
    from embedkit.analysis.maps.stored import MAPS, load_maps, map_is_current, map_name

    for projection in load_maps(run, which):
        if map_is_current(run, map_name(which, projection.method, projection.dimensions), space):
            MAPS.save(run, hit_by_clusters(run, which, space, projection))


def hit_by_clusters(run: Run, which: str, space: "EmbeddingSpace", projection: "Projection") -> "Projection":
    """A map of a space's first points with its neighbourhood hit by the clusters that are kept of them, if any are."""
    from embedkit.analysis.clusters.stored import CLUSTERINGS, clustering_is_current
    from embedkit.analysis.maps.projection import with_hit

    kept = CLUSTERINGS.load_or_none(run, which)
    if kept is None or not clustering_is_current(kept, space) or not len(kept):
        return projection
    return with_hit(projection, space, kept.labels, "cluster")
