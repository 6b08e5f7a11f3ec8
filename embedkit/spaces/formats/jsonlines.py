"""Tables as JSON: an object a line, an array of objects, or what pandas and services of embeddings write."""

import json
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from embedkit.errors import SpaceError
from embedkit.files import parse_json
from embedkit.shortage import may_use_threads
from embedkit.spaces.formats.contents import Contents, also_left_out
from embedkit.spaces.formats.json_tables import table_of_value
from embedkit.spaces.formats.parquet import contents_guarded, unreadable
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.tables.frame import flattened, frame_in_memory, is_nested
from embedkit.spaces.tables.points import contents_of_frame
from embedkit.spaces.tables.values import is_list, is_struct
from embedkit.spaces.tables.vectors import is_vectors

if TYPE_CHECKING:
    import pyarrow as pa

_START = re.compile(
    rb'\s*(\{\s*"|\[\s*\{|\[\s*\[\s*[-0-9"\[{]'  # an object, or an array of objects or arrays
    rb'|\["[^"\n]*"\s*,\s*[-0-9"\[{]|\[\s*-?[0-9][0-9.eE+-]*\s*,)'  # or of a text or number and more
)
_BLOCK = 32 << 20


def is_json(start: bytes) -> bool:
    return _START.match(start.removeprefix(b"\xef\xbb\xbf")) is not None


def read_json(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """Raises:
    SpaceError: not JSON, or no table with vectors.
    """
    table, left_out = table_of_json(path, handle)
    try:
        contents = contents_of_frame(path, frame_in_memory(table, spelled=True), reading, repairs, format="json")
    except UnicodeDecodeError as error:
        raise unreadable(path, error, "JSON") from None
    return contents_guarded(path, also_left_out(contents, path.name, left_out), "JSON")


def table_of_json(path: Path, handle: IO[bytes]) -> tuple["pa.Table", dict[str, str]]:
    """What a file of JSON holds as a table, and by its name what could not be part of it.

    Raises:
        SpaceError: not JSON, or no table.
    """
    import pyarrow as pa

    start = handle.read(1 << 16).lstrip()
    handle.seek(0)
    table = None if start.startswith(b"[") or _has_word_per_line(start) else _by_arrow(handle)
    if table is not None and not _wraps_rows(table):
        return table, {}
    handle.seek(0)
    try:
        return table_of_value(path, _records(path, handle.read()))
    except (pa.ArrowException, OverflowError) as error:
        raise SpaceError(f"{path}: its objects are no rows of a table ({str(error).splitlines()[0]})") from None


def _wraps_rows(table: "pa.Table") -> bool:
    """Whether the vectors of a table stand in lists of several records a row, as in the responses of a service."""
    if not any(is_nested(field.type) for field in table.schema):
        return False
    kinds = [field.type for field in flattened(table).schema]
    return any(is_list(kind) and is_struct(kind.value_type) for kind in kinds) and not any(map(is_vectors, kinds))


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
