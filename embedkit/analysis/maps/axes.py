"""Maps on axes of the reader's own: each from one word, or the mean of several, to another."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.maps.coordinates import Projection, check_map
from embedkit.analysis.maps.measurement import Surroundings, projected
from embedkit.analysis.neighbors import rows_of
from embedkit.errors import UsageError
from embedkit.spaces.space import EmbeddingSpace

_ARROW = re.compile(r"→|->|:")


@dataclass(frozen=True)
class Axis:
    """From words to words; of several the mean counts.

    Raises:
        UsageError: one side has no word.
    """

    start: tuple[str, ...]
    end: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.start or not self.end or not all((*self.start, *self.end)):
            raise UsageError("an axis leads from a word to a word, such as man→woman")

    def __str__(self) -> str:
        return f"{', '.join(self.start)} → {', '.join(self.end)}"

    @classmethod
    def of(cls, axis: "Axis | str | Mapping[str, Sequence[str]]") -> "Axis":
        """An axis as it is, as a person writes it, or as the parameters of a map hold it.

        Raises:
            UsageError: it is a text that is no axis.
        """
        if isinstance(axis, str):
            return cls.parse(axis)
        return axis if isinstance(axis, Axis) else cls(tuple(axis["from"]), tuple(axis["to"]))

    @classmethod
    def parse(cls, text: str) -> "Axis":
        """Read "man→woman", "man->woman", "man:woman", or "man,king→woman,queen" for means.

        Raises:
            UsageError: there is not one arrow with words on both sides.
        """
        sides = _ARROW.split(text)
        if len(sides) != 2 or not all(side.strip() for side in sides):
            raise UsageError(f"{text!r} is no axis; write one as man→woman, man->woman or man:woman")
        start, end = (tuple(word.strip() for word in side.split(",")) for side in sides)
        return cls(start, end)


def axes(
    space: EmbeddingSpace,
    *,
    axes: Sequence[Axis | str | Mapping[str, Sequence[str]]],
    dimensions: int | None = None,
    vocabulary: EmbeddingSpace | None = None,
    measured: bool = True,
) -> Projection:
    """Two or three axes that lead from words to words, and each point's place along them.

    An axis is the direction from the mean of the unit vectors of its first words to that of its last words. A
    point's coordinate is the inner product of its own unit vector with the unit direction: a cosine, in [-1, 1].
    Nothing is fitted. Axes that are not at right angles are left as they are, and the picture is skewed by as much
    as the cosines among them in the parameters say: points then spread along the diagonal whatever they mean. The
    fidelity is to cosine distances.

    Args:
        dimensions: as many as there are axes.
        vocabulary: where the axes' words are looked up; by default the space itself, which may be a part of it.

    Raises:
        UsageError: there are not two or three axes, dimensions is another number, a word is not in the vocabulary (its
            nearest spellings are named), or both ends of an axis are the same.
        SpaceError: the space is empty.
    """
    chosen = tuple(map(Axis.of, axes))
    if len(chosen) not in (2, 3):
        raise UsageError(f"{len(chosen)} {'axis' if len(chosen) == 1 else 'axes'}; a map has 2 or 3")
    if dimensions not in (None, len(chosen)):
        raise UsageError(f"dimensions is {dimensions}, but there are {len(chosen)} axes")
    check_map(space, len(chosen))
    directions = np.stack([direction(vocabulary or space, axis) for axis in chosen])
    cosines = directions @ directions.T
    pairs = [(i, j) for i in range(len(chosen)) for j in range(i + 1, len(chosen))]
    parameters = {
        "dimensions": len(chosen),
        "axes": [{"from": list(axis.start), "to": list(axis.end)} for axis in chosen],
        "cosines_between_axes": {f"{i + 1}–{j + 1}": round(float(cosines[i, j]), 6) for i, j in pairs},
    }
    surroundings = Surroundings(space, "cosine")
    points = space.unit @ directions.T
    return projected(space, "axes", points, parameters, surroundings=surroundings, measured=measured)


def direction(space: EmbeddingSpace, axis: Axis) -> np.ndarray:
    """(D,) the unit direction of an axis.

    Raises:
        UsageError: a word is not in the space, or both ends have the same mean.
    """
    start, end = (
        space.unit_rows(np.array(rows_of(space, side), dtype=np.int64)).astype(np.float64).mean(axis=0)
        for side in (axis.start, axis.end)
    )
    length = float(np.linalg.norm(end - start))
    if length < 1e-6:
        raise UsageError(f"the axis {axis} has no direction: its ends are the same in {space.name}")
    return (end - start) / length
