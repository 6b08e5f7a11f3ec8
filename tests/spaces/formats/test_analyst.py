"""Tables of documents as an analyst has them open without preparation, with all that stands in them."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import SpaceError
from embedkit.spaces.columns import own_columns
from embedkit.spaces.formats.detect import read_space
from embedkit.spaces.open import open_space
from tests.spaces.formats import analyst


@pytest.mark.parametrize("kind", analyst.FILES)
def test_ten_files_open_with_their_columns(kind: str, tmp_path: Path) -> None:
    path = analyst.FILES[kind](tmp_path)
    options = {"labels": tmp_path / "captions.txt"} if kind == "npy" else {}
    place = "row 18"
    with pytest.raises(SpaceError, match=rf"{place}: the vector of .* is zero.*--repair leaves it out"):
        read_space(path, **options)
    space = read_space(path, repair=True, **options)

    kept = [row for row in range(analyst.ROWS) if row not in analyst.ZEROS]
    texts, captions = [], analyst.captions()
    for row in kept:
        times = sum(captions[each] == captions[row] for each in kept if each <= row)
        texts.append(captions[row] if times == 1 else f"{captions[row]} ({times})")
    assert list(space.labels) == texts
    assert space.vectors == pytest.approx(analyst.vectors()[kept], abs=2e-3 if kind in ("npy", "feather") else 1e-6)
    first = [f"row {row + 1}: {captions[row]}" for row in analyst.ZEROS]
    assert space.provenance["repairs"] == [{"kind": "zero vector", "rule": "left out", "count": 2, "first": first}]
    if kind == "npy":
        assert space.noun == "document"
        return
    assert space.noun == "caption"
    given = analyst.columns()
    assert space.columns["category"].tolist() == [given["category"][row] or "" for row in kept]
    assert space.columns["date"].dtype == np.dtype("datetime64[ms]")
    assert space.columns["date"].astype("datetime64[D]").astype(str).tolist() == [given["date"][row] for row in kept]
    scores = np.array([np.nan if given["score"][row] is None else given["score"][row] for row in kept])
    assert np.array_equal(space.columns["score"], scores, equal_nan=True)
    kinds = {column.name: column.kind for column in own_columns(space)}
    assert [kinds[name] for name in ("category", "date", "score")] == ["category", "date", "number"]
    ids = {"id": "id"} if kind not in ("npz", "projector") else {}
    more = {"response.model": "category", "response.data.index": "category"} if kind == "json lines" else {}
    assert kinds == {**ids, "category": "category", "date": "date", "score": "number", **more}
    assert "texts from 'caption" in space.provenance["taken"]


def test_what_was_taken_is_told_once_the_file_was_read(tmp_path: Path) -> None:
    from contextlib import nullcontext

    from embedkit.progress import no_progress

    titles: list[str] = []

    def steps(title: str):  # type: ignore[no-untyped-def]
        titles.append(title)
        return nullcontext(no_progress)

    path = analyst.write_parquet(tmp_path)
    space = open_space(path, repair=True, steps=steps)
    taken = "captions.parquet: vectors from 'embedding', texts from 'caption', ids from 'id'"
    assert f"{taken}; name others with --vector, --text" in titles
    assert space.provenance["taken"] in titles
    assert titles[-1].startswith("2 zero vectors: left out (row 18: ")
    assert open_space(path, repair=True, vector="embedding", text="caption", id="id").provenance.get("taken") is None
