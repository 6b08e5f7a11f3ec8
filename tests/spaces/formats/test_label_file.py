"""Labels in a file of their own, as people keep them beside a matrix."""

import json
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.formats.detect import read_space

WORDS = ("king", "queen", "dog")


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    np.save(tmp_path / "vectors.npy", np.eye(3))
    return tmp_path / "vectors.npy"


@pytest.mark.parametrize(
    "value",
    [
        list(WORDS),
        {word: row for row, word in enumerate(WORDS)},
        {str(row): word for row, word in enumerate(WORDS)},
        {"words": list(WORDS)},
    ],
)
def test_a_list_or_a_vocabulary_in_json(matrix: Path, value: Any) -> None:
    (matrix.parent / "labels.json").write_text(json.dumps(value))
    assert read_space(matrix, labels=matrix.parent / "labels.json").labels == WORDS


@pytest.mark.parametrize("kind", ["U", "S"])
def test_an_array_of_texts(matrix: Path, kind: str) -> None:
    np.save(matrix.parent / "labels.npy", np.array(WORDS, dtype=kind))
    assert read_space(matrix, labels=matrix.parent / "labels.npy").labels == WORDS


def test_a_bracket_may_be_a_label(matrix: Path) -> None:
    (matrix.parent / "labels.txt").write_text("[\n(\n]\n")
    assert read_space(matrix, labels=matrix.parent / "labels.txt").labels == ("[", "(", "]")


def test_a_series_of_pandas(matrix: Path) -> None:
    (matrix.parent / "labels.csv").write_text(",0\n0,king\n1,queen\n2,dog\n")
    assert read_space(matrix, labels=matrix.parent / "labels.csv").labels == WORDS


def test_what_is_no_list_of_labels_is_said(matrix: Path) -> None:
    path = matrix.parent / "labels"
    for write, message in (
        (lambda: path.write_text(json.dumps(WORDS[:2])), "2 labels for the 3 vectors of .*; one each is due"),
        (lambda: path.write_text('["king", null, "dog"]'), "label 2 is null; name it"),
        (lambda: path.write_bytes(pickle.dumps(list(WORDS))), "a pickle, which can run code and is never opened"),
        (lambda: np.save(path.open("wb"), np.array(WORDS, dtype=object)), "holds pickled objects"),
        (lambda: np.save(path.open("wb"), np.eye(3)), r"an array of float64 and shape \(3, 3\); one text a vector"),
    ):
        write()
        with pytest.raises(SpaceError, match=message):
            read_space(matrix, labels=path)


def test_a_file_that_is_not_there_is_a_wrong_call(matrix: Path) -> None:
    with pytest.raises(UsageError, match=r"--labels .*lables\.txt: no such file"):
        read_space(matrix, labels=matrix.parent / "lables.txt")
    with pytest.raises(UsageError, match=r"--labels .*: a folder, and a file is expected"):
        read_space(matrix, labels=matrix.parent)


def test_a_damaged_array_is_named(matrix: Path) -> None:
    path = matrix.parent / "labels.npy"
    np.save(path, np.array(WORDS))
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(200):
        damaged = bytearray(whole)
        for at in rng.integers(0, 100, size=3).tolist():
            damaged[at] = int(rng.integers(256))
        path.write_bytes(damaged)
        with suppress(SpaceError):
            assert len(read_space(matrix, labels=path)) == 3
