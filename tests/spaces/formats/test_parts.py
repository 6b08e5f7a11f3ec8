"""One table in several files of a folder, as programs of others write it."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.formats.detect import read_space
from embedkit.spaces.open import open_space

VECTORS = [[0.5, -1.0, 2.0], [1.5, 1.0, 0.25], [0.25, 3.0, 1.0], [0.0, 1.0, 0.5]]
FRAME = pd.DataFrame({"title": ["a", "b", "c", "d"], "year": [2001, 2002, 2003, 2004], "embedding": VECTORS})
TEXTS = FRAME.assign(embedding=[str(vector) for vector in VECTORS])


def arrow(path: Path, frame: pd.DataFrame) -> None:
    import pyarrow as pa

    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def assert_read(folder: Path, **columns: list[object]) -> None:
    space = read_space(folder)
    order = [space.labels.index(label) for label in "abcd"]
    np.testing.assert_array_equal(space.vectors[order], np.float32(VECTORS))
    for name, values in {"year": [2001, 2002, 2003, 2004], **columns}.items():
        assert space.columns[name][order].tolist() == values


def test_a_saved_dataset(tmp_path: Path) -> None:
    arrow(tmp_path / "data-00000-of-00002.arrow", FRAME[:1])
    arrow(tmp_path / "data-00001-of-00002.arrow", FRAME[1:])
    (tmp_path / "state.json").write_text("{}")
    assert_read(tmp_path)


def test_the_splits_of_a_saved_dataset_are_a_column(tmp_path: Path) -> None:
    arrow(tmp_path / "train" / "data-00000-of-00001.arrow", FRAME[:3])
    arrow(tmp_path / "test" / "data-00000-of-00001.arrow", FRAME[3:])
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    assert_read(tmp_path, split=["train", "train", "train", "test"])


def test_what_folders_are_called_is_a_column(tmp_path: Path) -> None:
    frame = FRAME.assign(lang=["de", "fr", "de", "n/o"], part=[1, 1, 2, 2])
    frame.to_parquet(tmp_path / "hive", partition_cols=["lang", "part"])
    assert_read(tmp_path / "hive", lang=["de", "fr", "de", "n/o"], part=[1, 1, 2, 2])


@pytest.mark.parametrize("header", [True, False])
def test_parts_of_text(tmp_path: Path, header: bool) -> None:
    for number, part in enumerate((TEXTS[:2], TEXTS[2:])):
        data = part.to_csv(index=False, header=header).encode()
        (tmp_path / f"part-0000{number}.csv.gz").write_bytes(gzip.compress(data))
    (tmp_path / "_SUCCESS").touch()
    space = read_space(tmp_path)
    assert space.labels == ("a", "b", "c", "d")
    np.testing.assert_array_equal(space.vectors, np.float32(VECTORS))


def test_parts_of_json(tmp_path: Path) -> None:
    for number, part in enumerate((FRAME[:2], FRAME[2:])):
        part.to_json(tmp_path / f"part-{number}.json", orient="records", lines=True)
    assert_read(tmp_path)


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_parts_of_text_in_folders_that_say_more(tmp_path: Path, ending: str) -> None:
    for language, part in (("de", TEXTS[:2]), ("fr", TEXTS[2:])):
        folder = tmp_path / f"language={language}"
        folder.mkdir()
        if ending == "csv":
            part.to_csv(folder / "part-0.csv", index=False)
        else:
            part.to_json(folder / "part-0.json", orient="records")
    assert_read(tmp_path, language=["de", "de", "fr", "fr"])


def test_parts_of_text_with_other_line_ends_or_columns_in_another_order(tmp_path: Path) -> None:
    TEXTS[:1].to_csv(tmp_path / "part-0.csv", index=False)
    TEXTS[1:2].to_csv(tmp_path / "part-1.csv", index=False, lineterminator="\r\n")
    assert_read_labels(tmp_path, "ab")
    TEXTS[2:][["year", "embedding", "title"]].to_csv(tmp_path / "part-2.csv", index=False)
    assert_read(tmp_path)
    (tmp_path / "part-3.csv").write_text('e,2005,"[1, 2, 3]"\n')
    with pytest.raises(SpaceError, match=r"part-3\.csv: its columns have no names"):
        read_space(tmp_path)


def assert_read_labels(folder: Path, labels: str) -> None:
    assert read_space(folder).labels == tuple(labels)


def test_a_changed_part_is_read_again(tmp_path: Path) -> None:
    FRAME.assign(lang=["de", "fr", "de", "fr"]).to_parquet(tmp_path / "hive", partition_cols=["lang"])
    assert len(open_space(tmp_path / "hive")) == 4
    part = next((tmp_path / "hive" / "lang=de").glob("*.parquet"))
    FRAME[:1].to_parquet(part)
    assert sorted(open_space(tmp_path / "hive").labels) == ["a", "b", "d"]


def test_another_folder_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain" / "deeper").mkdir(parents=True)
    (tmp_path / "plain" / "notes.csv").write_text("a,b\n1,2\n")
    FRAME.to_parquet(tmp_path / "plain" / "deeper" / "x.parquet")
    monkeypatch.chdir(tmp_path)
    for name in ("plain", "./plain"):
        with pytest.raises(UsageError, match="plain: neither a run nor a folder of embeddings in a known format"):
            open_space(name)
    with pytest.raises(SpaceError, match="a folder of no known format"):
        read_space("plain")
