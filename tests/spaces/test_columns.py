"""What a column holds, told by its values."""

import numpy as np
import pytest

from embedkit.spaces.columns import column_of, kind_of, own_columns
from embedkit.spaces.space import EmbeddingSpace

TWICE = np.array(["a", "b", "a", "b"])


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("topic", TWICE, "category"),
        ("topic", np.array(["a", "b", "c", "d"]), "text"),
        ("id", np.array(["a", "b", "c", "d"]), "id"),
        ("topic", np.array(["a", "a", "", ""]), "category"),
        ("good", np.array([True, False]), "category"),
        ("class", np.array([0, 1, 0, 1]), "category"),
        ("class", np.array([0, 1, 2, 3]), "number"),
        ("doc_id", np.array([7, 8, 9]), "id"),
        ("reply_to", 2**60 + np.array([0, 1, 2, 3]), "id"),
        ("reply_to", 2**60 + np.array([0, 1, 0, 1]), "category"),
        ("author_id", np.array([7, 8, 7, 8]), "category"),
        ("score", np.array([0.0, 0.0, 1.0, 1.0]), "number"),
        ("day", np.array(["2020-01-01", "NaT"], dtype="datetime64[ms]"), "date"),
    ],
)
def test_kind(name: str, values: np.ndarray, kind: str) -> None:
    assert kind_of(name, values) == kind


def test_text_of_many_values_is_no_category() -> None:
    assert kind_of("topic", np.repeat([f"topic {i}" for i in range(100)], 2)) == "category"
    assert kind_of("topic", np.repeat([f"topic {i}" for i in range(101)], 2)) == "text"


def test_categories_stand_by_size_then_name() -> None:
    codes, names = column_of("topic", np.array(["b", "c", "", "a", "c"])).categories()
    assert names == ("c", "a", "b")
    assert codes.tolist() == [2, 0, -1, 1, 0]


def test_booleans_are_named() -> None:
    codes, names = column_of("good", np.array([True, False, False])).categories()
    assert (codes.tolist(), names) == ([1, 0, 0], ("no", "yes"))


def test_dates_are_seconds() -> None:
    day = column_of("day", np.array(["1970-01-02", "NaT"], dtype="datetime64[D]"))
    assert day.numbers()[0] == 86_400
    assert np.isnan(day.numbers()[1])
    assert day.missing.tolist() == [False, True]


def test_frequency_is_no_column_of_a_readers_own() -> None:
    space = EmbeddingSpace("s", ("x", "y"), np.eye(2), {"count": np.array([2, 1]), "topic": np.array(["a", "b"])})
    assert [column.name for column in own_columns(space)] == ["topic"]
