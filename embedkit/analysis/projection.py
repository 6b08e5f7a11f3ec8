"""Maps of a space: PCA and UMAP, with their parameters and their fidelity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedkit.analysis.fidelity import Fidelity


@dataclass(frozen=True, eq=False)
class Projection:
    """Points of a space in two or three dimensions.

    Attributes:
        space: the name of the space it was made from.
        method: "pca" or "umap".
        labels: N strings, as in the space.
        points: (N, 2 or 3) float32.
        parameters: everything that made it (metric, neighbours, seed, package versions), JSON-ready.
        fidelity: how far the picture can be trusted, on a stated subsample.
        explained_variance: share of variance per axis, PCA only.
    """

    space: str
    method: str
    labels: tuple[str, ...]
    points: np.ndarray
    parameters: Mapping[str, Any]
    fidelity: Fidelity | None = None
    explained_variance: tuple[float, ...] | None = None
