"""The spaces of a run and their maps."""

from typing import TYPE_CHECKING

from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.studies.clusters import hit_by_clusters

if TYPE_CHECKING:
    from embedkit.spaces.space import EmbeddingSpace

MAP_POINTS = 5_000
"""Maps show this many points, the most frequent."""
MAP_METHODS = ("pca", "umap")


def study_space(run: Run, which: str, steps: Steps) -> "EmbeddingSpace":
    """The stored space of this name, or out of the weights where none is stored."""
    from embedkit.spaces.open import open_run_space

    if which in run.artefacts("spaces", ".npz"):
        return open_run_space(run, which)
    with steps(f"{run.name}: extract the {which} embeddings"):
        return open_run_space(run, which)


def map_space(run: Run, which: str, space: "EmbeddingSpace", method: str, points: int | None, steps: Steps) -> None:
    """Compute and store a map, unless one of this number of points is stored and its space has not changed since.

    `points` None: any number will do, and a new map is of the first MAP_POINTS.
    """
    from embedkit.analysis.maps.projection import METHODS
    from embedkit.analysis.maps.stored import MAPS, map_is_current, map_name

    if map_is_current(run, map_name(which, method), space, points):
        return
    mapped = space.head(points or MAP_POINTS)
    with steps(f"{run.name}: map {len(mapped):,} {which} points by {METHODS[method].title}"):
        MAPS.save(run, hit_by_clusters(run, which, space, METHODS[method].project(mapped)))
