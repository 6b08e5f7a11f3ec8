"""A map: the coordinates of a space's points, with what made them and how far they can be trusted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from embedkit.analysis.copies import Spots, identical, spots_of
from embedkit.analysis.maps.agreement import Stability
from embedkit.analysis.maps.fidelity import Fidelity, neighborhood_hit
from embedkit.analysis.maps.pointwise import PointFidelity
from embedkit.errors import SpaceError, UsageError
from embedkit.notebook import Displayed
from embedkit.numerals import percent
from embedkit.runs.artefacts import to_plain
from embedkit.spaces.sampling import Sample
from embedkit.spaces.space import EmbeddingSpace

LABELS = ("cluster", "kind")
"""Columns of a space that label its points: where it has one, the neighbourhood hit is counted by it."""

PAIRS = ((0, 1), (0, 2), (1, 2))
"""The pairs of three axes."""

_PLAIN = ("space", "method", "parameters", "fidelity", "explained_variance")  # fields that are stored as they are


@dataclass(frozen=True, eq=False)
class Projection(Displayed):
    """Points of a space in two or three dimensions.

    Attributes:
        space: the name of the space it was made from.
        method: a key of `projection.METHODS`.
        labels: N strings, as in the space.
        points: (N, 2 or 3) float32.
        parameters: everything that made it (metric, neighbours, seed, package versions, machine), JSON-ready.
        fidelity: how far the picture can be trusted, on a stated subsample; None with fewer than three distinct
            vectors.
        local: the same of each point; None where that is None.
        explained_variance: share of variance per axis, PCA only.
        stability: how far the picture depends on chance; None where that was not measured.
        source: the fingerprint of the points in the space; empty where it is not known.
        faces: of three dimensions the flat pictures of `PAIRS` of axes, each a map with a fidelity of its own; empty
            where they were not measured.

    Raises:
        SpaceError: labels and points differ in number, points are not in two or three dimensions or not finite, or
            what is kept of each point is not of as many points.
    """

    space: str
    method: str
    labels: tuple[str, ...]
    points: np.ndarray
    parameters: Mapping[str, Any]
    fidelity: Fidelity | None = None
    explained_variance: tuple[float, ...] | None = None
    local: PointFidelity | None = None
    stability: Stability | None = None
    source: str = ""
    faces: "tuple[Projection, ...]" = field(default=(), metadata={"since": "0.2.0"})

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "points", np.ascontiguousarray(self.points, dtype=np.float32))
        if self.points.ndim != 2 or self.points.shape[1] not in (2, 3) or len(self.points) != len(self.labels):
            raise SpaceError(f"map of {self.space}: points {self.points.shape} for {len(self.labels)} labels")
        if not np.isfinite(self.points).all():
            raise SpaceError(f"map of {self.space}: a point is not finite")
        for name, part in (("fidelity", self.local), ("stability", self.stability)):
            if part is not None and len(part) != len(self.labels):
                raise SpaceError(f"map of {self.space}: the {name} of {len(part)} points for {len(self.labels)} labels")

    def __repr__(self) -> str:
        trust = ""
        if self.fidelity is not None:
            at = self.fidelity.near()
            trust = f", {percent(at.neighbors_kept)} of {at.k} nearest kept"
        return f"Projection({self.method} of {self.space!r}, {len(self.labels):,} × {self.dimensions}{trust})"

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return int(self.points.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of labels and coordinates, in hexadecimal: by it a figure says which map it is of."""
        return _digest(self.labels, self.points)

    def face(self, pair: tuple[int, int], fidelity: Fidelity | None, local: PointFidelity | None) -> "Projection":
        """The picture of two axes of three, with how far it can be trusted itself."""
        explained = self.explained_variance
        return replace(
            self,
            points=self.points[:, pair],
            fidelity=fidelity,
            explained_variance=None if explained is None else tuple(explained[axis] for axis in pair),
            local=local,
            stability=None,
            faces=(),
        )

    @property
    def kept(self) -> np.ndarray | None:
        """(N,) float32 share of each point's nearest in the full space that are among its nearest on the map."""
        return None if self.local is None else self.local.kept

    @property
    def intruders(self) -> np.ndarray | None:
        """(N,) float32 share of each point's nearest on the map that are far from it in the full space."""
        return None if self.local is None else self.local.intruders

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """With what is known of each point as arrays beside the coordinates, and all else in `about`."""
        stability = self.stability
        arrays = {"points": self.points, "labels": self.labels, **_shares(self.local)}
        for number, face in enumerate(self.faces):
            arrays |= _shares(face.local, f"_{number}")
        if stability is not None:
            arrays |= {"stable_seeds": stability.seeds.points, "stable_subsamples": stability.subsamples.points}
        about = {key: values[key] for key in _PLAIN}
        local = None if self.local is None else {key: values["local"][key] for key in ("k", "far", "metric")}
        measured = [face.fidelity for face in self.faces]
        faces = [None if fidelity is None else to_plain(fidelity) for fidelity in measured]
        about |= {"local": local, "faces": faces, "stability": None if stability is None else stability.summary()}
        return {**arrays, "about": {**about, "source": self.source}}

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        about = values["about"]
        local, stability = about["local"], about["stability"]
        if local is not None:
            local = {**local, "kept": values["kept"], "intruders": values["intruders"]}
        if stability is not None:
            points = {which: values[f"stable_{which}"] for which in ("seeds", "subsamples")}
            stability = {**stability, **{which: {**stability[which], "points": points[which]} for which in points}}
        # A version before kept no faces.
        faces = [_stored_face(values, number) for number in range(len(about.get("faces", ())))]
        return {
            **{key: about[key] for key in (*_PLAIN, "source")},
            **{key: values[key] for key in ("labels", "points")},
            "local": local,
            "stability": stability,
            **({"faces": faces} if "faces" in about else {}),
        }


def _shares(local: PointFidelity | None, end: str = "") -> dict[str, Any]:
    """The stored arrays of a map's points; those of a face have a number at the `end` of their names."""
    return {} if local is None else {f"kept{end}": local.kept, f"intruders{end}": local.intruders}


def _stored_face(values: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A face as a map that is stored by itself would be."""
    about, pair = values["about"], list(PAIRS[number])
    explained = about["explained_variance"]
    shares = ("kept", "intruders") if about["local"] is not None else ()
    return {
        "points": values["points"][:, pair],
        "labels": values["labels"],
        **{key: values[f"{key}_{number}"] for key in shares},
        "about": {
            **about,
            "fidelity": about["faces"][number],
            "explained_variance": None if explained is None else [explained[axis] for axis in pair],
            "stability": None,
            "faces": (),
        },
    }


def with_hit(projection: Projection, space: EmbeddingSpace, column: np.ndarray, labelled: str) -> Projection:
    """The map with its neighbourhood hit by labels that were made later, such as clusters. Where the space has labels
    of its own (`LABELS`), or not all points of the map, the map stays as it is.

    Args:
        space: whose points the map is of, all or some.
        column: (M,) labels of the first M points of the space; those of others are not known.
        labelled: what they are, such as "cluster".
    """
    fidelity = projection.fidelity
    if fidelity is None or any(name in space.columns for name in LABELS):
        return projection
    rows = rows_in(space, projection.labels)
    if rows is None:
        return projection
    known = labels_in(column)
    labels = [known[row] if row < len(known) else None for row in rows.tolist()]
    vectors, points = space.vectors[rows], projection.points
    if projection.parameters.get("distinct_vectors"):
        firsts = spots_on(projection, space.take(rows)).firsts
        vectors, points, labels = vectors[firsts], points[firsts], [labels[row] for row in firsts.tolist()]
    hit = neighborhood_hit(
        vectors,
        points,
        labels,
        labelled=labelled,
        metric=fidelity.metric,
        sample=fidelity.sample,
        seed=fidelity.seed,
    )
    faces = tuple(with_hit(face, space, column, labelled) for face in projection.faces)
    return replace(projection, fidelity=replace(fidelity, neighborhood_hit=hit), faces=faces)


def spots_on(projection: Projection, space: EmbeddingSpace) -> Spots:
    """Which points of `space`, those of the map in its order, its figures count once; a version before 0.3 took those
    together that are the same to the bit."""
    count = projection.parameters.get("distinct_vectors", len(space))
    metric = "cosine" if projection.fidelity is None else projection.fidelity.metric
    ways = (spots_of(space, "euclidean"), spots_of(space, metric))
    return next((spots for spots in ways if len(spots.firsts) == count), identical(space))


def labels_in(column: np.ndarray) -> list[object]:
    """The labels of a column, None where there is none: a negative number, such as the noise of a clustering, NaN or
    the empty string."""

    def missing(value: object) -> bool:
        return value is None or value == "" or (isinstance(value, int | float) and not value >= 0)

    return [None if missing(value) else value for value in column.tolist()]


def rows_in(space: EmbeddingSpace, labels: Sequence[str]) -> np.ndarray | None:
    """(N,) the rows of these labels in a space; None where it lacks one."""
    rows = space.rows_of(labels)
    return None if (rows < 0).any() else rows


def with_sample(projection: Projection, sample: Sample) -> Projection:
    """The map with how its points were chosen among its parameters, under "sample"."""
    return replace(projection, parameters={**projection.parameters, "sample": sample.to_json()})


def fingerprint(space: EmbeddingSpace) -> str:
    """The SHA-256 of labels and vectors, in hexadecimal: another where either changed."""
    return _digest(space.labels, space.vectors)


def _digest(labels: Sequence[str], rows: np.ndarray) -> str:
    digest = hashlib.sha256("\0".join(labels).encode("utf-8", "surrogatepass"))
    digest.update(str(rows.shape).encode())
    digest.update(np.ascontiguousarray(rows, dtype="<f4").data)
    return digest.hexdigest()


def check_map(space: EmbeddingSpace, dimensions: int) -> None:
    """Refuse what no map can be made of.

    Raises:
        UsageError: dimensions is not 2 or 3.
        SpaceError: the space is empty.
    """
    if dimensions not in (2, 3):
        raise UsageError(f"dimensions is {dimensions}; a map has 2 or 3")
    if not len(space):
        raise SpaceError(f"{space.name}: there are no points to map")
