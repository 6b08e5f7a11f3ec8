"""What a page says a space is organised by, in plain words."""

import numpy as np
import pytest

from embedkit.analysis.organisation.columns import organised_by
from embedkit.report.sections.organisation import _of_column
from embedkit.spaces import EmbeddingSpace


@pytest.mark.parametrize(
    ("each", "said"),
    [
        (12, "“author”: 100.0 % of a point's 10 nearest are in the same category, where chance is "),
        (11, "“author”: 100.0 % of a point's 10 nearest are in the same category, where chance is "),
        (
            10,
            "“author”: 100.0 % of the points nearest to one (at most 10, and no more than its category has others) are "
            "in the same category, where chance is ",
        ),
        (
            2,
            "“author”: 100.0 % of the points nearest to one (at most 10, and no more than its category has others) are "
            "in the same category, where chance is ",
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
