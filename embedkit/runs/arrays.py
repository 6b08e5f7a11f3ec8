"""Arrays as .npz, which numpy reads without this package.

Every array lies in the archive as it is in memory, from a multiple of 64 bytes on (by padding of its zip header, as
zipalign does), so that a large one is mapped from the file and takes no memory of its own.

Strings are kept by their length, where numpy would give each the room of the longest: as KEY.utf8, their bytes end to
end, and KEY.ends, where each of them ends. Arrays of numpy's own strings are read as well.
"""

import io
import math
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.files import parse_json, whole_file
from embedkit.runs.strings import Strings

_TEXT, _ENDS = ".utf8", ".ends"
_ALIGNED = 64
_LOCAL = struct.Struct("<4s5H3I2H")
"""The header before each member of a zip archive; the lengths of its name and its extra fields are the last two."""
_CHECKSUM = 14  # where it stands in that header
_ZIP64 = 20  # bytes of the field that zipfile adds for the sizes of large members
_PADDING = 0xD935
"""The kind of extra field that zipalign pads by."""
_DAMAGE = (
    *(OSError, EOFError, ValueError, RuntimeError, MemoryError, struct.error, zipfile.BadZipFile, zlib.error),
    tokenize.TokenError,  # by numpy, of the header of an array
)
_PIECE = 1 << 20  # bytes that are checksummed and written at a time
_RESERVED = 1 << 26
_DATE = (1980, 1, 1, 0, 0, 0)
"""The same for all, as numpy has it, so that the same arrays give the same file."""


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray | Strings]) -> None:
    """Write an .npz of these arrays by name, whole or not at all; nothing is pickled."""
    with written_archive(path) as archive:
        for key, array in arrays.items():
            archive.write(key, array)


class ArchiveWriter:
    """An .npz that is being written, an array after another."""

    def __init__(self, handle: IO[bytes], archive: zipfile.ZipFile) -> None:
        self._handle, self._zip = handle, archive

    def write(self, key: str, array: np.ndarray | Strings) -> None:
        """Raises:
        ValueError: it holds objects.
        """
        if isinstance(array, Strings):
            self.write(key + _TEXT, array.own_text)
            self.write(key + _ENDS, array.ends - array.start)
            return
        if array.dtype.hasobject:
            raise ValueError(f"the array {key!r} holds objects, which only allow_pickle could keep")
        with self.table(key, array.shape, array.dtype) as append:
            append(np.ascontiguousarray(array))

    @contextmanager
    def table(self, key: str, shape: tuple[int, ...], dtype: np.dtype) -> Iterator[Callable[[np.ndarray], None]]:
        """An array of this shape, whose rows are appended in blocks; the caller sees to it that they fill it."""
        member = zipfile.ZipInfo(f"{key}.npy", date_time=_DATE)
        place = self._handle.tell() + _LOCAL.size + len(member.filename.encode("utf-8")) + _ZIP64
        # A field of the header is four bytes or more: what it is, none of the registered ones, and how many follow.
        member.extra = struct.pack("<HH", _PADDING, padding := -(place + 4) % _ALIGNED) + bytes(padding)
        with self._zip.open(member, "w", force_zip64=True) as handle:
            _write_header(handle, shape, dtype)

            self._reserve(math.prod(shape) * dtype.itemsize)

            def append(block: np.ndarray) -> None:
                if not block.nbytes:
                    return
                data = np.ascontiguousarray(block, dtype=dtype).reshape(-1).view(np.uint8).data
                for start in range(0, len(data), _PIECE):
                    handle.write(data[start : start + _PIECE])

            yield append

    @contextmanager
    def rows(self, key: str, width: int, dtype: np.dtype, expected: int) -> Iterator[Callable[[np.ndarray], None]]:
        """A table of so many columns, whose rows are appended in blocks; how many come need not be known.

        Where other than `expected` come, the header is written again and what came is read once more for its checksum.
        """
        count = 0
        with self.table(key, (expected, width), dtype) as append_block:

            def append(block: np.ndarray) -> None:
                nonlocal count
                append_block(block)
                count += len(block)

            yield append
        if count != expected:
            self._mend(self._zip.getinfo(f"{key}.npy"), (count, width), dtype)

    def _mend(self, member: zipfile.ZipInfo, shape: tuple[int, int], dtype: np.dtype) -> None:
        end = self._handle.tell()
        self._handle.seek(member.header_offset)
        *_, name, extra = _LOCAL.unpack(self._handle.read(_LOCAL.size))
        start = member.header_offset + _LOCAL.size + name + extra
        self._handle.seek(start)
        _write_header(self._handle, shape, dtype)
        self._handle.seek(start)
        checksum, left = 0, member.file_size
        while left:
            piece = self._handle.read(min(_PIECE, left))
            checksum, left = zlib.crc32(piece, checksum), left - len(piece)
        member.CRC = checksum
        self._handle.seek(member.header_offset + _CHECKSUM)
        self._handle.write(struct.pack("<I", checksum))
        self._handle.seek(end)

    def _reserve(self, size: int) -> None:
        """Have the disk keep room for a large array, which makes writing it about twice as fast."""
        if size >= _RESERVED and hasattr(os, "posix_fallocate"):
            with suppress(OSError):  # where the file system cannot, or is full, which writing will say
                os.posix_fallocate(self._handle.fileno(), self._handle.tell(), size)


def _write_header(handle: IO[bytes], shape: tuple[int, ...], dtype: np.dtype) -> None:
    """numpy leaves room in it for the shape to grow: it is as long for any number of rows."""
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(handle, header)


@contextmanager
def written_archive(path: Path) -> Iterator[ArchiveWriter]:
    """An .npz to write arrays to, whole or not at all."""
    with whole_file(path) as temporary, open(temporary, "w+b") as handle:
        with zipfile.ZipFile(handle, "w") as archive:
            yield ArchiveWriter(handle, archive)
        handle.truncate()  # where more room was reserved than is taken


def load_arrays(
    path: Path, handle: IO[bytes] | None = None, *, needed: tuple[str, ...] = (), mapped_from: int | None = None
) -> dict[str, Any]:
    """All arrays of an .npz by name, in its order, and the `Strings` that were written as such. Nothing is unpickled.

    Args:
        mapped_from: arrays of so many bytes and more are mapped from the file, read-only, where they can be; None for
            none. What is mapped is not held against its checksum.

    Raises:
        SpaceError: the file is missing, damaged, holds pickled objects, or lacks a needed array.
    """
    try:
        with _opened(path, handle) as file, np.lib.npyio.NpzFile(file, allow_pickle=False) as archive:
            arrays: dict[str, Any] = {}
            if mapped_from is not None and archive.zip is not None:
                arrays = _mapped(file, archive.zip, mapped_from)
            strings = {key.removesuffix(_TEXT) for key in archive.files if key.endswith(_TEXT)}
            strings = {key for key in strings if key + _ENDS in archive.files}
            missing = [key for key in needed if key not in archive.files and key not in strings]
            if missing:
                has = ", ".join(archive.files) or "nothing"
                raise SpaceError(f"{path}: no array {missing[0]!r}; it has {has}")
            arrays |= {key: archive[key] for key in archive.files if key not in arrays}
            return _in_order(archive.files, arrays, strings)
    except FileNotFoundError:
        raise SpaceError(f"{path}: no such file") from None
    except _DAMAGE as error:
        raise SpaceError(f"{path}: not a readable .npz ({error}); make it again") from None


def _in_order(names: Sequence[str], arrays: Mapping[str, Any], strings: Collection[str]) -> dict[str, Any]:
    """The arrays in the order in which they were written, two of them at a time as strings."""
    ordered = {}
    for name in names:
        key = name.removesuffix(_TEXT)
        if key != name and key in strings:
            ordered[key] = _strings(key, arrays[name], arrays[key + _ENDS])
        elif not (name.endswith(_ENDS) and name.removesuffix(_ENDS) in strings):
            ordered[name] = arrays[name]
    return ordered


def _strings(key: str, text: np.ndarray, ends: np.ndarray) -> Strings:
    """Raises:
    ValueError: the ends are not those of strings in this text.
    """
    if text.dtype != np.uint8 or text.ndim != 1 or ends.dtype != np.int64 or ends.ndim != 1:
        raise ValueError(f"{key}.utf8 and {key}.ends are not bytes and where strings end in them")
    last = int(ends[-1]) if len(ends) else 0
    if last != len(text) or (len(ends) and int(ends[0]) < 0) or (ends[1:] < ends[:-1]).any():
        raise ValueError(f"{key}.ends do not rise from 0 to the {len(text):,} bytes of {key}.utf8")
    strings = Strings(text, ends)
    row = strings.undecodable()
    if row is not None:
        raise ValueError(f"{key} {row:,} is not UTF-8")
    return strings


@contextmanager
def _opened(path: Path, handle: IO[bytes] | None) -> Iterator[IO[bytes]]:
    if handle is not None:
        yield handle
        return
    with open(path, "rb") as own:
        yield own


def _mapped(file: IO[bytes], archive: zipfile.ZipFile, least: int) -> dict[str, np.ndarray]:
    """The arrays of at least so many bytes that lie in the file as they are in memory.

    Raises:
        zipfile.BadZipFile, ValueError: the places that the archive states overlap or go beyond it, or an array is not
            as long as its header says.
    """
    if not isinstance(file, io.BufferedReader):
        return {}  # it is in memory
    members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    ends = [member.header_offset for member in members[1:]] + [archive.start_dir]
    arrays = {}
    for member, end in zip(members, ends, strict=True):
        stored = member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1
        if stored and member.file_size >= least and member.filename.endswith(".npy"):
            array = _map_member(file, member, end)
            if array is not None:
                arrays[member.filename.removesuffix(".npy")] = array
    return arrays


def _map_member(file: IO[bytes], member: zipfile.ZipInfo, end: int) -> np.ndarray | None:
    """An array that ends before `end`; None where it cannot be mapped and has to be read."""
    file.seek(member.header_offset)
    signature, *_, name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
    start = member.header_offset + _LOCAL.size + name + extra
    if signature != b"PK\x03\x04" or member.file_size != member.compress_size or start + member.file_size > end:
        raise zipfile.BadZipFile(f"{member.filename} goes beyond its place in the archive")
    file.seek(start)
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, by_columns, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        return None
    place = file.tell()
    if by_columns or dtype.hasobject or not dtype.isnative or place % max(dtype.alignment, 1) or 0 in shape:
        return None
    if place - start + math.prod(shape) * dtype.itemsize != member.file_size:
        raise ValueError(f"{member.filename} is not as long as its shape {shape} says")
    return np.memmap(file, mode="r", offset=place, shape=shape, dtype=dtype)


def read_json_array(path: Path, arrays: Mapping[str, np.ndarray], key: str) -> dict[str, Any]:
    """Raises:
    SpaceError: the array is not a JSON object.
    """
    try:
        value = parse_json(str(arrays[key]))
    except ValueError as error:
        raise SpaceError(f"{path}: {key} is not JSON ({error}); make it again") from None
    if not isinstance(value, dict):
        raise SpaceError(f"{path}: {key} is not a JSON object; make it again")
    return value
