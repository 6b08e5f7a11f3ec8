"""Whether the clusters of a space and those of its map are the same: a map can tear and merge what it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from embedkit.analysis.clusters.partition import NOISE
from embedkit.errors import SpaceError


@dataclass(frozen=True)
class MapAgreement:
    """How far two clusterings of the same points agree.

    The adjusted Rand index (Hubert and Arabie 1985) asks of all pairs of points whether both put them together; the
    adjusted mutual information (Vinh, Epps and Bailey 2010, by the mean of the entropies) what one tells of the other.
    Both are 1 for the same clusters and 0 on average for clusters that have nothing to do with each other.

    Attributes:
        method: how the map was made, such as "umap".
        clusters: on the map.
        noise: the share of points that are in no cluster on the map.
        points: all of them.
        in_both: points that are in a cluster in both.
        rand: the adjusted Rand index over those; None with fewer than two, or where both put all of them
            together, for then there is no other way that chance could have had it.
        information: the adjusted mutual information over those, likewise.
        rand_with_noise: over all points, noise being a cluster like any other; None likewise.
        information_with_noise: likewise.
        source: the fingerprint of the map; empty where it is not known.
    """

    method: str
    clusters: int
    noise: float
    points: int
    in_both: int
    rand: float | None
    information: float | None
    rand_with_noise: float | None
    information_with_noise: float | None
    source: str = field(default="", metadata={"since": "0.3.0"})

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Without the source where it is not known, as in files of before."""
        return {name: value for name, value in values.items() if name != "source" or value}


def agreement(in_space: np.ndarray, on_map: np.ndarray, *, method: str, source: str = "") -> MapAgreement:
    """Compare (N,) labels of the same points; `NOISE` for those in no cluster.

    Raises:
        SpaceError: the labels differ in number.
    """
    in_space, on_map = np.asarray(in_space), np.asarray(on_map)
    if in_space.shape != on_map.shape or in_space.ndim != 1:
        raise SpaceError(f"agreement: labels of shapes {in_space.shape} and {on_map.shape} are not of the same points")
    both = (in_space != NOISE) & (on_map != NOISE)
    rand, information = _indices(in_space[both], on_map[both])
    rand_with_noise, information_with_noise = _indices(in_space, on_map)
    return MapAgreement(
        method=method,
        clusters=len(np.setdiff1d(on_map, [NOISE])),
        noise=float((on_map == NOISE).mean()) if len(on_map) else 0.0,
        points=len(on_map),
        in_both=int(both.sum()),
        rand=rand,
        information=information,
        rand_with_noise=rand_with_noise,
        information_with_noise=information_with_noise,
        source=source,
    )


def _indices(first: np.ndarray, second: np.ndarray) -> tuple[float | None, float | None]:
    """The adjusted Rand index and the adjusted mutual information of two labellings; None each where undefined."""
    # Where neither divides, both indices are 0 / 0, which scikit-learn calls 1.
    if len(first) < 2 or (np.ptp(first) == 0 and np.ptp(second) == 0):
        return None, None
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    return float(adjusted_rand_score(first, second)), float(adjusted_mutual_info_score(first, second))
