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
from typing import IO

import numpy as np

from embedkit.errors import SpaceError
from embedkit.files import whole_file
from embedkit.leftovers import scratch_folder
from embedkit.spaces.formats.contents import Block, Contents, one_block
from embedkit.spaces.formats.encodings import codec_of
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.formats.rows import text_of
from embedkit.spaces.formats.text import header, header_end, holds_rows, refuse_white_space
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace

FASTTEXT = struct.pack("<i", 793_712_314)
"""The first bytes of a fastText model (FASTTEXT_FILEFORMAT_MAGIC_INT32 of its fasttext.cc)."""

_HEADER = 65_536  # bytes in which the header was seen
_LONGEST = 64 << 20  # bytes of a vector
_BLOCK = 1 << 20  # bytes that are gone through at a time: they stay in the cache


def is_word2vec_binary(start: bytes) -> bool:
    """Whether a file that begins so has word2vec's header and then numbers as bytes."""
    if header(start) is None:
        return False
    body = start[header_end(start) :]
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
        SpaceError: its header cannot be, or counts more than the file can hold, which is seen before it is read; or as
            its blocks are gone through: cut short, longer than the header says, or labels that are no text.
    """
    repairs.place = "point"
    reading.refuse_columns(path)
    start = handle.read(_HEADER)
    shape = header(start)
    assert shape is not None, "told by its header"
    handle.seek(header_end(start))
    points, dimensions = shape
    if not 0 < 4 * dimensions <= _LONGEST:
        raise SpaceError(f"{path}: its header says {dimensions:,} values a point, which cannot be; get it again")
    most = _room(handle, dimensions)
    if most < min(points, reading.limit or points):
        message = f"the file ends after at most {most:,} points of the {points:,} that its header says"
        _refuse(message, "header", repairs)
    blocks = _points(handle, shape, reading, repairs)
    return Contents(blocks, "word2vec-binary", points=points if most == math.inf else int(min(points, most)))


def _room(handle: IO[bytes], dimensions: int) -> float:
    """How many points the rest of a file can hold: a label and the space behind it take a byte at the least.

    Infinite where it is compressed, and so of unknown size.
    """
    if not isinstance(handle, io.BufferedReader):
        return math.inf
    return (os.fstat(handle.fileno()).st_size - handle.tell()) // (1 + 4 * dimensions)


def _refuse(message: str, kind: str, repairs: Repairs) -> None:
    """A fault that is met again, and counted, where it is repaired."""
    if not repairs.repair:
        repairs.meet(kind, None, message, advice="is it complete? Get it again")


def _points(handle: IO[bytes], shape: tuple[int, int], reading: Reading, repairs: Repairs) -> Iterator[Block]:
    points, dimensions = shape
    codec = codec_of(reading.encoding or "utf-8")
    most = math.inf if reading.limit is None else reading.limit
    # A header that counts wrong is mended by the points that are there.
    count = most if repairs.repair else min(most, points)
    size = 4 * dimensions
    chunks = _chunks(handle, max(_BLOCK, size))
    buffer, at, done = b"", 0, 0
    while done < count:
        more = next(chunks, b"")
        buffer, at = buffer[at:] + more, 0
        labels, rows = [], []
        find, view, last = buffer.find, memoryview(buffer), len(buffer) - size
        for _ in range(int(min(count - done, len(buffer)))):
            end = find(b" ", at) + 1
            if not 0 < end <= last:
                break
            labels.append(buffer[at : end - 1].lstrip(b"\n"))
            at = end + size
            rows.append(view[end:at])
        if labels:
            if not done:
                _refuse_garbage(labels, dimensions, codec, repairs)
            vectors = np.frombuffer(b"".join(rows), dtype="<f4").reshape(len(labels), dimensions)
            yield Block(_texts(labels, done, codec, repairs), vectors, np.arange(done + 1, done + 1 + len(labels)))
            done += len(labels)
        elif not more:
            break
    rest = (buffer[at:] + next(chunks, b"")).strip(b"\n") if done < most else b""
    if rest and done < count:
        message = f"ends within point {done + 1:,} of {points:,}"
        repairs.meet("cut", done + 1, message, advice="is it complete? Get it again")
    elif rest:
        message = f"goes on after the {points:,} points of its header"
        repairs.meet("header", None, message, advice="mend the header")
    if done < most and done != points and not repairs.met("cut"):
        message = f"points: {points:,} by the header, {done:,} in the file"
        repairs.meet("header", None, message, advice="is it complete? Get it again")


def _chunks(handle: IO[bytes], size: int) -> Iterator[bytes]:
    """The rest of a file. What was read of a large one gives up its place among the pages that the system keeps of
    files, which would be taken from what is made of it: that is then written twice as fast.
    """
    file = handle.fileno() if isinstance(handle, io.BufferedReader) and hasattr(os, "posix_fadvise") else None
    while chunk := handle.read(size):
        if file is not None:
            os.posix_fadvise(file, handle.tell() - len(chunk), len(chunk), os.POSIX_FADV_DONTNEED)
        yield chunk


def _refuse_garbage(labels: list[bytes], dimensions: int, codec: str, repairs: Repairs) -> None:
    """Raises:
    SpaceError: of the first labels, too many are no text for a file that is what its header says.
    """
    bad = sum(not _is_text(label, codec) for label in labels)
    if bad > 2 and bad * 4 > len(labels):
        raise SpaceError(
            f"{repairs.path}: {bad:,} of its first {len(labels):,} labels are no text: its points do not have the "
            f"{dimensions:,} values that its header says, or it is damaged; get it again"
        )


def _is_text(label: bytes, codec: str) -> bool:
    try:
        text = label.decode(codec)
    except UnicodeDecodeError:
        return False
    return bool(text) and not re.search(r"[\x00-\x1f]", text)


def _texts(labels: list[bytes], before: int, codec: str, repairs: Repairs) -> list[str]:
    try:
        # A label holds no space, so a whole block is decoded at once.
        text = b" ".join(labels).decode(codec)
        texts = text.split(" ")
        if "\0" not in text and len(texts) == len(labels):
            return texts
    except UnicodeDecodeError:
        pass
    return [text_of(label, before + row, repairs, codec) for row, label in enumerate(labels, 1)]


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

    repairs.place = "point"
    reading.refuse_columns(path)
    with scratch_folder() as folder:
        # gensim opens by name and decompresses by ending, so it is given a plain copy of what is compressed.
        plain = path
        if not isinstance(handle, io.BufferedReader) or path.suffix in (".gz", ".bz2", ".xz"):
            plain = folder / "model.bin"
            with open(plain, "wb") as copy:
                shutil.copyfileobj(handle, copy)
        with open(plain, "rb") as walked:
            _check_fasttext(path, walked, plain.stat().st_size, repairs)
        try:
            model = load_facebook_vectors(str(plain))
        except Exception as error:  # whatever a damaged file makes its reader trip over
            reason = str(error) or type(error).__name__
            raise SpaceError(f"{path}: not a fastText model that gensim can read ({reason})") from None
    labels = model.index_to_key[: reading.limit]
    counts = np.array([model.get_vecattr(label, "count") for label in labels])
    return Contents(one_block(labels, model.vectors[: len(labels)], {"count": counts}), "fasttext", points=len(labels))


def _check_fasttext(path: Path, handle: IO[bytes], size: int, repairs: Repairs) -> None:
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
        text_of(bytes(word), number, repairs)  # gensim writes escapes as well
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
