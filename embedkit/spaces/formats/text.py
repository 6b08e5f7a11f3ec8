"""Vectors as text, a point a line: word2vec's format with its header, fastText's .vec, and GloVe's without.

2 3                     points and dimensions (word2vec and .vec only)
the 0.1 0.2 0.3
. . . 0.4 0.5 0.6       GloVe 840B has labels with spaces: a label is what stands before the last D numbers
"""

import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from embedkit.errors import SpaceError
from embedkit.files import whole_file
from embedkit.spaces.formats.contents import Block, Contents
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace

_BLOCK = 8 << 20  # bytes parsed at a time
_HEADER = re.compile(rb"\s*([0-9]+)[ \t]+([0-9]+)[ \t\r]*\n")


def header(start: bytes) -> tuple[int, int] | None:
    """Points and dimensions of word2vec's first line; None where the file begins with a vector."""
    first = _HEADER.match(start)
    return (int(first[1]), int(first[2])) if first else None


def is_text(start: bytes) -> bool:
    """Whether a file that begins so may hold vectors as text, which has no NUL."""
    return header(start) is not None or b"\0" not in start


def read_text(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """What is in a file of vectors as text.

    Raises:
        SpaceError: as its blocks are gone through: not UTF-8, a row of another length, a value that is no number, or
            another number of rows than the header says; the line is named.
    """
    start = handle.readline()
    promised = header(start)
    handle.seek(0 if promised is None else len(start))
    points = None if promised is None else promised[0]
    return Contents(_rows(path, handle, promised, reading.limit, repairs), "text", points=points)


def _rows(
    path: Path, handle: IO[bytes], promised: tuple[int, int] | None, limit: int | None, repairs: Repairs
) -> Iterator[Block]:
    line = 1 if promised is None else 2  # the number of the first line of a block
    dimensions = None if promised is None else promised[1]
    points = 0
    for lines in _blocks(handle):
        rows = [(line + i, row.rstrip(b" \t\r").replace(b"\t", b" ")) for i, row in enumerate(lines)]
        line += len(lines)
        rows = [(number, row) for number, row in rows if row]
        if promised and points <= promised[0] < points + len(rows) and (limit or math.inf) > promised[0]:
            number = rows[promised[0] - points][0]
            message = f"more rows than the {promised[0]:,} of the header"
            repairs.meet("header", number, message, advice="mend the header")
        if dimensions is None and rows:
            dimensions = _guess_dimensions(row for _, row in rows)
        if rows:
            yield _parse(path, rows, dimensions or 0)
        points += len(rows)
        if limit is not None and points >= limit:
            return
    if promised and points < promised[0]:
        message = f"the file ends after {points:,} rows of the {promised[0]:,} that its header says"
        repairs.meet("header", line - 1, message, advice="is it complete? Get it again")


def write_word2vec(space: EmbeddingSpace, path: Path) -> None:
    """Text with a header, nine significant digits, which give the same float32 again.

    Raises:
        SpaceError: a label is empty or holds white space, which this format cannot tell from a separator.
    """
    refuse_white_space(space)
    row = " ".join(["%.9g"] * space.dimensions)
    with whole_file(path) as temporary, open(temporary, "w", encoding="utf-8", newline="\n") as handle:
        handle.write(f"{len(space)} {space.dimensions}\n")
        for label, vector in zip(space.labels, space.vectors, strict=True):
            handle.write(f"{label} {row % tuple(vector.tolist())}\n")


def refuse_white_space(space: EmbeddingSpace) -> None:
    """Raises:
    SpaceError: a label cannot stand in a word2vec file.
    """
    for label in space.labels:
        if not label or re.search(r"\s", label):
            raise SpaceError(
                f"{space.name}: the label {label!r} is empty or holds white space, which word2vec files cannot; "
                "write .npz or .parquet"
            )


def _blocks(handle: IO[bytes]) -> Iterator[list[bytes]]:
    """Lines without their ends, some megabytes of them at a time; an end at the end of the file starts no line."""
    rest = b""
    while block := handle.read(_BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        yield lines
    if rest:
        yield [rest]


def _guess_dimensions(rows: Iterator[bytes]) -> int:
    """The most common number of spaces, since few labels hold one; each row of a block has a vote."""
    return Counter(row.count(b" ") for row in rows).most_common(1)[0][0]


def _parse(path: Path, rows: list[tuple[int, bytes]], dimensions: int) -> Block:
    """The points of (line number, row)."""
    names, numbers = [], []
    for number, row in rows:
        spaces = row.count(b" ")
        if spaces == dimensions:
            label, _, values = row.partition(b" ")
        elif spaces > dimensions:
            label, values = _split_from_right(row, dimensions)
        else:
            raise SpaceError(f"{path}:{number}: {spaces} values where {dimensions} are due")
        names.append(label)
        numbers.append(values)
    try:
        # A label holds no line end, so a whole block is decoded at once.
        labels = b"\n".join(names).decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise _not_utf8(path, rows, names) from None
    vectors = _floats(b" ".join(numbers))
    if vectors is None or len(vectors) != len(rows) * dimensions:
        raise _not_numbers(path, rows, numbers, dimensions)
    places = np.array([number for number, _ in rows], dtype=np.int64)
    return Block(labels, vectors.reshape(len(rows), dimensions), places)


def _split_from_right(row: bytes, dimensions: int) -> tuple[bytes, bytes]:
    label, *values = row.rsplit(b" ", dimensions)
    return label, b" ".join(values)


def _floats(text: bytes) -> np.ndarray | None:
    """The numbers in a text, or None where something in it is not one."""
    if not text:
        return np.empty(0, dtype=np.float32)
    with warnings.catch_warnings():
        # What is no number ends the parse with a warning, in some later numpy with a ValueError.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(text, dtype=np.float32, sep=" ")
        except (DeprecationWarning, ValueError):
            return None


def _not_utf8(path: Path, rows: list[tuple[int, bytes]], names: list[bytes]) -> SpaceError:
    for (number, _), label in zip(rows, names, strict=True):
        try:
            label.decode("utf-8")
        except UnicodeDecodeError:
            return SpaceError(f"{path}:{number}: the label {label!r} is not UTF-8; save the file as UTF-8")
    raise AssertionError("every label is UTF-8 by itself")


def _not_numbers(path: Path, rows: list[tuple[int, bytes]], numbers: list[bytes], dimensions: int) -> SpaceError:
    for (number, row), values in zip(rows, numbers, strict=True):
        parsed = _floats(values)
        if parsed is None or len(parsed) != dimensions:
            return SpaceError(f"{path}:{number}: {_excerpt(row)} does not end in {dimensions} numbers")
    raise AssertionError("every row is numbers by itself")


def _excerpt(row: bytes) -> str:
    return repr(row[:40].decode("utf-8", "replace") + ("…" if len(row) > 40 else ""))
