"""Tables as text: CSV with commas, semicolons, tabs or bars, with a heading or without, and vectors alone."""

import codecs
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.shortage import may_use_threads
from embedkit.spaces.formats.contents import Contents
from embedkit.spaces.formats.dialect import Dialect, dialect_of, doubled, is_number, opening_quote
from embedkit.spaces.formats.npy import contents_of_matrix
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.formats.text import header
from embedkit.spaces.reading import Reading
from embedkit.spaces.tables.frame import HEAD, distinct, frame_in_memory
from embedkit.spaces.tables.points import contents_of_frame
from embedkit.spaces.tables.values import EMPTY, MISSING, is_string, number_pattern, numbers, typed_texts
from embedkit.spaces.tables.vectors import Vectors, choose_vectors, runs

if TYPE_CHECKING:
    import pyarrow as pa

_LOOK = 4 << 20  # bytes from which the dialect and what columns hold are told
_FRACTION = rb"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?"
_LABELLED = re.compile(
    rb"(?m)^([^,;\t|\"\n]*?[^,;\t|\"\n: ]):?[ \t]+"  # a label
    rb"(\"?\[[-+0-9.eE, ]*\]\"?|" + _FRACTION + rb"(?:,[-+0-9.eE]+)+)[ \t]*\r?$"  # and its numbers
)
_COMMENTS = re.compile(rb"(?:#.*\n)+")
_BLOCK = 16 << 20  # bytes that are parsed at once; a row may not be longer


def is_delimited(start: bytes) -> bool:
    """Whether a file that begins so is a table: not a label and its numbers parted by white space, as word2vec has."""
    if b"\0" in start or header(start) is not None:
        return False
    text = _decoded(start)
    if _vectors_alone(text) is not None or _are_labelled_vectors(text):
        return True
    dialect = dialect_of(text)
    if dialect is None:
        return False
    if dialect.heading is None and dialect.delimiter == "\t":
        # What word2vec's text is too, with tabs for spaces.
        numeric = [all(is_number(row[at]) for row in dialect.rows) for at in range(dialect.columns)]
        labels_with_spaces = any(" " in row[0].strip() for row in dialect.rows)
        return numeric[0] or not all(numeric[1:]) or labels_with_spaces or text.startswith('"')
    return True


def _decoded(start: bytes) -> str:
    return codecs.getincrementaldecoder("utf-8")("replace").decode(start).removeprefix("\ufeff")


def _vectors_alone(text: str) -> str | None:
    """What parts the numbers of a file that holds nothing else ("" for white space); None where there is more.

    Whole numbers at the start of rows of fractions are labels.
    """
    lines = [line.strip(" \t\r") for line in text.split("\n")[:50] if not line.startswith("#")]
    lines = [line for line in lines if line]
    lines = lines[:-1] if len(lines) > 1 and len(text) >= 1 << 15 else lines
    if len(lines) < 1:
        return None
    for delimiter in (",", "\t", ";", ""):
        rows = [line.split(delimiter) if delimiter else re.split(r"[ \t]+", line) for line in lines]
        if len(rows[0]) > 1 and all(len(row) == len(rows[0]) and all(map(is_number, row)) for row in rows):
            firsts = all(re.fullmatch(r"\d+", row[0].strip()) for row in rows)
            rest = all(re.fullmatch(r"\d+", cell.strip()) for row in rows for cell in row[1:])
            distinct_firsts = len({row[0] for row in rows}) == len(rows)
            return None if firsts and not rest and distinct_firsts else delimiter
    return None


def _are_labelled_vectors(text: str) -> bool:
    """Whether each line is a label and a vector with commas behind white space: "king 0.1,0.2", "king: [0.1, 0.2]"."""
    lines = [line.encode() for line in text.split("\n")[:50] if line.strip()]
    lines = lines[:-1] if len(lines) > 1 and len(text) >= 1 << 15 else lines
    return bool(lines) and all(map(_LABELLED.fullmatch, lines))


def read_delimited(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """The points of a table as text; rows are counted from the first below the heading.

    Raises:
        SpaceError: a row has more or fewer columns than the first, no column holds vectors, or several may be meant.
    """
    start = handle.read(_LOOK)
    handle.seek(0)
    text = _decoded(start)
    if _are_labelled_vectors(text):
        handle = io.BytesIO(_LABELLED.sub(rb"\1\t\2", handle.read()))
        start = handle.read(_LOOK)
        handle.seek(0)
        text = _decoded(start)
    alone = _vectors_alone(text)
    whole = len(start) < _LOOK
    dialect = dialect_of(text, whole=whole)
    repairs.place = "row"
    if alone is not None and (dialect is None or dialect.heading is None) and not reading.label and not reading.text:
        if not reading.labels:
            shown = " ".join(re.split(r"[\s,;]+", text.strip()[:400])[:3])
            raise SpaceError(
                f"{path}: there are no labels in it, its rows are numbers alone, such as '{shown} …'; "
                f"give labels by --labels FILE, one a line{_neighbour(path)}"
            )
        return contents_of_matrix(path, matrix_of(path, handle, alone), reading, repairs, format="delimited")
    if dialect is None:
        raise SpaceError(f"{path}: its rows have no common number of columns")
    if not dialect.rows:
        raise SpaceError(f"{path}: there are no rows below the heading")
    names = distinct(dialect.names)
    head = _head(dialect, names)
    vectors = None
    if not reading.encode_with:
        heading = dialect.heading is not None
        vectors = choose_vectors(str(path), head, reading.vector, heading=heading, aside=reading.named)
    table, places = _table(path, handle, dialect, names, vectors, repairs)
    frame = frame_in_memory(table, places=places, heading=dialect.heading is not None)
    return contents_of_frame(path, frame, reading, repairs, format="delimited")


def table_of_text(path: Path, handle: IO[bytes], repairs: Repairs) -> "pa.Table | None":
    """A table of text with a heading, whatever its columns hold; None where the text is none.

    Raises:
        SpaceError: a row has more or fewer columns than the first.
    """
    repairs.place = "row"
    start = handle.read(_LOOK)
    handle.seek(0)
    dialect = dialect_of(_decoded(start), whole=len(start) < _LOOK)
    if dialect is None or dialect.heading is None:
        return None
    return _table(path, handle, dialect, distinct(dialect.names), None, repairs)[0]


def _neighbour(path: Path) -> str:
    metadata = path.with_name("metadata.tsv")
    return f" (such as {metadata}), or name the folder {path.parent}" if metadata.is_file() else ""


def matrix_of(path: Path, handle: IO[bytes], delimiter: str) -> np.ndarray:
    """The numbers of a file that holds nothing else, a row a line."""
    import pyarrow as pa
    import pyarrow.csv

    if not delimiter:  # any white space
        handle = io.BytesIO(re.sub(rb"[ \t]+", b" ", re.sub(rb"(?m)^[ \t]+|[ \t\r]+$|^#.*\n", b"", handle.read())))
    elif match := _COMMENTS.match(handle.read(_LOOK)):
        handle.seek(match.end())
    else:
        handle.seek(0)
    try:
        table = pyarrow.csv.read_csv(
            handle,
            read_options=pyarrow.csv.ReadOptions(
                use_threads=may_use_threads(), autogenerate_column_names=True, block_size=_BLOCK
            ),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter or " "),
        )
        columns = [column.cast(pa.float32()).to_numpy() for column in table.columns]
    except pa.ArrowException as error:
        raise SpaceError(f"{path}: {_first_line(error)}") from None
    return np.stack(columns, axis=1)


def _head(dialect: Dialect, names: Sequence[str]) -> "pa.Table":
    """The first rows with the types that their values have."""
    import pyarrow as pa

    cells = zip(*dialect.rows[:HEAD], strict=True) if dialect.rows else ([] for _ in names)
    columns = [pa.chunked_array([pa.array(list(column), pa.string())]) for column in cells]
    typed = [typed_texts(column, dialect.decimal) for column in columns]
    typed = [_mostly_numbers(column, dialect.decimal) for column in typed]
    numeric = {name for name, column in zip(names, typed, strict=True) if not is_string(column.type)}
    for run in runs(names).values() if dialect.heading is not None else ():
        if len(run) >= 3 and 2 * len(numeric & set(run)) > len(run):
            # One dimension of several, of which few rows tell.
            of_run = [at for at, name in enumerate(names) if name in run]
            for at in of_run:
                typed[at] = _mostly_numbers(typed[at], dialect.decimal, share=0.5)
    return pa.table(typed, names=list(names))


def _mostly_numbers(column: "pa.ChunkedArray", decimal: str, *, share: float = 0.9) -> "pa.ChunkedArray":
    """A column of texts of which so many are numbers as such, without the others, which are faults."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not is_string(column.type):
        return column
    right = pc.match_substring_regex(column, number_pattern(decimal))
    present = len(column) - column.null_count
    if not present or pc.sum(right).as_py() < share * present:
        return column
    return numbers(pc.if_else(right, column, pa.scalar(None, column.type)), decimal)


def _table(
    path: Path,
    handle: IO[bytes],
    dialect: Dialect,
    names: Sequence[str],
    vectors: Vectors | None,
    repairs: Repairs,
) -> tuple["pa.Table", np.ndarray]:
    """All rows, with the vectors' columns as float32 and the others by what all of their values are; and their
    numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    dimensions = set(vectors.names) if vectors is not None and vectors.form == "number" else set()
    types = {name: pa.float32() if name in dimensions else pa.string() for name in names}
    try:
        table, places = _parsed(path, handle, dialect, names, types, repairs)
    except _NotNumbers:
        handle.seek(0)
        table, places = _parsed(path, handle, dialect, names, dict.fromkeys(names, pa.string()), repairs)
        table, places = _with_numbers(table, places, sorted(dimensions, key=list(names).index), dialect, repairs)
    columns = []
    for name in table.column_names:
        if vectors is not None and name in vectors.names:
            columns.append(table[name])
        else:
            texts = pc.utf8_trim_whitespace(table[name]) if dialect.spaced else table[name]
            columns.append(typed_texts(texts, dialect.decimal))
    return pa.table(columns, names=list(names)), places


class _NotNumbers(Exception):
    """A cell in a column of numbers is none."""


def _parsed(
    path: Path, handle: IO[bytes], dialect: Dialect, names: Sequence[str], types: dict[str, Any], repairs: Repairs
) -> tuple["pa.Table", np.ndarray]:
    import pyarrow as pa
    import pyarrow.csv

    if dialect.escaped:
        handle.seek(0)
        handle = io.BytesIO(doubled(handle.read(), dialect.delimiter))
    if dialect.quoted_behind_space:
        handle.seek(0)
        opening = opening_quote(dialect.delimiter).encode()
        handle = io.BytesIO(re.sub(opening, dialect.delimiter.encode() + b'"', handle.read()))
    _refuse_what_is_not_utf8(path, handle)  # which pyarrow would tell the handler of rows by an exception
    uneven: list[tuple[int | None, int, int]] = []

    def meet(row: Any) -> str:
        uneven.append((row.number, row.actual_columns, row.expected_columns))
        return "skip"

    block = _BLOCK
    quoted_ends, threads = dialect.quoted_ends, may_use_threads()
    while True:
        uneven.clear()
        handle.seek(0)
        try:
            table = pyarrow.csv.read_csv(
                handle,
                read_options=pyarrow.csv.ReadOptions(
                    use_threads=threads,
                    column_names=list(names),
                    skip_rows=dialect.skipped,
                    block_size=block,
                ),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=dialect.delimiter,
                    newlines_in_values=quoted_ends,
                    invalid_row_handler=meet,
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    column_types=types, decimal_point=dialect.decimal, strings_can_be_null=False
                ),
            )
        except pa.ArrowException as error:
            if "straddling" in str(error) and block < 1 << 30:
                block *= 8
                continue
            if "conversion error" in str(error):
                raise _NotNumbers from None
            raise SpaceError(f"{path}: {_first_line(error)}") from None
        if uneven and not quoted_ends and _may_hold_ends(handle):
            quoted_ends = True  # the first quoted end of line stood below what was looked at
        elif uneven and threads:
            threads = False  # only then rows have numbers
        else:
            break
    numbers_of_uneven = [(number or 0) - dialect.skipped for number, _, _ in uneven]
    for number, (_, actual, due) in zip(numbers_of_uneven, uneven, strict=True):
        repairs.meet("short" if actual < due else "long", number, f"{actual:,} columns where {due:,} are due")
    places = np.setdiff1d(np.arange(1, len(table) + len(uneven) + 1), numbers_of_uneven)
    return table, places


def _refuse_what_is_not_utf8(path: Path, handle: IO[bytes]) -> None:
    """Raises:
    SpaceError: a line is not UTF-8.
    """
    handle.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := handle.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_utf8(path, handle) from None


def _not_utf8(path: Path, handle: IO[bytes]) -> SpaceError:
    handle.seek(0)
    for number, line in enumerate(handle, 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            wrong = line[max(0, error.start - 20) : error.start + 20]
            return SpaceError(
                f"{path}:{number}: {wrong!r} is not UTF-8; name its encoding by --encoding, such as cp1252"
            )
    return SpaceError(f"{path}: not UTF-8; name its encoding by --encoding, such as cp1252")


def _may_hold_ends(handle: IO[bytes]) -> bool:
    """Whether a quoted text of a file goes over an end of line: some line has an odd number of quotes."""
    handle.seek(0)
    return any(line.count(b'"') % 2 for line in handle)


def _with_numbers(
    table: "pa.Table", places: np.ndarray, dimensions: Sequence[str], dialect: Dialect, repairs: Repairs
) -> tuple["pa.Table", np.ndarray]:
    """Columns of texts as numbers; a row where one is none is a fault."""
    import pyarrow as pa
    import pyarrow.compute as pc

    pattern = number_pattern(dialect.decimal).replace("(0|[1-9]\\d*)", "\\d+")
    odd: dict[int, str] = {}
    present = {}
    for name in dimensions:
        cells = pc.utf8_trim_whitespace(table[name])
        missing = pc.is_in(cells, pa.array([*EMPTY, *MISSING]))
        present[name] = pc.if_else(missing, pa.scalar(None, pa.string()), cells)
        right = pc.fill_null(pc.match_substring_regex(present[name], pattern), True)
        for row in np.flatnonzero(~np.asarray(right.to_numpy())).tolist():
            odd.setdefault(row, f"{cells[row].as_py()[:40]!r} in column {name!r} is no number")
    for row in sorted(odd):
        repairs.meet("not numbers", int(places[row]), odd[row])
    kept = np.setdiff1d(np.arange(len(table)), list(odd))
    for at, name in enumerate(table.column_names):
        if name in present:
            values = numbers(present[name].take(kept), dialect.decimal).cast(pa.float32(), safe=False)
            table = table.set_column(at, name, _padded(values, kept, len(table)))
    return table.take(kept), places[kept]


def _padded(values: "pa.ChunkedArray", kept: np.ndarray, rows: int) -> "pa.Array":
    import pyarrow as pa

    padded = np.zeros(rows, dtype=np.float32)
    padded[kept] = values.to_numpy()
    return pa.array(padded)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
