"""An embedding space checks what it is made of, and knows the lengths of its vectors."""

import numpy as np
import pytest

from embedkit.errors import SpaceError
from embedkit.spaces import EmbeddingSpace


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
