"""Arrays as .npz, which numpy reads without this package."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.files import whole_file


def strings(values: Any, what: str) -> np.ndarray:
    """Strings as a numpy array of fixed width, which drops a NUL at the end: refused.

    Raises:
        SpaceError: a value ends in NUL or is not a string.
    """
    for value in values:
        if not isinstance(value, str) or value.endswith("\0"):
            raise SpaceError(f"{what}: {value!r} cannot be kept in .npz; only strings without NUL at the end can")
    return np.array(values, dtype=np.str_)


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an .npz of these arrays by name, whole or not at all; nothing is pickled."""
    with whole_file(path) as temporary, open(temporary, "wb") as handle:
        np.savez(handle, allow_pickle=False, **arrays)


def load_arrays(path: Path, handle: IO[bytes] | None = None, *, needed: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
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


def read_json_array(path: Path, arrays: Mapping[str, np.ndarray], key: str) -> dict[str, Any]:
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
