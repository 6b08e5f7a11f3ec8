"""Principal axes: of a map they are read off its coordinates, and they place points that are not on it."""

from dataclasses import replace

import numpy as np
import pytest

from embedkit.analysis.maps.principal import axes_of, fitted_axes
from embedkit.analysis.maps.projection import METHODS, pca
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace


def test_the_axes_of_a_map_are_read_off_it() -> None:
    vectors = np.array([[1.0, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]], dtype=np.float32)
    space = EmbeddingSpace("s", tuple("abcd"), vectors)
    projection = pca(space, measured=False)
    axes = axes_of(projection, space)
    assert axes is not None
    assert np.allclose(axes.place(vectors), projection.points, atol=1e-5)
    bent = replace(projection, points=projection.points**2)
    assert axes_of(replace(bent, method="umap"), space) is None
    longer = EmbeddingSpace("s", tuple("abcdef"), np.concatenate([vectors, np.eye(2, 3, dtype=np.float32)]))
    moved = replace(pca(longer, measured=False), points=np.arange(12.0).reshape(6, 2) ** 2)
    assert axes_of(moved, longer) is None
    some = replace(projection, labels=("a", "b", "c", "stranger"))
    assert axes_of(some, space) is None
    one = EmbeddingSpace("s", ("a",), vectors[:1])
    assert axes_of(pca(one, measured=False), one) is None


def test_fitted_axes_place_what_was_fitted_and_what_was_not() -> None:
    # Around (3, 3) they lie at -2√5, 0 and 2√5 along (2, 1)/√5, and across it, along (-1, 2)/√5, at -√5/4, √5/2, -√5/4.
    points = np.array([[-0.75, 0.5], [2.5, 4], [7.25, 4.5]])
    space = EmbeddingSpace("line", tuple("abc"), points)
    axes = fitted_axes(space)
    assert np.allclose(axes.mean, [3, 3])
    assert np.allclose(axes.place(points), pca(space).points, atol=1e-6)
    assert np.allclose(axes.loadings, np.array([[2, 1], [-1, 2]]) / np.sqrt(5))
    assert np.allclose(axes.place(points) / np.sqrt(5), [[-2, -0.25], [0, 0.5], [2, -0.25]])
    assert np.allclose(axes.place(np.array([[3.0, 3.0], [5.0, 4.0]])), [[0, 0], [np.sqrt(5), 0]])
    assert fitted_axes(space, dimensions=3).place(points).shape == (3, 3)
    drawn = fitted_axes(space, solver="randomised", seed=1)
    assert np.allclose(drawn.place(points), axes.place(points))
    with pytest.raises(UsageError, match="did you mean randomised"):
        fitted_axes(space, solver="randomized")
    fit = METHODS["pca"].fit
    assert fit is not None
    assert np.allclose(fit(space, dimensions=2).place(points), axes.place(points))
