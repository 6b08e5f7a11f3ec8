"""Ten files as an analyst has them: 200 captions with vectors, of which some come again and two have none to speak of,
with a category, a date and a score."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROWS, DIMENSIONS = 200, 12
ZEROS = (17, 140)
"""Rows whose vectors are zero, as of texts that could not be embedded."""

_WHO = ("A man", "Two women", "A child in red", "Three dogs", "An old couple", "A cyclist", "People")
_DOES = (
    "sits on a bench",
    "run across a field",
    "holds up a sign",
    "is playing chess",
    "wait for a bus, in rain",
)
_WHERE = ("in the park.", "by the sea.", "near a \"closed\" shop.", "at night.")  # fmt: skip


def captions() -> list[str]:
    """200 of them, of which 140 are distinct."""
    distinct = [f"{who} {does} {where}" for who in _WHO for does in _DOES for where in _WHERE]
    return [distinct[row % len(distinct)] for row in range(ROWS)]


def vectors() -> np.ndarray:
    values = np.random.default_rng(0).normal(size=(ROWS, DIMENSIONS)).astype(np.float32)
    values[list(ZEROS)] = 0
    return values


def columns() -> dict[str, list[Any]]:
    """What is known of each caption; some of it is missing."""
    rng = np.random.default_rng(1)
    categories = ["sport", "city", None, "animals", "family"]
    return {
        "category": [categories[each] for each in rng.integers(5, size=ROWS)],
        "date": [f"20{10 + row // 24:02}-{row % 12 + 1:02}-{row % 28 + 1:02}" for row in range(ROWS)],
        "score": [None if row % 40 == 3 else round(float(rng.random()), 3) for row in range(ROWS)],
    }


def table() -> dict[str, list[Any]]:
    return {"id": [1_000 + 3 * row for row in range(ROWS)], "caption": captions(), **columns()}


def write_parquet(folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / "captions.parquet"
    pq.write_table(pa.table({**table(), "embedding": vectors().astype(np.float64).tolist()}), path)
    return path


def write_npz(folder: Path) -> Path:
    path = folder / "captions.npz"
    arrays = {"category": np.array([each or "" for each in columns()["category"]])}
    arrays["date"] = np.array(columns()["date"], dtype="datetime64[D]")
    arrays["score"] = np.array([np.nan if each is None else each for each in columns()["score"]])
    np.savez(
        path, embeddings=vectors(), captions=np.array(captions()), config=np.array("made of 200 captions"), **arrays
    )
    return path


def _cells(value: Any) -> str:
    return "" if value is None else str(value)


def _csv(rows: Mapping[str, list[Any]], **dialect: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, **dialect)
    writer.writerow(rows)
    writer.writerows([_cells(value) for value in row] for row in zip(*rows.values(), strict=True))
    return text.getvalue()


def write_csv_with_lists(folder: Path) -> Path:
    path = folder / "captions-lists.csv"
    path.write_text(_csv({**table(), "embedding": vectors().tolist()}), encoding="utf-8")
    return path


def _dimensions() -> dict[str, list[float]]:
    return {f"dim_{at}": column for at, column in enumerate(vectors().T.tolist())}


def write_csv_with_dimensions(folder: Path) -> Path:
    """As a German Excel writes it: a byte-order mark, semicolons, decimal commas and CR LF."""
    path = folder / "captions.csv"
    rows = {**table(), **_dimensions()}
    for name in ("score", *_dimensions()):
        rows[name] = [None if each is None else str(each).replace(".", ",") for each in rows[name]]
    path.write_text(_csv(rows, delimiter=";"), encoding="utf-8-sig", newline="")
    return path


def write_tsv(folder: Path) -> Path:
    """As pandas writes a frame with its index."""
    path = folder / "captions.tsv"
    numbered = {"": list(range(ROWS)), **table(), **{str(at): each for at, each in enumerate(_dimensions().values())}}
    path.write_text(_csv(numbered, delimiter="\t"), encoding="utf-8")
    return path


def write_json_lines(folder: Path) -> Path:
    path = folder / "captions.jsonl"
    rows = [dict(zip(table(), row, strict=True)) for row in zip(*table().values(), strict=True)]
    lines = [
        json.dumps({**row, "response": {"model": "small", "data": [{"index": 0, "embedding": vector}]}})
        for row, vector in zip(rows, vectors().tolist(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_feather(folder: Path) -> Path:
    import pyarrow as pa
    from pyarrow import feather

    path = folder / "captions.feather"
    half = pa.FixedSizeListArray.from_arrays(pa.array(vectors().astype(np.float16).ravel()), DIMENSIONS)
    rows = {**table(), "category": pa.array(table()["category"]).dictionary_encode()}
    feather.write_feather(pa.table({**rows, "embedding": half}), str(path))
    return path


def write_npy(folder: Path) -> Path:
    path = folder / "captions.npy"
    np.save(path, vectors().astype(np.float16))
    (folder / "captions.txt").write_text("\n".join(captions()) + "\n", encoding="utf-8")
    return path


def write_projector(folder: Path) -> Path:
    path = folder / "projector"
    path.mkdir(exist_ok=True)
    rows = "\n".join("\t".join(map(str, row)) for row in vectors().tolist())
    (path / "vectors.tsv").write_text(rows + "\n", encoding="utf-8")
    plain = {name: each for name, each in table().items() if name != "id"}
    (path / "metadata.tsv").write_text(
        "\n".join("\t".join(map(_cells, row)) for row in [tuple(plain), *zip(*plain.values(), strict=True)]) + "\n",
        encoding="utf-8",
    )
    return path


def write_zip(folder: Path) -> Path:
    path = folder / "captions.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export/", "")
        archive.writestr("export/captions.csv", _csv({**table(), **_dimensions()}))
        archive.writestr("__MACOSX/export/._captions.csv", "\0\1")
    return path


FILES: Mapping[str, Callable[[Path], Path]] = {
    "parquet": write_parquet,
    "npz": write_npz,
    "csv, lists": write_csv_with_lists,
    "csv, dimensions": write_csv_with_dimensions,
    "tsv": write_tsv,
    "json lines": write_json_lines,
    "feather": write_feather,
    "npy": write_npy,
    "projector": write_projector,
    "zip": write_zip,
}
