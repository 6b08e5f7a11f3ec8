"""The made-up documents of the benchmarks open, but for their two zero vectors, and the same each time."""

from pathlib import Path

import pytest

from benchmarks.documents import CATEGORIES, write
from embedkit.errors import SpaceError
from embedkit.spaces.columns import own_columns
from embedkit.spaces.formats.detect import read_space


def test_a_small_table_opens(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write(tmp_path / f"{name}.parquet", 300, 8)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()
    with pytest.raises(SpaceError, match="--repair"):
        read_space(tmp_path / "one.parquet")
    space = read_space(tmp_path / "one.parquet", repair=True)
    assert (len(space), space.dimensions, space.noun) == (298, 8, "document")
    kinds = {column.name: column.kind for column in own_columns(space)}
    assert kinds == {"id": "id", "category": "category", "date": "date", "score": "number"}
    assert set(space.columns["category"].tolist()) == set(CATEGORIES)
