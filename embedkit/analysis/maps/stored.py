"""Maps that are kept with a run, beside the spaces that they are of."""

from embedkit.analysis.maps.projection import METHODS, Projection, fingerprint, rows_in
from embedkit.errors import RunError, SpaceError
from embedkit.runs.artefacts import Artefact
from embedkit.runs.folder import Run
from embedkit.spaces.sampling import sample_of
from embedkit.spaces.space import EmbeddingSpace, last_part

THREE = "-3d"
"""Ends the name of a map in three dimensions, so that it stands beside the one in two."""


def map_name(which: str, method: str, dimensions: int = 2) -> str:
    """The name under which a map of a space is kept: "input-umap", or "input-umap-3d"."""
    return f"{which}-{method}{THREE if dimensions == 3 else ''}"


def _name(projection: Projection) -> str:
    return map_name(last_part(projection.space), projection.method, projection.dimensions)


MAPS = Artefact("maps", Projection, "map", ".npz", named=_name)


def load_maps(run: Run, which: str, space: EmbeddingSpace | None = None) -> tuple[Projection, ...]:
    """Every stored map of one of a run's spaces, those in two dimensions first, in the order of `METHODS`.

    Args:
        space: where it is given, maps that are known to be of other vectors than its own are left out.

    Raises:
        SpaceError, RunError: one is damaged.
    """
    names = [map_name(which, method, dimensions) for dimensions in (2, 3) for method in METHODS]
    stored = MAPS.names(run)
    maps = (MAPS.load(run, name) for name in names if name in stored)
    return tuple(each for each in maps if space is None or not each.source or _is_of(each, space))


def flat_maps(run: Run, which: str, space: EmbeddingSpace | None = None) -> tuple[Projection, ...]:
    """Of `load_maps` those in two dimensions: what a reader takes for a picture of the clusters."""
    return tuple(each for each in load_maps(run, which, space) if each.dimensions == 2)


def map_is_current(
    run: Run, name: str, space: EmbeddingSpace, points: int | None = None, stratify: str | None = None
) -> bool:
    """Whether a map of this name is stored and its points are of the space, with the vectors that they have now. One
    that cannot be read is not current.

    Args:
        points: how many points it must have, or all, which 0 means too; None where any number will do.
        stratify: the column that its points must be stratified by where they are not all; None where any will do.
    """
    if name not in MAPS.names(run):
        return False
    try:
        stored = MAPS.load(run, name)
    except (SpaceError, RunError):
        return False
    sample = sample_of(stored.parameters, len(stored.labels), space)
    return sample.fits(points, stratify, len(space)) and _is_of(stored, space)


def _is_of(projection: Projection, space: EmbeddingSpace) -> bool:
    """Whether a map is of points of a space, with the vectors that they have now."""
    rows = rows_in(space, projection.labels)
    return rows is not None and projection.source == fingerprint(space.take(rows))
