"""Which points of several spaces are the same, with texts that come again."""

import warnings

import numpy as np
import pytest

from embedkit.analysis.comparison.pairing import shared_rows
from embedkit.errors import EmbedkitWarning, UsageError
from embedkit.spaces.space import EmbeddingSpace

LABELS = ("a", "b", "a (2)", "c", "d (1999)")


def space(labels: tuple[str, ...], **columns: np.ndarray) -> EmbeddingSpace:
    return EmbeddingSpace("try", labels, np.eye(len(labels)), columns)


def test_points_of_one_label_are_the_same() -> None:
    found = shared_rows([space(("a", "b", "c")), space(("c", "x", "a")), space(("c", "a", "b"))])
    assert found.tolist() == [[0, 2, 1], [2, 0, 0]]
    assert shared_rows([space(("a", "b", "c")), space(("c", "x", "a"))], 2).tolist() == []


def test_texts_that_come_again_are_nobodys_where_rows_are_in_another_order() -> None:
    other = tuple(reversed(LABELS))
    with pytest.warns(EmbedkitWarning, match=r"2 texts that come again .*; of files --label COLUMN names"):
        found = shared_rows([space(LABELS), space(other)])
    assert found.tolist() == [[1, 3], [3, 1], [4, 0]]
    ids = np.array(["1", "2", "3", "4", "5"])
    with pytest.warns(EmbedkitWarning, match="--label id names points by it"):
        shared_rows([space(LABELS, id=ids), space(other, id=ids[::-1])])


def test_nothing_but_texts_that_come_again_is_said() -> None:
    with pytest.raises(UsageError, match="share nothing else: 2 texts that come again"):
        shared_rows([space(("a", "a (2)")), space(("a (2)", "a"))])


def test_a_table_beside_itself_is_paired_row_by_row() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert shared_rows([space(LABELS), space(LABELS)]).tolist() == [[row, row] for row in range(5)]
