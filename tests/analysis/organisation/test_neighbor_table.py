"""The nearest of points that are asked, among those that have a value, against sorting all cosines."""

import numpy as np
import pytest

from embedkit.analysis.organisation.neighbor_table import NeighborTable
from embedkit.spaces.space import EmbeddingSpace


@pytest.mark.parametrize("k", [1, 3, 4, 6])
@pytest.mark.parametrize("missing", [0, 9])
def test_as_many_as_are_asked_for_however_many_were_kept(k: int, missing: int) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(20, 3))
    space = EmbeddingSpace("try", tuple(f"p{i}" for i in range(20)), vectors)
    present = np.ones(20, dtype=bool)
    present[rng.permutation(20)[:missing]] = False
    asked = np.arange(0, 20, 2)
    rows, nearest = NeighborTable(space, asked, depth=4).nearest_with(present, k)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert rows.tolist() == [row for row in asked if present[row]]
    for row, near in zip(rows, nearest, strict=True):
        others = [other for other in np.argsort(-(unit @ unit[row])) if present[other] and other != row]
        assert near.tolist() == others[:k]
