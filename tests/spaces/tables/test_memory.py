"""Tables and arrays in memory as spaces: of pandas, polars, pyarrow and numpy, alike."""

import datetime
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.tables.memory import space_from_table, space_from_vectors

VECTORS = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
TABLE = {
    "title": ["a dog", "a cat", "a dog"],
    "embedding": VECTORS,
    "year": [2001, None, 2003],
    "seen": [datetime.date(2020, 5, 1), None, datetime.date(2021, 6, 2)],
    "kind": ["pet", None, "pet"],
    "sold": [True, False, True],
}


def pandas_frame() -> Any:
    return pytest.importorskip("pandas").DataFrame(TABLE)


def pandas_frame_of_arrays() -> Any:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({**TABLE, "embedding": list(np.array(VECTORS, dtype="f4"))}, index=["x", "y", "z"])
    frame["seen"] = pandas.to_datetime(frame["seen"])
    return frame.reset_index(drop=True)


def polars_frame() -> Any:
    polars = pytest.importorskip("polars")
    return polars.DataFrame(TABLE).with_columns(polars.col("kind").cast(polars.Categorical))


def arrow_table() -> Any:
    import pyarrow as pa

    return pa.table(TABLE)


def arrays() -> Any:
    return {**TABLE, "embedding": np.array(VECTORS, dtype=np.float16), "sold": np.array([True, False, True])}


@pytest.mark.parametrize("make", [pandas_frame, pandas_frame_of_arrays, polars_frame, arrow_table, arrays])
def test_tables_of_every_library_are_read_alike(make: Any) -> None:
    space = space_from_table(make(), name="pets")
    assert (space.name, space.labels, space.noun) == ("pets", ("a dog", "a cat", "a dog (2)"), "title")
    assert space.vectors.tolist() == VECTORS
    assert np.array_equal(space.columns["year"], [2001, np.nan, 2003], equal_nan=True)
    assert space.columns["seen"].dtype == np.dtype("datetime64[ms]")
    assert space.columns["seen"].astype("datetime64[D]").astype(str).tolist() == ["2020-05-01", "NaT", "2021-06-02"]
    assert space.columns["kind"].tolist() == ["pet", "", "pet"]
    assert space.columns["sold"].tolist() == [True, False, True]
    assert "vectors from 'embedding'" in space.provenance["taken"]
    assert "file" not in space.provenance


def test_the_options_of_reading_choose_columns() -> None:
    space = space_from_table(TABLE, text="kind", vector="embedding", columns=["sold"], noun="pet")
    assert space.noun == "pet"
    assert space.labels == ("pet", "row 2", "pet (2)")
    assert list(space.columns) == ["sold"]
    with pytest.raises(UsageError, match="no column 'tilte' for --label; did you mean 'title'"):
        space_from_table(TABLE, label="tilte")
    with pytest.raises(SpaceError, match=r"row 3: the label 'a dog' stands on row 1 too; .*--text 'title'.*--repair"):
        space_from_table(TABLE, label="title")
    assert space_from_table(TABLE, label="title", repair=True).labels == ("a dog", "a cat")
    assert space_from_table({**TABLE, "id": [7, 8, 9]}, label="title").labels == ("a dog", "a cat", "a dog (2)")


def test_an_index_of_words_names_the_points_and_one_of_numbers_does_not() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.eye(3) + 1, index=["king", "queen", "man"])
    assert space_from_table(frame).labels == ("king", "queen", "man")
    assert space_from_table(frame.rename_axis("word")).noun == "word"
    assert space_from_table(pandas.DataFrame(np.eye(3))).labels == ("row 1", "row 2", "row 3")
    filtered = pandas_frame().iloc[[2, 0]]
    assert space_from_table(filtered).columns["index"].tolist() == [2, 0]


def test_arrays_with_labels_and_columns() -> None:
    space = space_from_vectors(VECTORS, ["a dog", "a cat", "a dog"], {"year": [1, 2, 3]}, name="pets")
    assert (space.labels, space.noun) == (("a dog", "a cat", "a dog (2)"), "document")
    assert {name: column.tolist() for name, column in space.columns.items()} == {"year": [1, 2, 3]}
    assert space_from_vectors(np.array(VECTORS, dtype=">f8"), ["king", "queen", "man"]).noun == "word"
    assert space_from_vectors(VECTORS).labels == ("row 1", "row 2", "row 3")
    assert space_from_vectors(VECTORS, columns={"title": ["a", "b", "c"], "n": [1, 2, 3]}).labels == ("a", "b", "c")
    clash = space_from_vectors(VECTORS, ["x", "y", "z"], {"label": ["p", "q", "p"], "vector": [0, 0, 1]})
    assert clash.labels == ("x", "y", "z")
    assert list(clash.columns) == ["label", "vector"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: space_from_vectors(np.eye(2) * 1j), "complex"),
        (lambda: space_from_vectors(np.zeros((2, 2, 2))), r"shape \(2, 2, 2\)"),
        (lambda: space_from_vectors([["a", "b"]]), "not of numbers"),
        (lambda: space_from_vectors(VECTORS, ["a"]), "1 labels for 3 vectors"),
        (lambda: space_from_vectors(VECTORS, columns={"a": [1]}), "1 rows of columns for 3 vectors"),
        (lambda: space_from_vectors([[1.0, 0.0], [0.0, 0.0]]), "row 2: the vector of 'row 2' is zero"),
        (lambda: space_from_table({"a": [1], "b": [1, 2]}), "several lengths: a 1, b 2"),
        (lambda: space_from_table({"title": ["a"]}), "no column holds vectors"),
    ],
)
def test_what_is_wrong_is_said(call: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        call()


def test_the_page_of_formats_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "docs/formats.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == re.findall(r"print\(.*\)  # (.*)", code)


def test_what_is_no_table_is_a_wrong_call() -> None:
    with pytest.raises(UsageError, match="int is no table"):
        space_from_table(3)
    assert isinstance(space_from_vectors(np.eye(2)), EmbeddingSpace)
