"""Vectors alone, and a table of what is known of each in another file."""

import json
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.formats.detect import read_space
from embedkit.spaces.open import open_space

VECTORS = np.float32([[1, 0], [0, 1], [1, 1]])
TITLES = ("a dog, running", "a cat", "two men")
ROWS = [{"title": title, "year": year} for title, year in zip(TITLES, (2001, 2002, 2003), strict=True)]


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    np.save(tmp_path / "vectors.npy", VECTORS)
    return tmp_path / "vectors.npy"


def beside(matrix: Path, name: str, content: str) -> Path:
    path = matrix.with_name(name)
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("about.csv", 'title,year\n"a dog, running",2001\na cat,2002\ntwo men,2003\n'),
        ("about.tsv", "year\ttitle\n2001\ta dog, running\n2002\ta cat\n2003\ttwo men\n"),
        ("about.jsonl", "".join(json.dumps(row) + "\n" for row in ROWS)),
    ],
)
def test_a_table_of_as_many_rows_gives_labels_and_columns(matrix: Path, name: str, content: str) -> None:
    space = read_space(matrix, labels=beside(matrix, name, content))
    assert (space.labels, space.noun) == (TITLES, "title")
    assert {key: column.tolist() for key, column in space.columns.items()} == {"year": [2001, 2002, 2003]}
    np.testing.assert_array_equal(space.vectors, VECTORS)


def test_so_does_a_parquet(matrix: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(ROWS)
    pq.write_table(table, tmp_path / "about.parquet")
    assert read_space(matrix, labels=tmp_path / "about.parquet").columns["year"].tolist() == [2001, 2002, 2003]
    pq.write_table(table.slice(0, 2), tmp_path / "two.parquet")
    with pytest.raises(SpaceError, match=r"two\.parquet: a table of 2 rows for 3 vectors; a row each is due"):
        read_space(matrix, labels=tmp_path / "two.parquet")


def test_a_column_alone_may_have_its_name_above(matrix: Path) -> None:
    path = beside(matrix, "texts.csv", 'text\n"a dog, running"\na cat\ntwo men\n')
    assert read_space(matrix, labels=path).labels == TITLES


def test_labels_may_look_like_a_table(matrix: Path) -> None:
    path = beside(matrix, "labels.txt", "name, first\nParis, 1900\nRome, 1960\n")
    space = read_space(matrix, labels=path)
    assert (space.labels, list(space.columns)) == (("name, first", "Paris, 1900", "Rome, 1960"), [])


@pytest.mark.parametrize("option", ["label", "text", "vector"])
def test_what_names_a_column_is_refused_where_there_is_none(matrix: Path, option: str) -> None:
    for options in ({}, {"labels": beside(matrix, "labels.txt", "a\nb\nc\n")}):
        with pytest.raises(UsageError, match=f"--{option} names a column, and there are labels and vectors alone"):
            read_space(matrix, **{option: "x"}, **options)  # type: ignore[arg-type]


def test_a_changed_file_of_labels_is_read_again(matrix: Path) -> None:
    path = beside(matrix, "labels.txt", "a\nb\nc\n")
    assert tuple(open_space(matrix, labels=path).labels) == ("a", "b", "c")
    path.write_text("d\ne\nf\n")
    assert tuple(open_space(matrix, labels=path).labels) == ("d", "e", "f")


def test_weights_without_a_tokenizer_take_labels(matrix: Path, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"embeddings": VECTORS}, tmp_path / "alone.safetensors")
    with pytest.raises(SpaceError, match="others are named by --labels FILE"):
        read_space(tmp_path / "alone.safetensors")
    labels = beside(matrix, "labels.txt", "a\nb\nc\n")
    assert read_space(tmp_path / "alone.safetensors", labels=labels).labels == ("a", "b", "c")
