"""Embedding files, read by what is in them and written by name.

Read: word2vec text and binary, GloVe, fastText .vec and .bin, .npz and .parquet, each of them as it is or compressed
by gzip, bzip2 or xz. What is malformed is named with its line or row and never dropped.
"""

import bz2
import codecs
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
from embedkit.spaces.formats.binary import FASTTEXT, read_fasttext, read_word2vec_binary, write_word2vec_binary
from embedkit.spaces.formats.npz import read_npz, write_npz
from embedkit.spaces.formats.parquet import read_parquet, write_parquet
from embedkit.spaces.formats.projector import write_tensorboard
from embedkit.spaces.formats.text import header, read_text, write_word2vec
from embedkit.spaces.space import EmbeddingSpace

SPACE_FORMATS: Mapping[str, Callable[[EmbeddingSpace, Path], None]] = {
    "word2vec": write_word2vec,
    "word2vec-binary": write_word2vec_binary,
    "npz": write_npz,
    "parquet": write_parquet,
    "tensorboard": write_tensorboard,
}
"""Writers. "tensorboard" makes a folder of three files for the embedding projector, the others a file."""

_SUFFIXES = {
    ".txt": "word2vec",
    ".vec": "word2vec",
    ".bin": "word2vec-binary",
    ".npz": "npz",
    ".parquet": "parquet",
}
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
    """Write a space in a format of SPACE_FORMATS, by default the one of the path's ending.

    Raises:
        UsageError: no such format, or none given and the ending tells none.
        SpaceError: the format cannot hold the labels.
    """
    path = Path(path)
    if format is None:
        format = _SUFFIXES.get(path.suffix.lower())
        if format is None:
            raise UsageError(
                f"{path.name}: name a format ({', '.join(SPACE_FORMATS)}) or end in {', '.join(_SUFFIXES)}"
            )
    if format not in SPACE_FORMATS:
        raise unknown("format", format, SPACE_FORMATS)
    SPACE_FORMATS[format](space, path)


def _open(path: Path) -> IO[bytes]:
    with open(path, "rb") as handle:
        start = handle.read(8)
    for magic, opener in _COMPRESSED.items():
        if start.startswith(magic):
            return opener(path)
    return open(path, "rb")


def _read(path: Path, handle: IO[bytes], limit: int | None, name: str | None) -> EmbeddingSpace:
    look = handle.read(_LOOK)
    handle.seek(0)
    if not look.strip():
        raise SpaceError(f"{path}: the file is empty")
    if look.startswith(b"PK\x03\x04"):
        return read_npz(path, _whole(handle), limit=limit, name=name, default=stem_of(path))
    if look.startswith(b"PAR1"):
        return read_parquet(path, _whole(handle), limit=limit, name=name or stem_of(path))
    name = name or stem_of(path)
    if look.startswith(FASTTEXT):
        return read_fasttext(path, handle, limit=limit, name=name)
    shape = header(look)
    if shape is not None and _binary(look.split(b"\n", 1)[1]):
        return read_word2vec_binary(path, handle, limit=limit, name=name)
    if shape is None and b"\0" in look:
        raise SpaceError(f"{path}: no known format; known are word2vec, GloVe, fastText, .npz and .parquet")
    return read_text(path, handle, limit=limit, name=name)


def _binary(body: bytes) -> bool:
    """Does what follows a header hold numbers as bytes? Text has no control characters but tabs and line ends."""
    if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", body):
        return True
    try:
        # The last character may be cut, which an incremental decoder waits for.
        codecs.getincrementaldecoder("utf-8")().decode(body)
        return False
    except UnicodeDecodeError:
        # Text in another encoding: its first row still ends in numbers, and the reader names the line.
        return not re.search(rb"[ \t]-?[0-9.]+(e[+-]?[0-9]+)?[ \t\r]*$", body.split(b"\n", 1)[0][-64:])


def _whole(handle: IO[bytes]) -> IO[bytes]:
    """A file that can be read at any place: as it is, or decompressed into memory."""
    return handle if isinstance(handle, io.BufferedReader) else io.BytesIO(handle.read())


def stem_of(path: Path) -> str:
    """The file's name without its endings: "glove.6B.50d.txt.gz" is "glove.6B.50d"."""
    return re.sub(r"(\.(txt|vec|bin|npz|parquet))?(\.(gz|bz2|xz))?$", "", path.name) or path.name
