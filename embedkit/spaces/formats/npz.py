"""A space as .npz: arrays that numpy reads without this package.

vectors       (N, D) float32, or float16 where each value is one exactly
norms         (N,) float32, their lengths
labels.utf8   the labels' bytes end to end, and
labels.ends   (N,) int64, where each of them ends
column:NAME   (N,) one for each column, such as column:count; of strings column:NAME.utf8 and column:NAME.ends
name          what the space is called
provenance    where it came from, as JSON

`labels`, and columns of strings, may also be arrays of numpy's strings, and the norms may be missing.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.runs.arrays import ArchiveWriter, load_arrays, read_json_array, written_archive
from embedkit.runs.strings import Strings
from embedkit.spaces.formats.archive import members
from embedkit.spaces.formats.contents import Block, Contents
from embedkit.spaces.formats.npy import read_arrays
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace, StoredColumns, norms_of, row_blocks

_COLUMN = "column:"
_MAPPED = 1 << 22  # arrays of so many bytes are mapped from the file
_WAITING = 4  # blocks that may wait to be written


def write_npz(space: EmbeddingSpace, path: Path) -> None:
    """Raises:
    SpaceError: a column cannot be kept.
    """
    vectors = space.kept
    half = vectors.dtype == np.float16 or _are_halves(vectors)
    with written_archive(path) as archive:
        with archive.table("vectors", vectors.shape, np.dtype(np.float16 if half else np.float32)) as append:
            for rows in row_blocks(vectors):
                append(vectors[rows])
        archive.write("norms", space.norms)
        _write_rest(archive, space.name, space.labels, space.columns, space.provenance)


def write_blocks(
    path: Path,
    blocks: Iterable[Block],
    about: Callable[[], tuple[str, Mapping[str, Any]]],
    *,
    points: int | None = None,
) -> None:
    """Write a space whose vectors are never in memory together.

    Args:
        blocks: sound points, at least one. Their vectors are kept as float16 where the first are such.
        about: the space's name and provenance, asked for after the last block.
        points: how many there will be, as far as that is known.

    Raises:
        SpaceError: a column cannot be kept, or whatever the blocks raise.
    """
    coming = iter(blocks)
    first = next(coming)
    labels: list[Strings] = []
    norms: list[np.ndarray] = []
    columns: dict[str, list[np.ndarray]] = {key: [] for key in first.columns}
    dtype = np.dtype(np.float16 if first.vectors.dtype == np.float16 else np.float32)
    with written_archive(path) as archive, ThreadPoolExecutor(1) as writer:
        with archive.rows("vectors", first.vectors.shape[1], dtype, points or 0) as append:
            waiting: deque[Future[None]] = deque()
            for block in chain([first], coming):
                waiting.append(writer.submit(append, block.vectors))
                # Made while the block is written.
                norms.append(norms_of(block.vectors))
                labels.append(Strings.of(block.labels))
                for key, values in columns.items():
                    values.append(block.columns[key])
                while len(waiting) > _WAITING:
                    waiting.popleft().result()
            for last in waiting:
                last.result()
        archive.write("norms", np.concatenate(norms))
        name, provenance = about()
        whole = {key: np.concatenate(values) for key, values in columns.items()}
        _write_rest(archive, name, Strings.joined(labels), whole, provenance)


def _write_rest(
    archive: ArchiveWriter,
    name: str,
    labels: Sequence[str],
    columns: Mapping[str, np.ndarray],
    provenance: Mapping[str, Any],
) -> None:
    archive.write("labels", labels if isinstance(labels, Strings) else Strings.of(labels))
    parts = columns.parts if isinstance(columns, StoredColumns) else columns
    for key, column in parts.items():
        archive.write(_COLUMN + key, _strings(name, key, column) if _are_strings(column) else column)
    archive.write("name", np.array(name))
    archive.write("provenance", np.array(json.dumps(dict(provenance), ensure_ascii=False)))


def _are_strings(column: np.ndarray | Strings) -> bool:
    return not isinstance(column, Strings) and column.dtype.kind in "OUT"


def _strings(name: str, key: str, column: Any) -> Strings:
    values = ["" if value is None else value for value in column.tolist()]
    for value in values:
        if not isinstance(value, str):
            raise SpaceError(f"{name}: column {key!r}: {value!r} cannot be kept in .npz; only strings and numbers can")
    return Strings.of(values)


def _are_halves(vectors: np.ndarray) -> bool:
    """Whether float16 can keep every value. It mostly cannot, and the first block tells."""
    with np.errstate(over="ignore"):
        return all((vectors[rows].astype(np.float16) == vectors[rows]).all() for rows in row_blocks(vectors))


def is_npz(start: bytes) -> bool:
    """Whether a file that begins so is an archive, as .npz is."""
    return start.startswith(b"PK\x03\x04")


def read_npz(
    path: Path, handle: IO[bytes] | None = None, *, limit: int | None = None, name: str | None = None, default: str = ""
) -> EmbeddingSpace:
    """A space from a file, or from an open one, where `path` only names it. Every value is checked.

    Args:
        name: of the space, by default the one in the file, else `default`, else the file's stem.

    Raises:
        SpaceError: not such a file, or damaged.
    """
    arrays, provenance = _arrays(path, handle)
    try:
        space = EmbeddingSpace(
            name=name or (str(arrays["name"]) if "name" in arrays else default or path.stem),
            labels=_labels(arrays["labels"][:limit]),
            vectors=arrays["vectors"][:limit],
            columns=_columns(arrays, limit),
            provenance=provenance,
        )
    except (SpaceError, ValueError, IndexError) as error:  # of no dimension at all, too
        raise SpaceError(f"{path}: {error}") from None
    return space


def read_npz_contents(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """What is in an .npz: a space that the kit wrote, or arrays by names of somebody else's choice.

    Raises:
        SpaceError: not such a file, or damaged.
    """
    repairs.place = "row"
    if not {"vectors.npy", "provenance.npy"} <= set(members(handle) or ()):
        return read_arrays(path, handle, reading, repairs)
    arrays, provenance = _arrays(path, handle)
    labels, vectors = _labels(arrays["labels"]), arrays["vectors"]
    columns = _columns(arrays, None)
    lengths = {"labels": len(labels), **{key: len(column) for key, column in columns.parts.items()}}
    for key, length in lengths.items():
        if vectors.ndim != 2 or length != len(vectors):
            raise SpaceError(f"{path}: {length:,} {key} for vectors of shape {vectors.shape}")
    if vectors.dtype.kind not in "fiub":
        raise SpaceError(f"{path}: vectors of {vectors.dtype}; they must be numbers")
    name = str(arrays["name"]) if "name" in arrays else ""
    blocks = _blocks(labels, vectors, columns)
    return Contents(blocks, "npz", name=name, provenance=provenance, points=len(vectors))


def _blocks(labels: Sequence[str], vectors: np.ndarray, columns: Mapping[str, np.ndarray]) -> Iterator[Block]:
    kept = vectors.dtype in (np.float32, np.float16)
    for rows in row_blocks(vectors):
        part = vectors[rows] if kept else vectors[rows].astype(np.float32)
        places = np.arange(rows.start, rows.start + len(part)) + 1
        yield Block(labels[rows], part, places, {key: values[rows] for key, values in columns.items()})


def open_npz(path: Path) -> EmbeddingSpace:
    """A space that this kit wrote. Large arrays stay in the file, and what was checked when they were written is not
    again: that values are finite and labels distinct.

    Raises:
        SpaceError: not such a file, or damaged.
    """
    arrays, provenance = _arrays(path, None)
    labels, vectors, norms = arrays["labels"], arrays["vectors"], arrays.get("norms")
    stored = vectors.dtype in (np.float32, np.float16) and isinstance(labels, Strings)
    if not isinstance(vectors, np.memmap) or not stored or norms is None or "name" not in arrays:
        return read_npz(path)
    columns = _columns(arrays, None)
    parts = {"labels": labels, "norms": norms, **columns.parts}
    for key, part in parts.items():
        if len(part) != len(vectors) or vectors.ndim != 2:
            raise SpaceError(f"{path}: {key} of {len(part):,} values for vectors of shape {vectors.shape}")
    if norms.shape != (len(vectors),) or norms.dtype != np.float32:
        raise SpaceError(f"{path}: norms of {norms.dtype} and shape {norms.shape}; make it again")
    return EmbeddingSpace.checked(
        str(arrays["name"]), labels, vectors.view(np.ndarray), columns, provenance, norms=norms
    )


def _arrays(path: Path, handle: IO[bytes] | None) -> tuple[dict[str, Any], Mapping[str, Any]]:
    arrays = load_arrays(path, handle, needed=("vectors", "labels"), mapped_from=_MAPPED)
    for key, array in arrays.items():
        of_points = key == "labels" or key.startswith(_COLUMN)
        if of_points and not isinstance(array, Strings) and array.ndim != 1:
            raise SpaceError(f"{path}: {key} of shape {array.shape}; there must be one value a vector")
    return arrays, read_json_array(path, arrays, "provenance") if "provenance" in arrays else {"file": path.name}


def _labels(labels: np.ndarray | Strings) -> Sequence[str]:
    return labels if isinstance(labels, Strings) else tuple(labels.astype(str).tolist())


def _columns(arrays: Mapping[str, Any], limit: int | None) -> StoredColumns:
    return StoredColumns({k.removeprefix(_COLUMN): v[:limit] for k, v in arrays.items() if k.startswith(_COLUMN)})
