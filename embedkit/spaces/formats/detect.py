"""Embedding files, read by what is in them and written by name, in the formats of the table.

What is read may be compressed by gzip, bzip2 or xz. What is malformed is named with its line or row and never dropped.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Unpack

from embedkit.errors import SpaceError, UsageError, unknown
from embedkit.files import missing_file
from embedkit.progress import Progress, no_progress
from embedkit.spaces.formats.archive import ZIP, is_npz_archive, member_opened, members
from embedkit.spaces.formats.compressed import decompressed, unbroken
from embedkit.spaces.formats.contents import Block, Contents, gather
from embedkit.spaces.formats.encodings import as_utf8, byte_order_mark, codec_of, unmarked
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.formats.strangers import stranger
from embedkit.spaces.formats.table import (
    FORMATS,
    Format,
    format_at,
    format_of_folder,
    format_of_suffix,
    readable,
    suffixes,
    written,
)
from embedkit.spaces.reading import Reading, ReadingOptions, reading_of
from embedkit.spaces.source import EmbeddingSource, embedding_source
from embedkit.spaces.space import EmbeddingSpace

_LOOK = 65_536  # bytes looked at to tell a format
_HALF = re.compile("[\ud800-\udfff]")  # of a character beyond the first 65,536


def read_space(
    path: str | Path,
    *,
    name: str | None = None,
    progress: Progress = no_progress,
    **options: Unpack[ReadingOptions],
) -> EmbeddingSpace:
    """Read an embedding file of any known format into memory; the format is told by its content, not by its name.

    Args:
        path: a file, a folder of a known format, or "ARCHIVE.zip:MEMBER".
        name: of the space; by default the one in the file, else the file's own without its endings.
        options: what columns mean, `limit` points, and whether to `repair`: the attributes of `Reading`.

    Raises:
        UsageError: there is no such file, whose nearest are named, or no such option, or its value cannot be.
        SpaceError: the file is of no known format, cut short, or holds a label twice, a value that is
            not finite, a zero vector, a row of another length, or another number of rows than its header says, and is
            not to be repaired.
    """
    source = embedding_source(path) or EmbeddingSource(Path(path))
    reading = reading_of(options)
    with opened(source, reading, progress=progress) as (contents, repairs):
        space = gather(contents, reading, repairs, name=stem_of(source))
    return space if name is None else replace(space, name=name)


@contextmanager
def opened(
    source: EmbeddingSource, reading: Reading, *, progress: Progress = no_progress
) -> Iterator[tuple[Contents, Repairs]]:
    """What an embedding file holds, and the faults that are met while its blocks are gone through.

    Raises:
        UsageError: there is no such file; the nearest are named.
        SpaceError: it is of no known format, or cannot be read to its end.
    """
    path = source.path
    if not path.exists():
        raise missing_file(path)
    repairs = Repairs(path, repair=reading.repair)
    with ExitStack() as files:
        # What fails while the blocks are made use of is another matter.
        with _reading(path):
            if path.is_dir():
                format = format_of_folder(path)
                if format is None or format.read is None:
                    raise SpaceError(f"{path}: a folder of no known format; known are {_titles()}")
                contents = format.read(path, None, reading, repairs)
                blocks = iter(contents.blocks)
            else:
                raw = files.enter_context(open(path, "rb"))
                bounded = reading.limit is None
                plain = files.enter_context(decompressed(raw, path, repairs, bounded=bounded))
                handle = files.enter_context(_unpacked(source, plain, repairs, bounded=bounded))
                contents = _contents(repairs.path, handle, reading, repairs)
                blocks = _watched(contents, raw, path.stat().st_size, progress)
        yield replace(contents, blocks=_read(path, blocks)), repairs


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SpaceError(f"{path}: cannot be read to its end ({error}); is it complete?") from None


def _read(path: Path, blocks: Iterator[Block]) -> Iterator[Block]:
    with _reading(path):
        yield from blocks


def write_space(space: EmbeddingSpace, path: str | Path, *, format: str | None = None) -> None:
    """Write a space in a format that can be written, by default the one of the path's ending.

    Raises:
        UsageError: no such format, or none given and the ending tells none.
        SpaceError: the format cannot hold the labels.
    """
    path = Path(path)
    if format is None:
        format = format_of_suffix(path.suffix)
        if format not in written():
            endings = ", ".join(suffix for name in written() for suffix in FORMATS[name].suffixes)
            raise UsageError(f"{path.name}: name a format ({', '.join(written())}) or end in {endings}")
    write = FORMATS[format].write if format in FORMATS else None
    if write is None:
        raise unknown("format", format, written())
    if format != "npz":
        _refuse_unwritable(space, format)
    write(space, path)


def _refuse_unwritable(space: EmbeddingSpace, format: str) -> None:
    """Raises:
    SpaceError: a label is empty, or a text holds half of a character, which no format but .npz has.
    """
    empty = next((row for row, label in enumerate(space.labels) if not label), None)
    if empty is not None:
        raise SpaceError(f"{space.name}: the label of row {empty} is empty, which {format} cannot hold; .npz can")
    texts = {key: column for key, column in space.columns.items() if column.dtype.kind in "OU"}
    for name, values in {"label": space.labels, **texts}.items():
        for row, value in enumerate(values):
            if isinstance(value, str) and _HALF.search(value):
                raise SpaceError(
                    f"{space.name}: the {name} of row {row}, {value!r}, holds half of a character, which {format} "
                    "cannot hold; .npz can"
                )


@contextmanager
def _unpacked(source: EmbeddingSource, handle: IO[bytes], repairs: Repairs, *, bounded: bool) -> Iterator[IO[bytes]]:
    """The file itself, or of a zip archive the member that is meant, which errors then name."""
    start = handle.read(len(ZIP))
    handle.seek(0)
    names = members(handle) if start == ZIP else None
    if start == ZIP and names is None:
        raise SpaceError(
            f"{source.path}: a zip archive, or .npz, without its end, where its files are listed; get it again"
        )
    if names is None or is_npz_archive(names):
        if source.member:
            raise SpaceError(f"{source.path}: no archive of files; name it without {source.member!r}")
        yield handle
        return
    with member_opened(source.path, handle, names, source.member, bounded=bounded) as (inner, name):
        repairs.path = Path(f"{source.path}:{name}")
        with decompressed(unbroken(inner, repairs.path, repairs), source.path, repairs, bounded=bounded) as plain:
            yield plain


def _contents(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    start = handle.read(_LOOK)
    handle.seek(0)
    if not start.strip():
        raise SpaceError(f"{path}: the file is empty")
    format = format_at(start)
    if format is None or not (format.binary or format.whole) or byte_order_mark(start):
        handle = as_utf8(handle, start, reading.encoding, repairs)
        start = handle.read(_LOOK)
        handle.seek(0)
        format = format_at(start)
    elif reading.encoding:
        codec_of(reading.encoding)
    name = stranger(start)
    if name is not None and (format is None or _built_in(format)):
        raise SpaceError(f"{path}: {name}")
    if format is None or format.read is None:
        encoding = unmarked(start)
        advice = f"; it looks like text in UTF-16: --encoding {encoding}" if encoding else ""
        raise SpaceError(f"{path}: no known format; known are {_titles()}{advice}")
    return format.read(path, _whole(handle) if format.whole else handle, reading, repairs)


def _built_in(format: Format) -> bool:
    """Whether a format is one of ours, which take much for theirs; that of another package knows what it takes."""
    return format.sniff is not None and format.sniff.__module__.startswith("embedkit.")


def _titles() -> str:
    *titles, last = dict.fromkeys(title for each in readable() for title in each.titles or (each.name,))
    return f"{', '.join(titles)} and {last}"


def _watched(contents: Contents, raw: IO[bytes], size: int, progress: Progress) -> Iterator[Block]:
    """The same blocks; how far the file has been read is told after each."""
    points = 0
    for block in contents.blocks:
        points += len(block)
        progress(min(raw.tell() / max(size, 1), 1.0), f"{points:,} points")
        yield block


def _whole(handle: IO[bytes]) -> IO[bytes]:
    """A file that can be read at any place: as it is, or decompressed into memory."""
    return handle if isinstance(handle, io.BufferedReader) else io.BytesIO(handle.read())


def stem_of(source: EmbeddingSource) -> str:
    """The file's name without its endings: "glove.6B.50d.txt.gz" is "glove.6B.50d"; of an archive the member's."""
    name = Path(source.member).name or source.path.name
    endings = "|".join(map(re.escape, suffixes()))
    return re.sub(rf"({endings})?(\.(gz|bz2|xz|zip))?$", "", name) or name
