"""Embedding files, read by what is in them and written by name, in the formats of the table.

What is read may be compressed by gzip, bzip2 or xz. What is malformed is named with its line or row and never dropped.
"""

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from embedkit.errors import SpaceError, UsageError, unknown
from embedkit.spaces.formats.table import FORMATS, format_at, format_of_suffix, readable, suffixes, written
from embedkit.spaces.space import EmbeddingSpace

_COMPRESSED: Mapping[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
"""The first bytes of a compressed file, and what opens it for reading bytes."""

_LOOK = 65_536  # bytes looked at to tell a format


def read_space(path: str | Path, *, limit: int | None = None, name: str | None = None) -> EmbeddingSpace:
    """Read an embedding file of any known format; the format is told by its content, not by its name.

    Args:
        limit: keep the first so many points only; in text and binary word2vec files the rest is not read.
        name: of the space; by default the one in the file, else the file's own without its endings.

    Raises:
        UsageError: limit is below 1.
        SpaceError: the file is missing, of no known format, cut short, or holds a label twice, a value that is
            not finite, a zero vector, a row of another length, or another number of rows than its header says.
    """
    path = Path(path)
    if limit is not None and limit < 1:
        raise UsageError(f"limit is {limit}; read at least one point")
    try:
        with _open(path) as handle:
            space = _read(path, handle, limit, name)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise SpaceError(f"{path}: cannot be read to its end ({error}); is it complete?") from None
    zero = np.flatnonzero(~space.vectors.any(axis=1))
    if len(zero):
        raise SpaceError(
            f"{path}: the vector of {space.labels[zero[0]]!r} (point {zero[0] + 1}) is zero, which has no direction; "
            f"take {'it' if len(zero) == 1 else f'these {len(zero)} points'} out"
        )
    return space


def write_space(space: EmbeddingSpace, path: str | Path, *, format: str | None = None) -> None:
    """Write a space in a format that can be written, by default the one of the path's ending.

    Raises:
        UsageError: no such format, or none given and the ending tells none.
        SpaceError: the format cannot hold the labels.
    """
    path = Path(path)
    if format is None:
        format = format_of_suffix(path.suffix)
        if format is None:
            raise UsageError(f"{path.name}: name a format ({', '.join(written())}) or end in {', '.join(suffixes())}")
    write = FORMATS[format].write if format in FORMATS else None
    if write is None:
        raise unknown("format", format, written())
    write(space, path)


def _open(path: Path) -> IO[bytes]:
    with open(path, "rb") as handle:
        start = handle.read(8)
    for magic, opener in _COMPRESSED.items():
        if start.startswith(magic):
            return opener(path)
    return open(path, "rb")


def _read(path: Path, handle: IO[bytes], limit: int | None, name: str | None) -> EmbeddingSpace:
    start = handle.read(_LOOK)
    handle.seek(0)
    if not start.strip():
        raise SpaceError(f"{path}: the file is empty")
    format = format_at(start)
    if format is None or format.read is None:
        *titles, last = dict.fromkeys(title for each in readable() for title in each.titles or (each.name,))
        raise SpaceError(f"{path}: no known format; known are {', '.join(titles)} and {last}")
    opened = _whole(handle) if format.whole else handle
    return format.read(path, opened, limit=limit, name=name, default=stem_of(path))


def _whole(handle: IO[bytes]) -> IO[bytes]:
    """A file that can be read at any place: as it is, or decompressed into memory."""
    return handle if isinstance(handle, io.BufferedReader) else io.BytesIO(handle.read())


def stem_of(path: Path) -> str:
    """The file's name without its endings: "glove.6B.50d.txt.gz" is "glove.6B.50d"."""
    endings = "|".join(map(re.escape, suffixes()))
    return re.sub(rf"({endings})?(\.(gz|bz2|xz))?$", "", path.name) or path.name
