"""Blocks of two pages are the same to rounding where their numbers are, and where nothing else stands in them."""

import json

import numpy as np
import pytest

from embedkit.report.packing import packed
from embedkit.verification.rounding import nearly

COSINES = np.array([[0.5, 0.25], [0.125, 0.0]])


def spaces(cosines: str) -> str:
    return json.dumps([{"key": "one", "words": ["a", "b"], "cosines": cosines}])


@pytest.mark.parametrize(
    ("cosines", "near"),
    [
        (packed(COSINES + 1e-6, "<f4"), True),
        (packed(COSINES + 1e-3, "<f4"), False),
        ("*" * 600 + packed(COSINES, "<f4"), False),
        (packed(COSINES, "<f4") + "\n", False),
        (packed(COSINES, "<f4")[:4] + " " + packed(COSINES, "<f4")[4:], False),
        (packed(COSINES[:, :1], "<f4"), False),
    ],
)
def test_cosines_of_a_space(cosines: str, near: bool) -> None:
    assert nearly("spaces", spaces(cosines), spaces(packed(COSINES, "<f4"))) is near


def test_what_stands_beside_cosines_is_the_same_to_the_character() -> None:
    """To Python false is 0, and 1.0 is 1."""

    def block(**values: object) -> str:
        return json.dumps([{"key": "one", "answering": 0, "cosines": packed(COSINES, "<f4"), **values}])

    assert nearly("spaces", block(), block())
    for other in (False, 0.0, None, "0"):
        assert not nearly("spaces", block(answering=other), block())


def test_vectors_and_what_stands_beside_them() -> None:
    """The bits that a last character of base64 has too many are no place for a message either: AQB= is AQA=."""
    rows = json.dumps(packed(np.array([1]), "<i2"))
    assert rows == '"AQA="'
    assert nearly("vectors-0", json.dumps(packed(np.array([2]), "<i2")), rows)
    assert not nearly("vectors-0", json.dumps(packed(np.array([3]), "<i2")), rows)
    assert not nearly("vectors-0", '"AQB="', rows)
    assert not nearly("vectors-0", '"**AQA="', rows)
    assert not nearly("vectors-0", '"AQ\\u0100A="', rows)
