"""Vectors as bytes: word2vec's binary format, and fastText's .bin models."""

import codecs
import io
import math
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

_BLOCK = 8 << 20


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
    labels: list[str] = []
    values = bytearray()
    buffer, at = b"", 0
    done = 0
    while done + len(labels) < count:
        end = buffer.find(b" ", at)
        if end < 0 or end + 1 + size > len(buffer):
            if labels:
                yield _block(labels, values, dimensions, done)
                done, labels, values = done + len(labels), [], bytearray()
            more = handle.read(_BLOCK)
            if not more:
                message = f"ends within point {done + 1:,} of {points:,}"
                repairs.meet("cut", None, message, advice="is it complete? Get it again")
                return
            buffer, at = buffer[at:] + more, 0
            continue
        label = buffer[at:end].lstrip(b"\n")
        try:
            labels.append(label.decode("utf-8"))
        except UnicodeDecodeError:
            number = done + len(labels) + 1
            repairs.meet("not text", number, f"the label {label[:40]!r} is not UTF-8", excerpt=repr(label[:40])[2:-1])
            labels.append(label.decode("utf-8", "backslashreplace"))
        values += buffer[end + 1 : end + 1 + size]
        at = end + 1 + size
    if labels:
        yield _block(labels, values, dimensions, done)
    if (limit or math.inf) > points and (buffer[at:] + handle.read(64)).strip(b"\n"):
        message = f"goes on after the {points:,} points of its header"
        repairs.meet("header", None, message, advice="mend the header")


def _block(labels: list[str], values: bytearray, dimensions: int, before: int) -> Block:
    vectors = np.frombuffer(values, dtype="<f4").reshape(len(labels), dimensions)
    return Block(labels, vectors, np.arange(before + 1, before + 1 + len(labels)))


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
