"""Maps by UMAP that start from a seed wherever none is named."""

from dataclasses import replace
from functools import partial

import pytest

from embedkit.analysis.maps import projection


def seed_umap(patch: pytest.MonkeyPatch) -> None:
    """Without a seed umap-learn compiles its layout for all cores anew in each process, which takes longer than small
    maps."""
    umap = partial(projection.umap, seed=0)
    seeded = replace(projection.METHODS["umap"], project=umap)
    patch.setattr(projection.METHODS, "_entries", {**projection.METHODS, "umap": seeded})
    patch.setattr("embedkit.umap", umap)
