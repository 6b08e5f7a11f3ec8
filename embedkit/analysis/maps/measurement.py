"""Points that a method laid out, as a map with what is measured of it."""

import platform
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any, ClassVar

import numpy as np

from embedkit.analysis.copies import Spots, spots_of
from embedkit.analysis.maps.coordinates import LABELS, PAIRS, Projection, fingerprint, labels_in, spots_on
from embedkit.analysis.maps.fidelity import Fidelity, measure
from embedkit.analysis.maps.neighborhoods import METRICS
from embedkit.analysis.maps.pointwise import FAR, PointFidelity, measure_points, nearest_rows
from embedkit.errors import unknown
from embedkit.spaces.space import EmbeddingSpace

MEASURABLE = 3
"""With fewer distinct vectors a map has no fidelity."""


class Surroundings:
    """The nearest points in a full space, computed once for a layout and its fidelity, which both need them, and kept
    for the next map of the same points: with many points they are most of the work."""

    _last: "ClassVar[tuple[tuple[str, str], tuple[np.ndarray, np.ndarray]] | None]" = None

    def __init__(self, space: EmbeddingSpace, metric: str) -> None:
        if metric not in METRICS:
            raise unknown("metric", metric, METRICS)
        self.space, self.metric = space, metric
        self._nearest: tuple[np.ndarray, np.ndarray] | None = None

    def nearest(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """(N, at least k) rows and distances, rising, as `nearest_rows` gives them."""
        if self._nearest is None or self._nearest[0].shape[1] < k:
            widest = min(max(k, FAR), len(self.space) - 1)
            key, last = (fingerprint(self.space), self.metric), Surroundings._last
            if last is not None and last[0] == key and last[1][0].shape[1] >= widest:
                self._nearest = last[1]
            else:
                self._nearest = nearest_rows(self.space.vectors, widest, self.metric)
                Surroundings._last = (key, self._nearest)
        return self._nearest


def projected(
    space: EmbeddingSpace,
    method: str,
    points: np.ndarray,
    parameters: Mapping[str, Any],
    *,
    packages: tuple[str, ...] = ("numpy",),
    surroundings: Surroundings,
    spots: Spots | None = None,
    explained: tuple[float, ...] | None = None,
    measured: bool = True,
) -> Projection:
    """A map of these points with its fidelity, unless it is not to be measured. Where points share a vector, which is
    by the metric unless `spots` say it, its parameters say how many distinct ones there are.

    The versions of `packages` and the machine's architecture are kept with the parameters: the same seed gives
    another picture where they differ.
    """
    versions = {package: version(package) for package in packages}
    spots = spots_of(space, surroundings.metric) if spots is None else spots
    measured = measured and len(spots.firsts) >= MEASURABLE
    fidelity, local = _measure(space, points, surroundings, spots) if measured else (None, None)
    projection = Projection(
        space=space.name,
        method=method,
        labels=tuple(space.labels),
        points=points,
        parameters={**parameters, **spots.parameters(), "versions": versions, "machine": platform.machine()},
        fidelity=fidelity,
        explained_variance=explained,
        local=local,
        source=fingerprint(space),
    )
    if not measured or projection.dimensions == 2:
        return projection
    faces = (projection.face(pair, *_measure(space, points[:, pair], surroundings, spots)) for pair in PAIRS)
    return replace(projection, faces=tuple(faces))


def measured_again(projection: Projection, space: EmbeddingSpace) -> Projection:
    """A map with its fidelity measured once more, by the metric that it was measured by; as it is where it was not.

    Args:
        space: the points of the map, in its order.
    """
    if projection.fidelity is None:
        return projection
    surroundings, spots = Surroundings(space, projection.fidelity.metric), spots_on(projection, space)
    fidelity, local = _measure(space, projection.points, surroundings, spots)
    pairs = PAIRS[: len(projection.faces)]
    faces = tuple(
        projection.face(pair, *_measure(space, projection.points[:, pair], surroundings, spots)) for pair in pairs
    )
    return replace(projection, fidelity=fidelity, local=local, faces=faces)


def _measure(
    space: EmbeddingSpace, points: np.ndarray, surroundings: Surroundings, spots: Spots
) -> tuple[Fidelity, PointFidelity]:
    """How far a map of these points can be trusted, as a whole and at each point.

    As a whole over distinct vectors: copies of one would be each other's neighbours on any map that lays them together.
    """
    metric = surroundings.metric
    labelled = next((name for name in LABELS if name in space.columns), "")
    labels = labels_in(space.columns[labelled]) if labelled else None
    nearest = surroundings.nearest(min(FAR, (len(space) - 1) // 2))
    local = measure_points(space.vectors, points, metric=metric, nearest=nearest)
    if spots.copies:
        firsts = spots.firsts
        labels = None if labels is None else [labels[row] for row in firsts.tolist()]
        return measure(space.vectors[firsts], points[firsts], metric=metric, labels=labels, labelled=labelled), local
    return measure(space.vectors, points, metric=metric, labels=labels, labelled=labelled), local


def repeated(
    layout: Projection,
    space: EmbeddingSpace,
    spots: Spots,
    *,
    surroundings: Surroundings,
    measured: bool,
) -> Projection:
    """The map of a space out of one of its distinct vectors: each point lies where the first of its vector does."""
    parameters = {name: value for name, value in layout.parameters.items() if name not in ("versions", "machine")}
    return projected(
        space,
        layout.method,
        layout.points[spots.number],
        parameters,
        packages=tuple(layout.parameters["versions"]),
        surroundings=surroundings,
        spots=spots,
        measured=measured,
    )
