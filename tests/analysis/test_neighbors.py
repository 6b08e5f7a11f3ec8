"""Nearest neighbours against a plain sort, and by hand."""

import numpy as np
import pytest

from embedkit.analysis import neighbors
from embedkit.analysis.neighbors import largest, nearest, neighbor_table
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace

ROSE = EmbeddingSpace(
    "rose", ("east", "north", "north-east", "west", "nowhere"), np.array([[1, 0], [0, 3], [2, 2], [-1, 0], [0, 0]])
)


def test_by_hand() -> None:
    found = nearest(ROSE, "east", k=3)
    assert [a.word for a in found] == ["north-east", "north", "nowhere"]
    assert [a.cosine for a in found] == pytest.approx([np.sqrt(0.5), 0, 0], abs=1e-6)
    assert [a.word for a in nearest(ROSE, "east", k=9, restrict=2)] == ["north"]
    # A word outside the restriction is answered from within it.
    assert [a.word for a in nearest(ROSE, "west", k=1, restrict=2)] == ["north"]


def test_unknown_words_and_counts_below_one_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean north"):
        nearest(ROSE, "noth")
    with pytest.raises(UsageError, match="did you mean east"):
        nearest(ROSE, "EAST")
    with pytest.raises(UsageError, match="k is 0"):
        nearest(ROSE, "east", k=0)
    with pytest.raises(UsageError, match="restrict is 0"):
        nearest(ROSE, "east", restrict=0)


@pytest.mark.parametrize("restrict", [None, 700, 20])
def test_blocks_and_buckets_change_nothing(restrict: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbors, "_BLOCK", 5000)
    rng = np.random.default_rng(1)
    space = EmbeddingSpace("random", tuple(map(str, range(1000))), rng.normal(size=(1000, 6)))
    rows = rng.permutation(1000)[:200]
    ids, cosines = neighbor_table(space, rows, k=5, restrict=restrict)
    full = space.unit[rows] @ space.unit[: restrict or 1000].T
    full[rows[:, None] == np.arange(full.shape[1])] = -np.inf
    assert (ids == np.argsort(-full, axis=1)[:, :5]).all()
    assert cosines == pytest.approx(-np.sort(-full, axis=1)[:, :5], abs=1e-6)
    assert (ids.dtype, cosines.dtype) == (np.int32, np.float32)


def test_equal_values_stand_in_their_order() -> None:
    values = np.zeros((2, 1000), dtype=np.float32)
    values[1, [900, 30, 500]] = 1
    found, best = largest(values, 4)
    assert found.tolist() == [[0, 1, 2, 3], [30, 500, 900, 0]]
    assert best.tolist() == [[0, 0, 0, 0], [1, 1, 1, 0]]
