"""What is done to the vectors of a space before they are compared: their mean and their largest components taken out.

Mu & Viswanath 2018, All-but-the-Top: simple and effective postprocessing for word representations. ICLR.
"""

from collections.abc import Callable, Mapping

import numpy as np

from embedkit.analysis.clusters.partition import leading_axes
from embedkit.errors import unknown
from embedkit.spaces.space import EmbeddingSpace

_DIMENSIONS_EACH = 100  # a component is taken out for so many dimensions, as the paper advises


def centred(vectors: np.ndarray) -> np.ndarray:
    """(N, D) → (N, D) float64: less their mean."""
    return vectors - vectors.mean(axis=0, dtype=np.float64)


def all_but_the_top(vectors: np.ndarray) -> np.ndarray:
    """(N, D) → (N, D) float64: less their mean, and less their first principal components, one for every hundred
    dimensions, one at least."""
    rest = centred(vectors)
    top = leading_axes(rest.T @ rest, max(1, round(vectors.shape[1] / _DIMENSIONS_EACH)))
    return np.asarray(rest - rest @ top @ top.T)


POSTPROCESSES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "centred": centred,
    "all-but-the-top": all_but_the_top,
}


def postprocessed(space: EmbeddingSpace, how: str | None) -> EmbeddingSpace:
    """The space with its vectors postprocessed, which its name and its provenance say; as it is where `how` is None.

    Raises:
        UsageError: there is no such postprocess; those that there are are named.
    """
    if how is None:
        return space
    if how not in POSTPROCESSES:
        raise unknown("postprocess", how, POSTPROCESSES)
    if not len(space):
        return space
    return EmbeddingSpace(
        f"{space.name} ({how})",
        space.labels,
        POSTPROCESSES[how](space.vectors),
        space.columns,
        {**space.provenance, "postprocess": how},
    )
