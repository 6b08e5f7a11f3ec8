"""The files that TensorBoard's embedding projector reads, a folder; projector.tensorflow.org takes the first two.

vectors.tsv            the numbers, a row a point
metadata.tsv           the label and columns of each; with several columns their names come first
projector_config.pbtxt what the two are called, and in a comment what only this kit knows
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from embedkit.errors import SpaceError, UsageError
from embedkit.files import OutsideError, file_inside, parse_json, whole_file, write_text
from embedkit.spaces.formats.contents import Contents
from embedkit.spaces.formats.delimited import matrix_of
from embedkit.spaces.formats.label_file import lines_of
from embedkit.spaces.formats.parquet import free_name
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.tables.frame import distinct, frame_in_memory
from embedkit.spaces.tables.points import contents_of_frame
from embedkit.spaces.tables.values import typed_texts

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_UNESCAPED = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
_CONFIG = "projector_config.pbtxt"
_COMMENT = "# embedkit: "


def write_tensorboard(space: EmbeddingSpace, path: Path) -> None:
    """A folder with vectors.tsv, metadata.tsv (label and columns) and projector_config.pbtxt.

    Tabs and line ends within a label are written as \\t and \\n, a backslash as \\\\: rows must stay in step. The types
    of columns are kept in a comment, so that the folder reads back the same.
    """
    if path.is_file():
        raise UsageError(f"{path}: a file, and a folder is written; name another")
    row = "\t".join(["%.9g"] * space.dimensions) + "\n"
    with whole_file(path / "vectors.tsv") as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as handle:
        handle.writelines(row % tuple(vector.tolist()) for vector in space.vectors)
    # The projector takes the first row for a heading only where there are several columns.
    label = free_name("label", space.columns)
    heading = ["\t".join(name.translate(_ESCAPES) for name in (label, *space.columns))] if space.columns else []
    cells = zip(space.labels, *(_texts(column) for column in space.columns.values()), strict=True)
    lines = ["\t".join(cell.translate(_ESCAPES) for cell in row_of) for row_of in cells]
    write_text(path / "metadata.tsv", "".join(line + "\n" for line in heading + lines))
    types = {name: "str" if column.dtype.kind in "OU" else column.dtype.str for name, column in space.columns.items()}
    about = {"name": space.name, "types": types, "provenance": dict(space.provenance)}
    write_text(
        path / _CONFIG,
        f"{_COMMENT}{json.dumps(about)}\n"
        f"embeddings {{\n  tensor_name: {json.dumps(space.name, ensure_ascii=False)}\n"
        '  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n}\n',
    )


def _texts(column: np.ndarray) -> list[str]:
    """Values as texts, "" where one is missing."""
    if column.dtype.kind == "M":
        return ["" if np.isnat(value) else str(value) for value in column]
    if column.dtype.kind == "f":
        return ["" if value != value else repr(value) for value in column.tolist()]
    return ["" if value is None else str(value) for value in column.tolist()]


def holds_projector(folder: Path) -> bool:
    return (folder / "vectors.tsv").is_file() or (folder / "tensors.tsv").is_file() or (folder / _CONFIG).is_file()


def read_projector(path: Path, handle: IO[bytes] | None, reading: Reading, repairs: Repairs) -> Contents:
    """The points of a folder for the projector.

    Raises:
        SpaceError: no vectors or no metadata, several embeddings, or rows out of step.
    """
    import pyarrow as pa

    text = _text(path / _CONFIG)
    about = _about(text)
    vectors_file, metadata_file = _files(path, text, reading)
    with open(vectors_file, "rb") as opened:
        vectors = matrix_of(vectors_file, opened, "\t")
    flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), vectors.shape[1])
    table: dict[str, Any] = {}
    if metadata_file is None and not reading.labels:
        raise SpaceError(f"{path}: no metadata.tsv; give the labels by --labels FILE, one a line")
    if metadata_file is not None:
        columns = _metadata(metadata_file, len(vectors), reading.encoding)
        types = about.get("types", {}) if about else None
        for name, cells in columns.items():
            table[name] = _typed(metadata_file, cells, None if types is None else str(types.get(name, "str")))
    vector = free_name("vector", table)
    reading = replace(reading, vector=vector)
    table[vector] = flat
    described = None if about is None else {**about, "label": next(iter(table)), "vector": vector}
    frame = frame_in_memory(pa.table(table))
    return contents_of_frame(path, frame, reading, repairs, format="tensorboard", about=described)


def _typed(path: Path, cells: list[str], name: str | None) -> Any:
    """Texts as values of the type that the kit wrote; where somebody else did, of the type that their values tell."""
    import pyarrow as pa

    texts = pa.array(cells, pa.string())
    if name is None:
        return typed_texts(pa.chunked_array([texts]))
    try:
        dtype = np.dtype(name)
        if dtype.kind == "b":
            return pa.array([cell == "True" for cell in cells])
        if dtype.kind in "iufM":
            missing = {"f": "nan", "M": "NaT"}.get(dtype.kind, "")
            return pa.array(np.array([cell or missing for cell in cells]).astype(dtype))
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise SpaceError(f"{path}: a column is not of the type {name} that it was written in ({error})") from None
    return texts


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def _about(text: str) -> dict[str, Any] | None:
    """What the kit wrote in the comment of the configuration."""
    if not text.startswith(_COMMENT):
        return None
    try:
        about = parse_json(text.splitlines()[0].removeprefix(_COMMENT))
    except ValueError:
        return None
    types = about.get("types") if isinstance(about, dict) else None
    return about if isinstance(types, dict) and isinstance(about.get("provenance"), dict) else None


def _files(folder: Path, text: str, reading: Reading) -> tuple[Path, Path | None]:
    """The files of vectors and of metadata: those of the configuration, else by their usual names.

    Raises:
        SpaceError: the configuration has several embeddings and none is named, or a file is missing or elsewhere.
    """
    parts = re.findall(r"embeddings\s*\{(.*?)\n?\}", text, re.DOTALL)
    by_name = {_value(part, "tensor_name"): part for part in parts}
    if len(by_name) > 1 and reading.vector not in by_name:
        raise SpaceError(f"{folder}: holds the embeddings {', '.join(by_name)}; name one by --vector")
    part = by_name.get(reading.vector) or next(iter(by_name.values()), "")
    vectors = _within(folder, _value(part, "tensor_path"))
    vectors = vectors or next(
        (folder / name for name in ("vectors.tsv", "tensors.tsv") if (folder / name).is_file()), None
    )
    if vectors is None or not vectors.is_file():
        raise SpaceError(f"{folder}: no vectors.tsv")
    metadata = _within(folder, _value(part, "metadata_path")) or vectors.with_name("metadata.tsv")
    return vectors, metadata if metadata.is_file() else None


def _value(part: str, key: str) -> str:
    match = re.search(rf'\b{key}:\s*"((?:[^"\\]|\\.)*)"', part)
    return match[1] if match else ""


def _within(folder: Path, name: str) -> Path | None:
    """A file of the folder. A configuration may name one elsewhere, which is not read."""
    try:
        return file_inside(folder, name)
    except OutsideError:
        return None


def _metadata(path: Path, count: int, encoding: str) -> Mapping[str, list[str]]:
    """The columns of a file of metadata, the label first.

    Raises:
        SpaceError: another number of rows than vectors, or a row of another number of columns.
    """
    rows = [[_plain(cell) for cell in line.split("\t")] for line in lines_of(path, encoding)]
    columns = len(rows[0]) if rows else 0
    names = rows.pop(0) if columns > 1 or len(rows) == count + 1 else ["label"] * columns
    if len(rows) != count:
        raise SpaceError(f"{path}: {len(rows):,} rows of metadata for {count:,} vectors")
    for number, row in enumerate(rows, 1):
        if len(row) != columns:
            raise SpaceError(f"{path}: row {number:,}: {len(row)} columns where {columns} are due")
    unique = distinct(names)
    return {name: [row[at] for row in rows] for at, name in enumerate(unique)}


def _plain(cell: str) -> str:
    return re.sub(r"\\([tnr\\])", lambda match: _UNESCAPED[match[1]], cell) if "\\" in cell else cell
