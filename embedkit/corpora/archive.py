"""Files out of a downloaded archive, one by one and never past what the card states."""

import shutil
import struct
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from embedkit.corpora.textfile import BROKEN
from embedkit.errors import CorpusError
from embedkit.shortage import NoRoomError, room_for

DAMAGED = (
    *(*BROKEN, zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError, KeyError, ValueError),
    *(IndexError, struct.error),
)
"""What reading a damaged archive raises."""
_BLOCK = 1 << 20


def unpack(archive: Path, members: Mapping[str, str], folder: Path, *, limit: int | None) -> dict[str, Path]:
    """Write the named members into `folder`, under their own last names; return split → file.

    Raises:
        CorpusError: the archive is damaged, lacks a member, names a place outside the folder, or unpacks to more than
            `limit` bytes.
    """
    bytes_left = limit
    files = {}
    try:
        for split, member in members.items():
            target = folder / f"{split}-{PurePosixPath(member).name}"
            with room_for(target), _open(archive, member) as source, open(target, "wb") as out:
                bytes_left = _copy(source, out, archive, bytes_left, limit)
            files[split] = target
    except NoRoomError:
        raise
    except DAMAGED as error:
        raise cannot_unpack(archive, error) from None
    return files


def cannot_unpack(archive: Path, error: BaseException) -> CorpusError:
    """The error of an archive of which reading raised one of `DAMAGED`."""
    # Of a tar archive there is a line of each way in which it might be compressed.
    first = (str(error).splitlines() or [repr(error)])[0].rstrip(":")
    return CorpusError(f"{archive}: cannot be unpacked ({first}); remove it and get it again")


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or a tar archive, by what is in it."""
    try:
        return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    except DAMAGED:  # it breaks off before its first member
        return True


@contextmanager
def _open(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            _check(archive, zipped.namelist(), member)
            with zipped.open(member) as handle:
                yield handle
    else:
        with tarfile.open(archive) as tar:
            _check(archive, tar.getnames(), member)
            extracted = tar.extractfile(member)
            if extracted is None:
                raise CorpusError(f"{archive}: {member} is not a plain file")
            with extracted as plain:
                yield plain


def _check(archive: Path, names: list[str], member: str) -> None:
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise CorpusError(f"{archive}: {name!r} would be unpacked outside its folder; do not trust this file")
    if member not in names:
        raise CorpusError(f"{archive}: there is no {member} in it; it holds {', '.join(names[:8])}")


def _copy(source: IO[bytes], out: IO[bytes], archive: Path, left: int | None, limit: int | None) -> int | None:
    """Copy, and return how many bytes may still follow."""
    if left is None:
        shutil.copyfileobj(source, out, _BLOCK)
        return None
    while block := source.read(min(_BLOCK, left + 1)):
        left -= len(block)
        if left < 0:
            raise CorpusError(f"{archive}: unpacks to more than the {limit:,} bytes stated; do not trust this file")
        out.write(block)
    return left
