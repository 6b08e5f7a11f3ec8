"""Tables as JSON: an object a line, an array of objects, or what pandas and services of embeddings write."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from embedkit.errors import SpaceError
from embedkit.files import parse_json
from embedkit.shortage import may_use_threads
from embedkit.spaces.formats.contents import Contents
from embedkit.spaces.formats.parquet import contents_guarded, unreadable
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.tables.frame import frame_in_memory
from embedkit.spaces.tables.points import contents_of_frame

if TYPE_CHECKING:
    import pyarrow as pa

_START = re.compile(
    rb'\s*(\{\s*"|\[\s*\{|\[\s*\[\s*[-0-9"\[{]'  # an object, or an array of objects or arrays
    rb'|\["[^"\n]*"\s*,\s*[-0-9"\[{]|\[\s*-?[0-9][0-9.eE+-]*\s*,)'  # or of a text or number and more
)
_BLOCK = 32 << 20
_LARGEST = 1 << 31  # bytes of one line


def is_json(start: bytes) -> bool:
    return _START.match(start.removeprefix(b"\xef\xbb\xbf")) is not None


def read_json(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """Raises:
    SpaceError: not JSON, or no table with vectors.
    """
    table = table_of_json(path, handle)
    try:
        contents = contents_of_frame(path, frame_in_memory(table), reading, repairs, format="json")
    except UnicodeDecodeError as error:
        raise unreadable(path, error, "JSON") from None
    return contents_guarded(path, contents, "JSON")


def table_of_json(path: Path, handle: IO[bytes]) -> "pa.Table":
    """Raises:
    SpaceError: not JSON, or no table.
    """
    import pyarrow as pa

    start = handle.read(1 << 16).lstrip()
    handle.seek(0)
    table = None if start.startswith(b"[") or _has_word_per_line(start) else _by_arrow(handle)
    if table is None:
        handle.seek(0)
        try:
            table = _table(path, _records(path, handle.read()))
        except (pa.ArrowException, OverflowError) as error:
            raise SpaceError(f"{path}: its objects are no rows of a table ({str(error).splitlines()[0]})") from None
    return table


def _by_arrow(handle: IO[bytes]) -> "pa.Table | None":
    """An object a line, read in parallel; None where Arrow does not read it or it is one object alone."""
    import pyarrow as pa
    import pyarrow.json

    try:
        options = pyarrow.json.ReadOptions(use_threads=may_use_threads(), block_size=_BLOCK)
        table = pyarrow.json.read_json(handle, read_options=options)
    except pa.ArrowException:
        return None
    return table if len(table) > 1 else None


def _has_word_per_line(start: bytes) -> bool:
    """Whether each line names its own point, `{"king": [0.1, …]}`; as a table that had a column a line."""
    try:
        first, second = (parse_json(line) for line in start.split(b"\n", 2)[:2])
    except ValueError:
        return False
    objects = isinstance(first, dict) and isinstance(second, dict) and len(first) == len(second) == 1
    return objects and first.keys() != second.keys()


def _records(path: Path, data: bytes) -> Any:
    """What a file of JSON holds: the one value, or those of its lines.

    Raises:
        SpaceError: it is not JSON, with the line.
    """
    text = data.decode("utf-8-sig", "replace")
    try:
        return parse_json(text)
    except json.JSONDecodeError as error:
        if "Extra data" not in error.msg:
            raise SpaceError(f"{path}:{error.lineno}: not JSON ({error.msg})") from None
    except ValueError as error:
        raise SpaceError(f"{path}: not JSON ({error})") from None
    records = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                records.append(parse_json(line))
            except ValueError as error:
                raise SpaceError(f"{path}:{number}: not JSON ({getattr(error, 'msg', error)})") from None
    return records


def _table(path: Path, value: Any) -> "pa.Table":
    """JSON as a table: objects are rows; one object of lists has columns; one of vectors by label has both."""
    import pyarrow as pa

    if isinstance(value, dict):
        value = _unpacked(value)
    if isinstance(value, dict):
        return pa.table({str(name): _array(list(column)) for name, column in value.items()})
    if not isinstance(value, list) or not value:
        raise SpaceError(f"{path}: no table: an array of objects is due, or an object a line")
    if all(isinstance(row, list) for row in value):
        return _of_arrays(path, value)
    for number, row in enumerate(value, 1):
        if not isinstance(row, dict):
            raise SpaceError(f"{path}: row {number:,} is no object")
    names = dict.fromkeys(str(name) for row in value for name in row)
    if len(value) > 1 and len(names) > 1 and all(len(row) == 1 for row in value):
        pairs = [pair for row in value for pair in row.items()]
        return pa.table({"label": [name for name, _ in pairs], "vector": _array([vector for _, vector in pairs])})
    return pa.table({name: _array([row.get(name) for row in value]) for name in names})


def _of_arrays(path: Path, rows: list[list[Any]]) -> "pa.Table":
    """A matrix as vectors; arrays of other values, such as `["a dog", [0.1, …]]`, as columns called by their numbers.

    Raises:
        SpaceError: the arrays are of several lengths and no vectors.
    """
    import pyarrow as pa

    odd = next((value for row in rows for value in row if not isinstance(value, int | float | None)), None)
    if odd is None:
        return pa.table({"vector": _array(rows)})
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise SpaceError(f"{path}: row {number:,}: {len(row):,} values where {len(rows[0]):,} are due")
    first = [str(value) for value in rows[0] if isinstance(value, str)]
    heading = len(first) == len(set(first)) == len(rows[0]) and any(not isinstance(value, str) for value in rows[-1])
    names = first if heading else [str(at + 1) for at in range(len(rows[0]))]
    below = rows[1:] if heading else rows
    return pa.table({name: _array([row[at] for row in below]) for at, name in enumerate(names)})


def _unpacked(value: Mapping[str, Any]) -> Any:
    """Rows or columns out of one object."""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        return [dict(zip(map(str, columns), row, strict=False)) for row in data]  # pandas, orient="split"
    rows = [
        each for each in value.values() if isinstance(each, list) and each and all(isinstance(r, dict) for r in each)
    ]
    if len(rows) == 1 and not any(isinstance(each, list) and each is not rows[0] for each in value.values()):
        return rows[0]  # {"data": [{"embedding": …}, …]}
    if all(isinstance(each, dict) for each in value.values()):
        columns_by_row = list(value.values())
        if all(each.keys() == columns_by_row[0].keys() for each in columns_by_row) and not _is_rows(value):
            return {name: list(column.values()) for name, column in value.items()}  # pandas, orient="columns"
        return [{"id": name, **row} for name, row in value.items()]  # pandas, orient="index"
    lists = [each for each in value.values() if isinstance(each, list)]
    if len(lists) == len(value) and all(isinstance(number, int | float) for each in lists for number in each[:3]):
        return {"label": list(value), "vector": lists}  # {"king": [0.1, …], …}
    if lists and len({len(each) for each in lists}) == 1 and len(lists) == len(value):
        return dict(value)
    return [dict(value)]


def _is_rows(value: Mapping[str, Any]) -> bool:
    """Whether an object of objects has a row in each, and not a column: some are not alike within."""
    first = next(iter(value.values()))
    return any(isinstance(each, list) for each in first.values()) and not all(
        isinstance(each, list) for each in first.values()
    )


def _array(values: list[Any]) -> "pa.Array":
    """Values as Arrow has them; what is of several types as texts."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        texts = [
            value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for value in values
        ]
        return pa.array(texts, pa.string())
