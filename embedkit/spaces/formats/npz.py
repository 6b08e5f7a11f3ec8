"""A space as .npz: arrays that numpy reads without this package.

vectors       (N, D) float32
labels        (N,) strings
column:NAME   (N,) one for each column, such as column:count
name          what the space is called
provenance    where it came from, as JSON
"""

import json
from pathlib import Path
from typing import IO

import numpy as np

from embedkit.errors import SpaceError
from embedkit.runs.arrays import load_arrays, read_json_array, save_arrays, strings
from embedkit.spaces.formats.archive import members
from embedkit.spaces.formats.contents import Contents, one_block
from embedkit.spaces.formats.npy import read_arrays
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace

_COLUMN = "column:"


def write_npz(space: EmbeddingSpace, path: Path) -> None:
    """Raises:
    SpaceError: a label or a column cannot be kept by numpy without loss.
    """
    arrays = {"vectors": space.vectors, "labels": strings(space.labels, space.name)}
    for key, column in space.columns.items():
        arrays[_COLUMN + key] = (
            strings(column, f"{space.name}: column {key!r}") if column.dtype.kind in "OU" else column
        )
    arrays["name"] = np.array(space.name)
    arrays["provenance"] = np.array(json.dumps(dict(space.provenance), ensure_ascii=False))
    save_arrays(path, arrays)


def is_npz(start: bytes) -> bool:
    """Whether a file that begins so is an archive, as .npz is."""
    return start.startswith(b"PK\x03\x04")


def read_npz(
    path: Path, handle: IO[bytes] | None = None, *, limit: int | None = None, name: str | None = None, default: str = ""
) -> EmbeddingSpace:
    """A space from a file, or from an open one, where `path` only names it.

    Args:
        name: of the space, by default the one in the file, else `default`, else the file's stem.

    Raises:
        SpaceError: not such a file, or damaged.
    """
    arrays = load_arrays(path, handle, needed=("vectors", "labels"))
    if arrays["labels"].ndim != 1:
        raise SpaceError(f"{path}: labels of shape {arrays['labels'].shape}; there must be one string a vector")
    provenance = read_json_array(path, arrays, "provenance") if "provenance" in arrays else {"file": path.name}
    try:
        return EmbeddingSpace(
            name=name or (str(arrays["name"]) if "name" in arrays else default or path.stem),
            labels=tuple(arrays["labels"][:limit].astype(str).tolist()),
            vectors=arrays["vectors"][:limit],
            columns={k.removeprefix(_COLUMN): v[:limit] for k, v in arrays.items() if k.startswith(_COLUMN)},
            provenance=provenance,
        )
    except (SpaceError, ValueError) as error:
        raise SpaceError(f"{path}: {error}") from None


def read_npz_contents(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """What is in an .npz: a space that the kit wrote, or arrays by names of somebody else's choice.

    Raises:
        SpaceError: not such a file, or damaged.
    """
    repairs.place = "row"
    if not {"vectors.npy", "provenance.npy"} <= set(members(handle) or ()):
        return read_arrays(path, handle, reading, repairs)
    space = read_npz(path, handle, limit=reading.limit)
    blocks = one_block(space.labels, space.vectors, space.columns)
    return Contents(blocks, "npz", name=space.name, provenance=space.provenance, points=len(space))
