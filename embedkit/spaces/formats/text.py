"""Vectors as text, a point a line: word2vec's format with its header, fastText's .vec, and GloVe's without.

2 3                     points and dimensions (word2vec and .vec only)
the 0.1 0.2 0.3
. . . 0.4 0.5 0.6       GloVe 840B has labels with spaces: a label is what stands before the last D numbers
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from embedkit.errors import SpaceError
from embedkit.files import whole_file
from embedkit.spaces.formats.contents import Block, Contents
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.formats.rows import NUMBER, Row, fields, parse_block, parse_rows, rows_of, too_long
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace

_BLOCK = 8 << 20  # bytes parsed at a time
_LONGEST = 64 << 20  # bytes of a line
_LOOK = 1_000  # rows by which the layout of a file is told
_HEADER = re.compile(rb"[ \t\r\n]*([0-9]+)[ \t]+([0-9]+)[ \t\r]*\n")
_NEARLY_HEADER = re.compile(rb"[ \t\r\n]*[-+]?[0-9][0-9,._']*[ \t]+[-+]?[0-9][0-9,._']*[ \t\r]*(\n|$)")
_ENDS_IN_NUMBER = re.compile(rb"[ \t][-+]?[0-9.]+(e[-+]?[0-9]+)?[ \t\r]*$", re.IGNORECASE)


def header(start: bytes) -> tuple[int, int] | None:
    """Points and dimensions of word2vec's first line; None where the file begins with a vector."""
    first = _HEADER.match(start)
    return (int(first[1][:30]), int(first[2][:30])) if first else None


def header_end(start: bytes) -> int:
    """How many bytes the header takes, empty lines before it included; 0 where there is none."""
    first = _HEADER.match(start)
    return first.end() if first else 0


def holds_rows(text: bytes) -> bool:
    """Whether most lines of a piece of a file, whose last may be cut, end in a number, as rows of text do."""
    *lines, last = text.split(b"\n")
    lines = [line[-64:] for line in lines if line.strip()] or [last[-64:]]
    return sum(_ENDS_IN_NUMBER.search(line) is not None for line in lines) * 2 >= len(lines)


def is_text(start: bytes) -> bool:
    """Whether a file that begins so may hold vectors as text: it has no NUL, or it has rows."""
    return header(start) is not None or b"\0" not in start or holds_rows(start)


def read_text(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """What is in a file of vectors as text.

    Raises:
        SpaceError: there are no vectors in it; or as its blocks are gone through: not UTF-8, a row of another length, a
            value that is no number, or another number of rows than the header says; the line is named.
    """
    repairs.place = "line"
    reading.refuse_columns(path)
    pieces = _pieces(path, handle)
    first = next(pieces, b"")
    layout = _layout(first, repairs)
    blocks = _blocks(layout, first[layout.skipped :], pieces, reading.limit, repairs)
    # A file of text has at least two characters a value, so a header that says more is not believed.
    most = path.stat().st_size // (2 * max(layout.dimensions, 1)) if handle.seekable() and path.is_file() else 0
    points = layout.points if layout.points is not None and layout.points <= 16 * most else None
    return Contents(blocks, "text", points=points)


@dataclass(frozen=True)
class _Layout:
    """How a file of text begins: the bytes and lines before its first row, its dimensions, and its points by header."""

    skipped: int
    lines: int
    dimensions: int
    points: int | None


def _layout(start: bytes, repairs: Repairs) -> _Layout:
    """Raises:
    SpaceError: there are no vectors, or no labels; or the header counts wrong and is not to be repaired.
    """
    path = repairs.path
    head = _HEADER.match(start)
    points, promised = header(start) or (None, None)
    skipped = head.end() if head else 0
    rows = _sample(start[skipped:])
    values = _most_common(rows)
    if head and values == 1 != promised and points != len(rows) and all(row[0].isdigit() for row in rows):
        return _Layout(0, 0, 1, None)  # two numbers, as its other rows: "1999 5"
    if not head and values is not None and len(rows) > 1 and (near := _NEARLY_HEADER.match(start)):
        skipped = near.end()
        rows = _sample(start[skipped:])
        values = _most_common(rows)
        if values == 1:
            return _Layout(0, 0, 1, None)
        line = start[:skipped].strip().decode("ascii", "replace")
        message = f"{line!r} is no header: it is a number of rows and one of values, such as {len(rows)} {values}"
        repairs.meet("header", 1, message, excerpt=line, advice="mend it")
    if values == 0 or (rows and not any(re.search(rb"[0-9]|nan|inf", row[-1], re.IGNORECASE) for row in rows)):
        shown = rows[0][0][:40].decode("utf-8", "replace")
        raise SpaceError(f"{path}: there are no vectors in it, its rows are words alone, such as {shown!r}")
    dimensions = promised if promised is not None else values or 0
    unnamed = sum(len(row) == (promised or len(row)) and _numbers_alone(row) for row in rows)
    if rows and unnamed * 2 > len(rows) and len(rows) > 1:
        shown = b" ".join(rows[0][:3]).decode("ascii", "replace")
        message = f"there are no labels in it, its rows are numbers alone, such as '{shown} …'"
        advice = "take out its first line, and give" if head else "give"
        raise SpaceError(f"{path}: {message}; {advice} labels by --labels FILE, one a line")
    if head and rows and values is not None and values != promised:
        wrong = sum(len(row) <= dimensions or too_long(b" ".join(row), dimensions) for row in rows)
        if wrong * 2 > len(rows):
            message = f"its header says {dimensions:,} values a row and most rows have {values:,}"
            repairs.meet(
                "header", 1, message, excerpt=f"values a row: {dimensions:,} by the header, {values:,} in most"
            )
            dimensions = values
    if head and dimensions == 0:
        raise SpaceError(f"{path}: there are no vectors in it: its header says 0 values a row")
    return _Layout(skipped, start[:skipped].count(b"\n"), dimensions, points)


def _sample(start: bytes) -> list[list[bytes]]:
    """The fields of the first rows."""
    lines = start.split(b"\n", _LOOK)
    if len(lines) > 1:
        lines = lines[:-1]  # the rest, or a row that may be cut
    return [row for line in lines if (row := fields(line))]


def _most_common(rows: list[list[bytes]]) -> int | None:
    """The most common number of fields after the first, since few labels hold a space; each row has a vote."""
    return Counter(len(row) - 1 for row in rows).most_common(1)[0][0] if rows else None


def _numbers_alone(row: list[bytes]) -> bool:
    """Whether a row has no label: it begins with a fraction, which few labels are, and has numbers alone."""
    return b"." in row[0] and all(NUMBER.fullmatch(field) for field in row[:20])


def _pieces(path: Path, handle: IO[bytes]) -> Iterator[bytes]:
    """The text some megabytes at a time, each up to a line's end but the last, which may have none.

    Line ends of one carriage return, as of old Macs, become the usual ones.

    Raises:
        SpaceError: a line is longer than a row can be.
    """
    rest: list[bytes] = []
    length = 0
    returns = None
    while block := handle.read(_BLOCK):
        returns = b"\r" in block and b"\n" not in block if returns is None else returns
        block = block.replace(b"\r", b"\n") if returns else block
        end = block.rfind(b"\n") + 1
        if end:
            yield b"".join([*rest, block[:end]])
            rest, length = [], 0
        rest.append(block[end:])
        length += len(block) - end
        if length > _LONGEST:
            raise SpaceError(f"{path}: a line of more than {_LONGEST >> 20} MiB, which is no row of vectors")
    if tail := b"".join(rest):
        yield tail


def _blocks(
    layout: _Layout, first: bytes, pieces: Iterator[bytes], limit: int | None, repairs: Repairs
) -> Iterator[Block]:
    line = 1 + layout.lines  # the number of the first line of a piece
    dimensions, promised = layout.dimensions, layout.points
    points = 0
    piece: bytes | None = first
    while piece is not None:
        rows: list[Row] | None = None
        block = parse_block(piece, dimensions, line)
        if block is None:
            rows = rows_of(piece, line)
            if not piece.endswith(b"\n") and rows:
                rows = _without_cut(rows, dimensions, points, promised, repairs)
        count = len(block) if rows is None else len(rows)  # type: ignore[arg-type]
        if promised is not None and points <= promised < points + count and (limit is None or limit > promised):
            number = line + promised - points if rows is None else rows[promised - points].line
            if not repairs.repair:
                repairs.meet("header", number, f"more rows than the {promised:,} of the header", advice="mend it")
        if rows is not None:
            block = parse_rows(rows, dimensions, repairs)
        if block is not None and len(block):
            yield block
        points += count
        line += piece.count(b"\n")
        if limit is not None and points >= limit:
            return
        piece = next(pieces, None)
    if promised is not None and points != promised:
        message = f"the file ends after {points:,} rows of the {promised:,} that its header says"
        excerpt = f"rows: {promised:,} by the header, {points:,} in the file"
        last = max(line - 1, 1)
        repairs.meet("header", last, message, excerpt=excerpt, advice="is it complete? Get it again")


def _without_cut(rows: list[Row], dimensions: int, before: int, promised: int | None, repairs: Repairs) -> list[Row]:
    """The rows at the end of a file that ends without a line's end, without the last where it is cut.

    It may be cut within its last number where rows are missing after it.
    """
    last = rows[-1]
    missing = promised is not None and before + len(rows) < promised
    if not (len(fields(last.text)) <= dimensions or missing or repairs.met("broken")):
        return rows
    if repairs.met("broken"):
        return rows[:-1]
    message = f"the file ends within this row, which has {len(fields(last.text)) - 1:,} of {dimensions:,} values"
    if missing:
        message = f"the file ends within row {before + len(rows):,} of the {promised:,} that its header says"
    repairs.meet("cut", last.line, message, excerpt=last.excerpt, advice="is it complete? Get it again")
    return rows[:-1]


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
