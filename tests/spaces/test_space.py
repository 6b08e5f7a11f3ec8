"""An embedding space checks what it is made of, and knows the lengths of its vectors."""

import numpy as np
import pytest

from embedkit.errors import SpaceError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.space import of_length_one


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        (
            1e-24,
            r"s: the vector of 'a' \(row 0\) is too small for single precision; multiply all vectors by one number",
        ),
        (1e-19, "too small"),
        (1e-17, ""),
        (1.0, ""),
        (1e17, ""),
        (1e19, r"s: the vector of 'a' \(row 0\) is too large for single precision; divide all vectors by one number"),
        (1e30, "too large"),
    ],
)
def test_vectors_whose_length_no_number_holds_are_refused(scale: float, message: str) -> None:
    vectors = scale * np.array([[3.0, 4.0], [0.0, 0.0], [6.0, 8.0]])
    if message:
        with pytest.raises(SpaceError, match=message):
            EmbeddingSpace("s", ("a", "zero", "b"), vectors)
        return
    space = EmbeddingSpace("s", ("a", "zero", "b"), vectors)
    assert space.norms / scale == pytest.approx([5, 0, 10])
    assert space.unit == pytest.approx(np.array([[0.6, 0.8], [0, 0], [0.6, 0.8]]))


def test_rows_are_divided_by_their_lengths_in_their_own_precision() -> None:
    for precision in (np.float32, np.float64):
        rows = np.array([[3, 4], [0, 0], [0, -2]], dtype=precision)
        unit = of_length_one(rows)
        assert unit.dtype == precision
        assert unit == pytest.approx(np.array([[0.6, 0.8], [0, 0], [0, -1]]))
        assert of_length_one(rows, np.array([5, 0, 1], dtype=precision))[2].tolist() == [0, -2]
