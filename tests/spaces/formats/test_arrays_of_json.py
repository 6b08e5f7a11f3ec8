"""JSON whose rows are arrays, or which names a point a line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.errors import SpaceError
from embedkit.spaces.formats.detect import read_space

VECTORS = [[0.5, -1.0, 2.0], [1.5, 1.0, 0.0], [0.25, 3.0, 1.0]]
NAMES = ("a dog runs", "a cat sleeps", "two men")


def lines(*values: Any) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


PAIRS = [[name, vector] for name, vector in zip(NAMES, VECTORS, strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        lines(*PAIRS),
        json.dumps(PAIRS),
        lines(*([name, *vector] for name, vector in PAIRS)),
        json.dumps([["text", "embedding"], *PAIRS]),
        lines(*({name: vector} for name, vector in PAIRS)),
        lines(*({"text": name, "embedding": [vector]} for name, vector in PAIRS)),
        lines(*([{"input": name}, {"data": [{"embedding": vector}]}] for name, vector in PAIRS)),
    ],
    ids=["pair-a-line", "pairs", "flat", "heading", "name-a-line", "matrix-of-one-row", "request-and-response"],
)
def test_rows_that_are_arrays_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.json").write_text(text)
    space = read_space(tmp_path / "rows.json")
    assert space.labels == NAMES
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS))


def test_a_vector_a_line_has_no_labels(tmp_path: Path) -> None:
    (tmp_path / "vectors.jsonl").write_text(lines(*VECTORS))
    space = read_space(tmp_path / "vectors.jsonl")
    assert space.labels == ("row 1", "row 2", "row 3")
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS))


def test_arrays_of_several_lengths_are_refused_by_their_row(tmp_path: Path) -> None:
    (tmp_path / "uneven.json").write_text(json.dumps([["a", [1, 2]], ["b"]]))
    with pytest.raises(SpaceError, match=r"uneven.json: row 2: 1 values where 2 are due"):
        read_space(tmp_path / "uneven.json")


def test_a_bracket_may_be_a_word(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text('[ 0.1 0.2 0.3\n[" 0.4 0.5 0.6\n[1] 0.7 0.8 0.9\n')
    assert read_space(tmp_path / "words.txt").labels == ("[", '["', "[1]")
