"""Rows of text, a label and its numbers each, as points: a block at once, or one by one where something is odd."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from embedkit.shortage import may_use_threads
from embedkit.spaces.formats.contents import Block
from embedkit.spaces.formats.repairs import Repairs

NUMBER = re.compile(rb"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?|[-+]?(nan|inf|infinity)", re.IGNORECASE)
"""What is a number: as C's strtof has it, without its hexadecimal ones."""

_FRACTION = re.compile(rb"[-+]?([0-9]*\.[0-9]+|[0-9]+\.)(e[-+]?[0-9]+)?|[-+]?[0-9]+e[-+]?[0-9]+", re.IGNORECASE)
_WHOLE = re.compile(rb"[-+]?[0-9]+")
_WIDEST = 4_096  # dimensions up to which a column of its own for each is quicker
TRAIN_FIRST = "is it a text? its vectors are trained first: `embedkit train word2vec --corpus FILE`"
"""Advice on a row of which most is no number."""
_FEW = 32  # rows that are looked at one by one


@dataclass(frozen=True)
class Row:
    """A line of a file that is not blank, with its number."""

    line: int
    text: bytes

    @property
    def excerpt(self) -> str:
        return self.text[:40].decode("utf-8", "backslashreplace") + ("…" if len(self.text) > 40 else "")


def rows_of(piece: bytes, line: int) -> list[Row]:
    """The rows of some lines, the first of which has this number; tabs become spaces, blank lines are left out."""
    rows, at = [], 0
    for match in re.finditer(rb"[^\n]+", piece.replace(b"\t", b" ")):  # which is quick over many blank lines
        line += piece.count(b"\n", at, match.start())
        at = match.start()
        if text := match[0].rstrip(b" \r"):
            rows.append(Row(line, text))
    return rows


def fields(line: bytes) -> list[bytes]:
    """What white space parts."""
    return [field for field in re.split(rb"[ \t\r]+", line) if field]


def parse_block(piece: bytes, dimensions: int, line: int) -> Block | None:
    """Whole lines of a label, a space and as many numbers each, as points; None where any is otherwise.

    pyarrow reads them by column on all cores, to the nearest float32.

    Args:
        line: the number of the first.
    """
    if b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n")
    if b"\t" in piece:
        piece = piece.replace(b"\t", b" ")
    if piece[: piece.find(b"\n") + 1].endswith(b" \n"):  # word2vec itself ends each row with a space
        piece = piece.replace(b" \n", b"\n")
    if not piece.endswith(b"\n") or piece.startswith(b"\xef\xbb\xbf") or dimensions > _WIDEST:
        return None
    if b"\r" in piece or b"\0" in piece:
        return None
    table = _table(piece, dimensions, labelled=True)
    if table is None or len(table) != piece.count(b"\n"):
        return None
    vectors = np.empty((len(table), dimensions), dtype=np.float32)
    for dimension in range(dimensions):
        at = 0
        for chunk in table.column(dimension + 1).chunks:
            vectors[at : at + len(chunk), dimension] = chunk.to_numpy()
            at += len(chunk)
    labels = table.column(0).to_pylist()
    if "" in labels:
        return None
    return Block(labels, vectors, np.arange(line, line + len(labels)))


def parse_rows(rows: list[Row], dimensions: int, repairs: Repairs) -> Block | None:
    """The points of rows that are looked at one by one; None where there are none.

    Raises:
        SpaceError: one is malformed and is not to be repaired; its line is named.
    """
    sound, names, numbers = [], [], []
    for row in rows:
        parts = _parts(row.text, dimensions)
        if len(parts) <= dimensions or not parts[0]:
            _meet_short(row, parts, dimensions, repairs)
        elif too_long(row.text, dimensions, parts):
            last = parts[0].rsplit(b" ", 1)[-1].decode()
            message = f"more than {dimensions:,} values, or a label that ends in a number ({last})"
            repairs.meet("long", row.line, message, excerpt=row.excerpt)
        else:
            sound.append(row)
            names.append(parts[0])
            numbers.append(parts[1] if len(parts) == 2 else b" ".join(parts[1:]))
    vectors, kept = _vectors(sound, numbers, dimensions, repairs)
    if not kept:
        return None
    labels = _labels([sound[i] for i in kept], [names[i] for i in kept], repairs)
    places = np.array([sound[i].line for i in kept], dtype=np.int64)
    return Block(labels, vectors, places)


def too_long(row: bytes, dimensions: int, parts: list[bytes] | None = None) -> bool:
    """Whether what stands before the last D numbers of a row ends in one more number of their form.

    A label may end in a whole number ("route 66 0.1 0.2"), unless the row's own numbers are whole too.
    """
    label, *values = parts or _parts(row, dimensions)
    if b" " not in label:
        return False
    last = label.rsplit(b" ", 1)[-1]
    if _FRACTION.fullmatch(last):
        return True
    return _WHOLE.fullmatch(last) is not None and all(_WHOLE.fullmatch(value) for value in values)


def _parts(row: bytes, dimensions: int) -> list[bytes]:
    """A row's label and its last D fields; fewer where there are fewer."""
    if b"\x0b" in row or b"\x0c" in row:  # which bytes.rsplit takes for white space
        pieces = fields(row)
        label = pieces[: max(len(pieces) - dimensions, 0)]
        return [b" ".join(label), *pieces[len(label) :]] if label else pieces
    label_and_values = row.rsplit(None, dimensions)
    label_and_values[0] = label_and_values[0].lstrip(b" ")
    return label_and_values


def _meet_short(row: Row, parts: list[bytes], dimensions: int, repairs: Repairs) -> None:
    if len(parts) == dimensions and all(NUMBER.fullmatch(part) for part in parts):
        message = f"{dimensions:,} values without a label before them"
        repairs.meet("label missing", row.line, message, excerpt=row.excerpt)
    else:
        message = f"{len(parts) - 1:,} values where {dimensions:,} are due"
        repairs.meet("short", row.line, message, excerpt=row.excerpt)


def _vectors(rows: list[Row], numbers: list[bytes], dimensions: int, repairs: Repairs) -> tuple[np.ndarray, list[int]]:
    """The numbers of the rows that have numbers alone, and which rows these are."""
    values = _floats(b"\n".join(numbers).replace(b" ", b"\n"))
    if values is not None and len(values) == len(rows) * dimensions:
        return values.reshape(len(rows), dimensions), list(range(len(rows)))
    if len(rows) > _FEW:
        half = len(rows) // 2
        first, kept = _vectors(rows[:half], numbers[:half], dimensions, repairs)
        second, more = _vectors(rows[half:], numbers[half:], dimensions, repairs)
        return np.concatenate([first, second]), kept + [half + row for row in more]
    vectors, kept = np.empty((len(rows), dimensions), dtype=np.float32), []
    for i, (row, text) in enumerate(zip(rows, numbers, strict=True)):
        fields = text.split(b" ")
        wrong = next((field for field in fields if not NUMBER.fullmatch(field)), None)
        if wrong is not None:
            shown = wrong[:30].decode("utf-8", "backslashreplace")
            message = f"{row.excerpt!r} does not end in {dimensions:,} numbers: {shown!r} is none"
            prose = len(fields) > 3 and 2 * sum(NUMBER.fullmatch(field) is not None for field in fields) < len(fields)
            repairs.meet("not numbers", row.line, message, excerpt=row.excerpt, advice=TRAIN_FIRST if prose else "")
            continue
        with np.errstate(over="ignore"):  # what is too large is not finite, and is met as that
            vectors[len(kept)] = np.array([float(field) for field in fields])
        kept.append(i)
    return vectors[: len(kept)], kept


def _labels(rows: list[Row], names: list[bytes], repairs: Repairs) -> list[str]:
    text = b"\n".join(names)
    try:
        if b"\0" not in text:
            return text.decode("utf-8").split("\n")  # a label holds no line end
    except UnicodeDecodeError:
        pass
    return [text_of(name, row.line, repairs) for row, name in zip(rows, names, strict=True)]


def text_of(name: bytes, place: int, repairs: Repairs, codec: str = "utf-8") -> str:
    """A label that is text, or with its bytes or its NUL as escapes.

    Raises:
        SpaceError: it is no text and is not to be repaired.
    """
    try:
        label = name.decode(codec)
    except UnicodeDecodeError:
        message = f"the label {name[:40]!r} is not {codec.upper()}"
        excerpt = name[:40].decode(codec, "backslashreplace")
        advice = "name its encoding by --encoding, such as latin-1"
        repairs.meet("not text", place, message, excerpt=excerpt, advice=advice)
        label = name.decode(codec, "backslashreplace")
    if "\0" in label:
        escaped = label.replace("\0", "\\x00")
        repairs.meet("control", place, f"the label '{escaped[:40]}' holds a NUL", excerpt=escaped[:40])
        label = escaped
    return label


def _floats(text: bytes) -> np.ndarray | None:
    """The numbers of a text, one a line; None where something in it is none."""
    if not text:
        return np.empty(0, dtype=np.float32)
    table = _table(text, 1, labelled=False)
    return None if table is None else table.column(0).to_numpy()


def _table(text: bytes, dimensions: int, *, labelled: bool) -> Any:
    """Columns of float32, with one of labels before them; None where a row or a value is otherwise."""
    import pyarrow as pa
    from pyarrow import csv

    try:
        return csv.read_csv(pa.py_buffer(text), **_options(dimensions, labelled))
    except pa.ArrowInvalid:
        return None


@cache
def _options(dimensions: int, labelled: bool) -> dict[str, Any]:
    import pyarrow as pa
    from pyarrow import csv

    names = [str(dimension) for dimension in range(-labelled, dimensions)]
    types = dict.fromkeys(names, pa.float32()) | ({names[0]: pa.string()} if labelled else {})
    return {
        "read_options": csv.ReadOptions(use_threads=may_use_threads(), column_names=names, block_size=1 << 20),
        "parse_options": csv.ParseOptions(
            delimiter=" ", quote_char=False, double_quote=False, escape_char=False, ignore_empty_lines=False
        ),
        "convert_options": csv.ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False),
    }
