"""A space as .npz: arrays that numpy reads without this package.

vectors       (N, D) float32
labels        (N,) strings
column:NAME   (N,) one for each column, such as column:count
name          what the space is called
provenance    where it came from, as JSON
"""

import json
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.files import whole_file
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


def strings(values: Any, what: str) -> np.ndarray:
    """Strings as a numpy array of fixed width, which drops a NUL at the end: refused.

    Raises:
        SpaceError: a value ends in NUL or is not a string.
    """
    for value in values:
        if not isinstance(value, str) or value.endswith("\0"):
            raise SpaceError(f"{what}: {value!r} cannot be kept in .npz; only strings without NUL at the end can")
    return np.array(values, dtype=np.str_)


def save_arrays(path: Path, arrays: dict[str, np.ndarray]) -> None:
    with whole_file(path) as temporary, open(temporary, "wb") as handle:
        np.savez(handle, allow_pickle=False, **arrays)


def load_arrays(path: Path, handle: IO[bytes] | None = None, *, needed: tuple[str, ...]) -> dict[str, np.ndarray]:
    """All arrays of an .npz. Nothing is unpickled.

    Raises:
        SpaceError: the file is missing, damaged, holds pickled objects, or lacks a needed array.
    """
    try:
        with np.load(handle or path, allow_pickle=False) as archive:
            missing = [key for key in needed if key not in archive.files]
            if missing:
                has = ", ".join(archive.files) or "nothing"
                raise SpaceError(f"{path}: no array {missing[0]!r}; it has {has}")
            return {key: archive[key] for key in archive.files}
    except FileNotFoundError:
        raise SpaceError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise SpaceError(f"{path}: not a readable .npz ({error}); make it again") from None


def read_json_array(path: Path, arrays: dict[str, np.ndarray], key: str) -> dict[str, Any]:
    """Raises:
    SpaceError: the array is not a JSON object.
    """
    try:
        value = json.loads(str(arrays[key]))
    except json.JSONDecodeError as error:
        raise SpaceError(f"{path}: {key} is not JSON ({error.msg}); make it again") from None
    if not isinstance(value, dict):
        raise SpaceError(f"{path}: {key} is not a JSON object; make it again")
    return value
