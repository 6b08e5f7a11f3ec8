"""Clusters that are kept with a run, of any of its spaces, with what speaks for them."""

from embedkit.analysis.clusters.clustering import Clustering
from embedkit.analysis.maps.projection import fingerprint
from embedkit.runs.artefacts import Artefact
from embedkit.spaces.space import EmbeddingSpace

CLUSTERINGS = Artefact("clusters", Clustering, "clusters of space")
"""Those of a space, under its name."""


def clustering_is_current(clustering: Clustering | None, space: EmbeddingSpace, points: int | None = None) -> bool:
    """Whether clusters are those of the first points of `space` as it is now, and have been tested.

    Args:
        points: of how many points, or of all; None where any number will do.
    """
    if clustering is None or clustering.evidence is None:
        return False
    count = len(clustering.labels)
    if points is not None and count != min(points, len(space)):
        return False
    return count <= len(space) and clustering.source == fingerprint(space.head(count))
