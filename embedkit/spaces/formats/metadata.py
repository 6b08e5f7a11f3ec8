"""Tables that stand beside vectors which have no labels: what is known of each, in a file of its own."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

from embedkit.errors import SpaceError
from embedkit.shortage import may_use_threads
from embedkit.spaces.formats.delimited import table_of_text
from embedkit.spaces.formats.encodings import as_utf8
from embedkit.spaces.formats.jsonlines import is_json, table_of_json
from embedkit.spaces.formats.label_file import listed_labels
from embedkit.spaces.formats.parquet import is_parquet, unreadable
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.tables.frame import flattened

if TYPE_CHECKING:
    import pyarrow as pa

_LOOK = 65_536


def metadata_table(path: Path, rows: int, encoding: str = "") -> "pa.Table | None":
    """A file's table with a heading and so many rows, such as a CSV; None where a text is none, but a list of labels.

    Raises:
        SpaceError: it cannot be read, or is no text and has another number of rows.
    """
    if listed_labels(path) is not None:
        return None
    try:
        with open(path, "rb") as handle:
            table = _binary(path, handle)
            if table is None:
                table = _text(path, handle, encoding)
                return table if table is not None and len(table) == rows else None
    except OSError as error:
        raise SpaceError(f"{path}: {error.strerror or error}") from None
    if len(table) != rows:
        raise SpaceError(f"{path}: a table of {len(table):,} rows for {rows:,} vectors; a row each is due")
    return table


def _binary(path: Path, handle: IO[bytes]) -> "pa.Table | None":
    import pyarrow as pa
    import pyarrow.parquet as pq

    start = handle.read(_LOOK)
    handle.seek(0)
    if is_parquet(start):
        try:
            return flattened(pq.ParquetFile(handle).read(use_threads=may_use_threads()))
        except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
            raise unreadable(path, error, ".parquet") from None
    if is_json(start):
        return flattened(table_of_json(path, handle)[0])
    return None


def _text(path: Path, handle: IO[bytes], encoding: str) -> "pa.Table | None":
    repairs = Repairs(path)
    try:
        text = as_utf8(handle, handle.read(_LOOK), encoding, repairs)
        return table_of_text(path, text, repairs)
    except SpaceError:
        return None  # labels with commas in them; what else is wrong is said when they are read
