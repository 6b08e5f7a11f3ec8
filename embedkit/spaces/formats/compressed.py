"""What is compressed, decompressed as it is read: by how much it may grow, and what is done where it breaks off."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from embedkit.errors import SpaceError
from embedkit.spaces.formats.repairs import Repairs

_COMPRESSED: Mapping[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
"""The first bytes of a compressed file, and what opens it for reading bytes."""

ANY_GROWTH, GROWTH = 64 << 20, 200
"""Up to so many bytes anything may grow, and beyond by this factor. Vectors as text grow by a factor of two to four."""


def decompressed(raw: IO[bytes], path: Path, repairs: Repairs, *, bounded: bool) -> IO[bytes]:
    """The bytes of a file, decompressed where it is compressed.

    Args:
        path: of the file, named in errors.
        bounded: what grows beyond `ANY_GROWTH` and `GROWTH` is an error, as its bytes are read.

    Raises:
        SpaceError: as its bytes are read: it grows beyond bounds, or breaks off and is not to be repaired.
    """
    start = raw.read(8)
    raw.seek(0)
    for magic, opener in _COMPRESSED.items():
        if start.startswith(magic):
            most = max(ANY_GROWTH, GROWTH * path.stat().st_size) if bounded else None
            return cast(IO[bytes], Stream(_Decompressed(opener(raw), path, repairs, most)))
    return raw


def unbroken(inner: IO[bytes], path: Path, repairs: Repairs) -> IO[bytes]:
    """The bytes of a member of an archive, whatever they decompress to.

    Raises:
        SpaceError: as its bytes are read: it is damaged and is not to be repaired.
    """
    return cast(IO[bytes], Stream(_Decompressed(inner, path, repairs, None)))


class Stream(io.BufferedIOBase):
    """Bytes that are made as they are read. Unlike the BufferedReader of a plain file, it is quick only onwards."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._buffered = io.BufferedReader(raw, 1 << 20)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._buffered.read(size)

    def read1(self, size: int = -1, /) -> bytes:
        return self._buffered.read1(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._buffered.readline(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._buffered.seek(offset, whence)

    def tell(self) -> int:
        return self._buffered.tell()


class _Decompressed(io.RawIOBase):
    """Bytes of a gzip, bzip2 or xz file, at most `most` of them."""

    def __init__(self, inner: Any, path: Path, repairs: Repairs, most: int | None) -> None:
        self._inner, self._path, self._repairs, self._most = inner, path, repairs, most
        self._broken = self._counted = False

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._broken = False  # what stands before the break can be read again
        return int(self._inner.seek(offset, whence))

    def tell(self) -> int:
        return int(self._inner.tell())

    def readinto(self, buffer: Any) -> int:
        if self._broken:
            return 0
        try:
            data = self._inner.read1(len(buffer))
        except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
            message = f"cannot be read to its end ({error})"
            if not self._counted:
                self._repairs.meet("broken", None, message, advice="is it complete? Get it again")
            self._broken = self._counted = True
            return 0
        if self._most is not None and self._inner.tell() > self._most:
            raise SpaceError(
                f"{self._path}: {self._path.stat().st_size:,} compressed bytes become more than {self._most:,}, which "
                "no file of vectors does; --limit N lifts this bound and reads the first N points"
            )
        buffer[: len(data)] = data
        return len(data)
