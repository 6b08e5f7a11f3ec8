"""Postprocessing of vectors: centred, and without their largest component, on points made by hand."""

import numpy as np
import pytest

from embedkit.analysis.postprocessing import all_but_the_top, centred, postprocessed
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace

# Around (5, 5, 5): far along the first axis, less along the second, least along the third.
OFFSETS = np.array([[8.0, 0, 0], [-8, 0, 0], [0, 3, 0], [0, -3, 0], [0, 0, 1], [0, 0, -1]])
VECTORS = OFFSETS + 5


def test_centred_vectors_are_less_their_mean() -> None:
    assert centred(VECTORS) == pytest.approx(OFFSETS)


def test_the_largest_component_is_taken_out_and_no_other() -> None:
    assert all_but_the_top(VECTORS) == pytest.approx(OFFSETS * [0, 1, 1])


def test_a_component_is_taken_out_for_every_hundred_dimensions() -> None:
    vectors = np.random.default_rng(0).normal(size=(500, 300))
    assert np.linalg.matrix_rank(all_but_the_top(vectors), tol=1e-6) == 297
    assert np.linalg.matrix_rank(all_but_the_top(vectors[:, :40]), tol=1e-6) == 39


def test_a_space_says_what_was_done_to_it() -> None:
    space = EmbeddingSpace("try/input", tuple("abcdef"), VECTORS, {"count": np.arange(6)}, {"run": "try"})
    changed = postprocessed(space, "all-but-the-top")
    assert changed.name == "try/input (all-but-the-top)"
    assert changed.provenance == {"run": "try", "postprocess": "all-but-the-top"}
    assert changed.labels == space.labels
    assert changed.vectors == pytest.approx(OFFSETS * [0, 1, 1], abs=1e-6)
    assert postprocessed(space, None) is space
    with pytest.raises(UsageError, match="unknown postprocess 'center'; did you mean centred"):
        postprocessed(space, "center")
