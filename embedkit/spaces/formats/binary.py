"""Vectors as bytes: word2vec's binary format, and fastText's .bin models."""

import codecs
import io
import math
import os
import re
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import numpy as np

from embedkit.errors import SpaceError
from embedkit.files import whole_file
from embedkit.spaces.formats.contents import Block, Contents, one_block
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.formats.text import header, holds_rows, refuse_white_space
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace

FASTTEXT = struct.pack("<i", 793_712_314)
"""The first bytes of a fastText model (FASTTEXT_FILEFORMAT_MAGIC_INT32 of its fasttext.cc)."""

_BLOCK = 1 << 20  # bytes that are gone through at a time: they stay in the cache


def is_word2vec_binary(start: bytes) -> bool:
    """Whether a file that begins so has word2vec's header and then numbers as bytes."""
    if header(start) is None:
        return False
    body = start.split(b"\n", 1)[1]
    return _holds_bytes(body) and not holds_rows(body)


def _holds_bytes(body: bytes) -> bool:
    """Whether what follows a header has control characters but tabs and line ends, or is no UTF-8."""
    if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", body):
        return True
    try:
        # The last character may be cut, which an incremental decoder waits for.
        codecs.getincrementaldecoder("utf-8")().decode(body)
        return False
    except UnicodeDecodeError:
        return True


def read_word2vec_binary(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """A header line, then for each point its label, a space, D little-endian float32, and a line end or none.

    Raises:
        SpaceError: as its blocks are gone through: cut short, longer than the header says, or not UTF-8.
    """
    repairs.place = "point"
    shape = header(handle.readline())
    assert shape is not None, "told by its header"
    return Contents(_points(path, handle, shape, reading.limit, repairs), "word2vec-binary", points=shape[0])


def _points(
    path: Path, handle: IO[bytes], shape: tuple[int, int], limit: int | None, repairs: Repairs
) -> Iterator[Block]:
    points, dimensions = shape
    count = min(limit or points, points)
    size = 4 * dimensions
    _refuse_short(handle, points, count, dimensions, repairs)
    chunks = _chunks(handle, max(_BLOCK, size))
    buffer, at, done = b"", 0, 0
    while done < count:
        more = next(chunks, b"")
        buffer, at = buffer[at:] + more, 0
        labels, rows = [], []
        find, view, last = buffer.find, memoryview(buffer), len(buffer) - size
        for _ in range(count - done):
            end = find(b" ", at) + 1
            if not 0 < end <= last:
                break
            labels.append(buffer[at : end - 1].lstrip(b"\n"))
            at = end + size
            rows.append(view[end:at])
        if labels:
            vectors = np.frombuffer(b"".join(rows), dtype="<f4").reshape(len(labels), dimensions)
            yield Block(_decoded(labels, done, repairs), vectors, np.arange(done + 1, done + 1 + len(labels)))
            done += len(labels)
        elif not more:
            message = f"ends within point {done + 1:,} of {points:,}"
            repairs.meet("cut", None, message, advice="is it complete? Get it again")
            return
    if (limit or math.inf) > points and (buffer[at:] + next(chunks, b"")).strip(b"\n"):
        message = f"goes on after the {points:,} points of its header"
        repairs.meet("header", None, message, advice="mend the header")


def _refuse_short(handle: IO[bytes], points: int, count: int, dimensions: int, repairs: Repairs) -> None:
    """Hold the size of a file that is not compressed against its header, before it is read."""
    if repairs.repair or not isinstance(handle, io.BufferedReader):
        return
    # A label and the space behind it take a byte at the least.
    whole = (os.fstat(handle.fileno()).st_size - handle.tell()) // (1 + 4 * dimensions)
    if whole < count:
        message = f"the file ends after at most {whole:,} points of the {points:,} that its header says"
        repairs.meet("cut", None, message, advice="is it complete? Get it again")


def _chunks(handle: IO[bytes], size: int) -> Iterator[bytes]:
    """The rest of a file. What was read of a large one gives up its place among the pages that the system keeps of
    files, which would be taken from what is made of it: that is then written twice as fast.
    """
    file = handle.fileno() if isinstance(handle, io.BufferedReader) and hasattr(os, "posix_fadvise") else None
    while chunk := handle.read(size):
        if file is not None:
            os.posix_fadvise(file, handle.tell() - len(chunk), len(chunk), os.POSIX_FADV_DONTNEED)
        yield chunk


def _decoded(labels: list[bytes], before: int, repairs: Repairs) -> list[str]:
    try:
        # A label holds no space, so a whole block is decoded at once.
        return b" ".join(labels).decode("utf-8").split(" ")
    except UnicodeDecodeError:
        return [_decoded_alone(label, before + row, repairs) for row, label in enumerate(labels, 1)]


def _decoded_alone(label: bytes, number: int, repairs: Repairs) -> str:
    try:
        return label.decode("utf-8")
    except UnicodeDecodeError:
        repairs.meet("not text", number, f"the label {label[:40]!r} is not UTF-8", excerpt=repr(label[:40])[2:-1])
        return label.decode("utf-8", "backslashreplace")


def write_word2vec_binary(space: EmbeddingSpace, path: Path) -> None:
    """As word2vec itself writes it, which gensim reads.

    Raises:
        SpaceError: a label is empty or holds white space, which ends it in this format.
    """
    refuse_white_space(space)
    with whole_file(path) as temporary, open(temporary, "wb") as handle:
        handle.write(f"{len(space)} {space.dimensions}\n".encode())
        for label, vector in zip(space.labels, space.vectors.astype("<f4"), strict=True):
            handle.write(label.encode("utf-8") + b" " + vector.tobytes() + b"\n")


def is_fasttext(start: bytes) -> bool:
    return start.startswith(FASTTEXT)


def read_fasttext(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """The words of a fastText model with their vectors, which include their character n-grams, and counts.

    gensim's reader unpacks plain numbers and unpickles nothing.

    Raises:
        SpaceError: cut short, a label twice, or a model of another kind (supervised, quantised).
    """
    from gensim.models.fasttext import load_facebook_vectors

    with TemporaryDirectory() as folder:
        # gensim opens by name and decompresses by ending, so it is given a plain copy of what is compressed.
        plain = path
        if not isinstance(handle, io.BufferedReader) or path.suffix in (".gz", ".bz2", ".xz"):
            plain = Path(folder) / "model.bin"
            with open(plain, "wb") as copy:
                shutil.copyfileobj(handle, copy)
        with open(plain, "rb") as walked:
            _check_fasttext(path, walked, plain.stat().st_size)
        try:
            model = load_facebook_vectors(str(plain))
        except Exception as error:  # whatever a damaged file makes its reader trip over
            reason = str(error) or type(error).__name__
            raise SpaceError(f"{path}: not a fastText model that gensim can read ({reason})") from None
    repairs.place = "point"
    labels = model.index_to_key[: reading.limit]
    counts = np.array([model.get_vecattr(label, "count") for label in labels])
    return Contents(one_block(labels, model.vectors[: len(labels)], {"count": counts}), "fasttext", points=len(labels))


def _check_fasttext(path: Path, handle: IO[bytes], size: int) -> None:
    """Walk a model to the end of its input vectors: gensim's reader never ends on a file cut within its dictionary,
    and keeps one of two equal words.

    Magic and version; 12 int32 and a double of options; int32 entries, words and labels, int64 tokens and pruned
    rows; entries of a word, NUL, int64 count and int8 kind; pruned rows of two int32; a byte, 1 where quantised;
    int64 rows and columns; float32 values (fastText's dictionary.cc, fasttext.cc and densematrix.cc).
    """

    def read(format: str, what: str) -> tuple:
        data = handle.read(struct.calcsize(format))
        if len(data) < struct.calcsize(format):
            raise SpaceError(f"{path}: not a whole fastText model: it ends within {what}")
        return struct.unpack(format, data)

    read("<2i12id", "its options")
    entries, _, labels, _, pruned = read("<3i2q", "its options")
    if labels:
        raise SpaceError(f"{path}: a supervised fastText model, which gensim cannot read; print its vectors as .vec")
    words: set[bytes] = set()
    for number in range(1, entries + 1):
        word = bytearray()
        while (byte := handle.read(1)) != b"\0":
            if not byte:
                raise SpaceError(f"{path}: not a whole fastText model: it ends within word {number:,} of {entries:,}")
            word += byte
        if bytes(word) in words:
            raise SpaceError(f"{path}: the label {word.decode('utf-8', 'replace')!r} (word {number:,}) stands twice")
        words.add(bytes(word))
        count, _ = read("<qb", f"word {number:,} of {entries:,}")
        if count < 0:
            raise SpaceError(f"{path}: the count of word {number:,} is {count:,}; the file is damaged")
    if handle.tell() + 8 * pruned > size:
        raise SpaceError(f"{path}: not a whole fastText model: it ends within {pruned:,} pruned rows")
    handle.seek(8 * max(pruned, 0), io.SEEK_CUR)
    (quantised,) = read("<?", "its vectors")
    if quantised:
        raise SpaceError(f"{path}: a quantised fastText model, which gensim cannot read; take the .bin of full size")
    rows, columns = read("<2q", "its vectors")
    if rows < entries or columns < 1 or handle.tell() + 4 * rows * columns > size:
        raise SpaceError(f"{path}: not a whole fastText model: it ends within its {rows:,} × {columns:,} vectors")
