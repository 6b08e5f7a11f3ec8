"""Clusters that are kept with a run, of any of its spaces, with what speaks for them."""

from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.maps.projection import fingerprint
from embedkit.runs.artefacts import Artefact
from embedkit.spaces.sampling import sample_of
from embedkit.spaces.space import EmbeddingSpace

CLUSTERINGS = Artefact("clusters", Clustering, "clusters of space")
"""Those of a space, under its name."""


def clustering_is_current(
    clustering: Clustering | None, space: EmbeddingSpace, points: int | None = None, stratify: str | None = None
) -> bool:
    """Whether clusters are those of points of `space` as it is now, and have been tested.

    Args:
        points: of how many points, or of all, which 0 means too; None where any number will do.
        stratify: the column that the points must be stratified by where they are not all; None where any will do.
    """
    if clustering is None or clustering.evidence is None:
        return False
    sample = sample_of(clustering.parameters, len(clustering.labels), space)
    clustered = clustered_points(clustering, space)
    return sample.fits(points, stratify, len(space)) and clustered is not None


def clustered_points(clustering: Clustering, space: EmbeddingSpace) -> EmbeddingSpace | None:
    """The points that clusters are of, out of their space; None where those are no longer in it."""
    count, rows = len(clustering.labels), clustering.rows
    if count > len(space) or (rows is not None and count and rows.max() >= len(space)):
        return None
    points = space.head(count) if rows is None else space.take(rows)
    return None if clustering.source and clustering.source != fingerprint(points) else points
