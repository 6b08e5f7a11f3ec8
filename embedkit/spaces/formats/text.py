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


def read_text(path: Path, handle: IO[bytes], *, limit: int | None, name: str | None, default: str) -> EmbeddingSpace:
    """Raises:
    SpaceError: not UTF-8, a row of another length, a label twice, a value that is not a finite number, a zero
        vector, or another number of rows than the header says; the line is named.
    """
    start = handle.readline()
    promised = header(start)
    handle.seek(0 if promised is None else len(start))
    line = 1 if promised is None else 2  # the number of the first line of a block
    dimensions = None if promised is None else promised[1]
    count = limit if promised is None else min(limit or promised[0], promised[0])
    labels: list[str] = []
    lines_of: list[int] = []
    parts: list[np.ndarray] = []
    for block in _blocks(handle):
        rows = [(line + i, row.rstrip(b" \t\r").replace(b"\t", b" ")) for i, row in enumerate(block)]
        line += len(block)
        rows = [(number, row) for number, row in rows if row]
        if promised and (limit or math.inf) > promised[0] and len(labels) + len(rows) > promised[0]:
            number = rows[promised[0] - len(labels)][0]
            raise SpaceError(f"{path}:{number}: more rows than the {promised[0]:,} of the header; mend the header")
        rows = rows if count is None else rows[: count - len(labels)]
        if dimensions is None and rows:
            dimensions = _guess_dimensions(row for _, row in rows)
        parts.append(_parse(path, rows, dimensions or 0, labels))
        lines_of += [number for number, _ in rows]
        if limit is not None and len(labels) == limit:
            break
    if promised and len(labels) < (count or 0):
        raise SpaceError(
            f"{path}:{line - 1}: the file ends after {len(labels):,} rows of the {promised[0]:,} that its header says; "
            "is it complete?"
        )
    if not labels:
        raise SpaceError(f"{path}: there are no vectors")
    _refuse_twice(path, labels, lines_of)
    vectors = np.concatenate(parts)
    zero = np.flatnonzero(~vectors.any(axis=1))
    if len(zero):
        more = f" (so are {len(zero) - 1:,} more)" if len(zero) > 1 else ""
        raise SpaceError(
            f"{path}:{lines_of[zero[0]]}: the vector of {labels[zero[0]]!r} is zero, which has no direction{more}; "
            "take it out"
        )
    return EmbeddingSpace(name or default, tuple(labels), vectors, provenance={"file": path.name, "format": "text"})


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


def _parse(path: Path, rows: list[tuple[int, bytes]], dimensions: int, labels: list[str]) -> np.ndarray:
    """Add the labels of (line number, row) to `labels`; return their vectors."""
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
        labels += b"\n".join(names).decode("utf-8").split("\n") if names else []
    except UnicodeDecodeError:
        raise _not_utf8(path, rows, names) from None
    vectors = _floats(b" ".join(numbers))
    if vectors is None or len(vectors) != len(rows) * dimensions:
        raise _not_numbers(path, rows, numbers, dimensions)
    table = vectors.reshape(len(rows), dimensions)
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        number, row = rows[int(np.argmin(finite))]
        raise SpaceError(f"{path}:{number}: a value of {_excerpt(row)} is not finite")
    return table


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


def _refuse_twice(path: Path, labels: list[str], lines_of: list[int]) -> None:
    first: dict[str, int] = {}
    for label, number in zip(labels, lines_of, strict=True):
        if first.setdefault(label, number) != number:
            raise SpaceError(f"{path}:{number}: the label {label!r} stands on line {first[label]} too; take one out")
