"""What a page says a space is organised by, in plain words."""

import numpy as np
import pytest

from embedkit.analysis.organisation.columns import organised_by
from embedkit.report.sections.organisation import _of_column
from embedkit.spaces import EmbeddingSpace


@pytest.mark.parametrize(
    ("each", "said"),
    [
        (12, "“author”: of a point's 10 nearest 100.0 % have the same one, all categories counted alike, by chance "),
        (11, "“author”: of a point's 10 nearest 100.0 % have the same one, all categories counted alike, by chance "),
        (
            10,
            "“author”: of the points nearest to one, as many as its category has others and 10 at most, 100.0 % have "
            "the same one, all categories counted alike, by chance ",
        ),
        (
            2,
            "“author”: of the points nearest to one, as many as its category has others and 10 at most, 100.0 % have "
            "the same one, all categories counted alike, by chance ",
        ),
    ],
)
def test_of_small_categories_no_more_neighbours_are_spoken_of_than_there_are(each: int, said: str) -> None:
    rng = np.random.default_rng(0)
    authors = np.repeat(np.arange(30), each)
    vectors = np.eye(30)[authors] + 0.01 * rng.normal(size=(len(authors), 30))
    space = EmbeddingSpace(
        "d",
        tuple(f"d{i}" for i in range(len(authors))),
        vectors,
        {"author": np.array([f"author {i}" for i in authors])},
    )
    (column,) = organised_by(space).columns
    assert _of_column(column).plain.startswith(said)
