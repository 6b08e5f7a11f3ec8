"""The spaces of a run and their maps."""

from typing import TYPE_CHECKING

from embedkit.numerals import counted
from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.studies.clusters import keep_map, stored_stratum

if TYPE_CHECKING:
    from embedkit.spaces.space import EmbeddingSpace

MAP_POINTS = 5_000
"""Maps show this many points where no other number is given: see `embedkit.spaces.sampling.choose`."""
MAP_METHODS = ("pca", "umap")


def study_space(run: Run, which: str, steps: Steps) -> "EmbeddingSpace":
    """The stored space of this name, or out of the weights where none is stored."""
    from embedkit.spaces.open import open_run_space

    if which in run.artefacts("spaces", ".npz"):
        return open_run_space(run, which)
    with steps(f"{run.name}: extract the {which} embeddings"):
        return open_run_space(run, which)


def map_space(
    run: Run,
    which: str,
    space: "EmbeddingSpace",
    method: str,
    points: int | None,
    steps: Steps,
    *,
    stratify: str | None = None,
) -> None:
    """Compute and store a map, unless one of this sample is stored and its space has not changed since.

    Args:
        points: how many points it shows, or all where it is 0; None where any number will do, and a new map is of
            MAP_POINTS.
        stratify: the column that its sample is stratified by; None where any will do, and a new one is as those that
            are stored.
    """
    from embedkit.analysis.maps.projection import METHODS, with_sample
    from embedkit.analysis.maps.stored import map_is_current, map_name
    from embedkit.spaces.sampling import check_stratum, choose

    if stratify:
        check_stratum(space, stratify)
    if map_is_current(run, map_name(which, method), space, points, stratify):
        return
    stratify = stored_stratum(run, which) if stratify is None else stratify
    rows, sample = choose(space, MAP_POINTS if points is None else points, stratify=stratify)
    with steps(f"{run.name}/{which}: map {counted(len(rows), space.noun)} by {METHODS[method].title}"):
        projection = with_sample(METHODS[method].project(space.take(rows)), sample)
        keep_map(run, which, space, projection)
