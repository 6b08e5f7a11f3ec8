"""What the points of a map can be coloured by beside their frequency: columns of their space, such as clusters, and how
far each can be trusted on the very map that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedkit.analysis.maps.projection import Projection
from embedkit.errors import ReportError
from embedkit.numerals import percent
from embedkit.report.embedded import EmbeddedSpace
from embedkit.report.packing import packed

NOISE = -1
"""The category of points that belong to none; it is drawn in grey."""


@dataclass(frozen=True, eq=False)
class Coloring:
    """A column of a space as colours.

    Attributes:
        name: what a reader calls it, such as "cluster" or "length in words".
        values: (N,) one for each point of the full space. Categories are integers; a quantity that is not known is NaN.
        labels: names of categories; those without one are called by their number. None for a quantity.

    Raises:
        ReportError: the values are not in one dimension, or those of categories are not integers.
    """

    name: str
    values: np.ndarray
    labels: Mapping[int, str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.asarray(self.values))
        if self.values.ndim != 1:
            raise ReportError(f"colouring {self.name!r}: values of shape {self.values.shape}, where (N,) is needed")
        if self.labels is not None and not np.issubdtype(self.values.dtype, np.integer):
            raise ReportError(f"colouring {self.name!r}: categories are integers, not {self.values.dtype}")

    def to_json(self, space: EmbeddedSpace) -> dict[str, Any]:
        """JSON-ready, for the words of a space in a page.

        Raises:
            ReportError: there is not one value for each point of the full space.
        """
        if len(self.values) != space.total:
            raise ReportError(
                f"colouring {self.name!r}: {len(self.values):,} values for the {space.total:,} points of {space.key}"
            )
        labels = None if self.labels is None else {str(number): str(name) for number, name in self.labels.items()}
        return {"name": self.name, "values": packed(self.values[space.rows], "<f4"), "labels": labels}


@dataclass(frozen=True, eq=False)
class MapColoring:
    """A share of each point that belongs to one map, not to its space, as colours from 0 to 100 %.

    Attributes:
        name: what a reader calls it, such as "neighbours kept".
        values: (N,) one for each point of the map; one that is not known is NaN.
        meaning: what the share is of, as it stands after "100 %" in the legend.
    """

    name: str
    values: np.ndarray
    meaning: str

    def to_json(self, rows: np.ndarray) -> dict[str, Any]:
        """JSON-ready, for those points of the map that the page shows."""
        return {"name": self.name, "values": packed(self.values[rows], "<f4"), "meaning": self.meaning}


def trust_colorings(projection: Projection) -> tuple[MapColoring, ...]:
    """What is kept with a map about each of its points."""
    local, stability = projection.local, projection.stability
    colorings = []
    if local is not None:
        kept_share = f"of the {local.k} nearest in the full space are among the {local.k} nearest here"
        intruder_share = f"of the {local.k} nearest here are not among the {local.far} nearest in the full space"
        colorings += [
            MapColoring("neighbours kept", local.kept, f"{kept_share}; on a shuffled map {percent(local.chance)}"),
            MapColoring(
                "false neighbours",
                local.intruders,
                f"{intruder_share}; on a shuffled map {percent(local.intruders_chance)}",
            ),
        ]
    if stability is not None:
        agreement = f"of the {stability.k} nearest are the same on two such maps (Jaccard)"
        chance = percent(stability.subsamples.chance)
        colorings.append(
            MapColoring("stable neighbours", stability.subsamples.points, f"{agreement}; by chance {chance}")
        )
    return tuple(colorings)


def colorings_of(
    spaces: Sequence[EmbeddedSpace], colorings: Mapping[str, Sequence[Coloring]]
) -> dict[str, list[dict[str, Any]]]:
    """The colourings of spaces, by their keys, JSON-ready."""
    return {space.key: [each.to_json(space) for each in colorings.get(space.key, ())] for space in spaces}
