"""Parquet: tables of anybody's, and a space as one.

A space has columns `label`, `vector` and one for each column of its own; its name and provenance stand as JSON in the
schema's metadata under "embedkit".
"""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from embedkit.errors import SpaceError
from embedkit.files import parse_json, whole_file
from embedkit.shortage import may_use_threads
from embedkit.spaces.formats.contents import Block, Contents
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.tables.frame import HEAD, Frame, distinct, flattened, frame_in_memory, is_nested
from embedkit.spaces.tables.points import contents_of_frame

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = b"embedkit"
_BATCH = 16_384  # rows whose vectors are read at once


def write_parquet(space: EmbeddingSpace, path: Path) -> None:
    """A column of the space that is called "label" or "vector" keeps its name; labels and vectors then get another."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    vectors = pa.FixedSizeListArray.from_arrays(pa.array(space.vectors.ravel()), space.dimensions)
    label, vector = free_name("label", space.columns), free_name("vector", space.columns)
    table = {label: pa.array(space.labels, type=pa.string()), vector: vectors}
    for key, column in space.columns.items():
        table[key] = pa.array(column.tolist() if column.dtype.kind in "OU" else column)
    about: dict[str, Any] = {"name": space.name, "provenance": dict(space.provenance)}
    if (label, vector) != ("label", "vector"):
        about |= {"label": label, "vector": vector}
    text = json.dumps(about, ensure_ascii=False)
    with whole_file(path) as temporary:
        pq.write_table(pa.table(table).replace_schema_metadata({METADATA: text}), temporary)


def free_name(name: str, names: Collection[str]) -> str:
    """A name that stands not among these: "label", else "label_", ….

    >>> free_name("label", {"label": 0})
    'label_'
    """
    while name in names:
        name += "_"
    return name


def is_parquet(start: bytes) -> bool:
    return start.startswith(b"PAR1")


def read_parquet(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """Raises:
    SpaceError: damaged, no vectors, a value missing, or vectors of several lengths; the row is named.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(handle)
        about = written_about(path, file.schema_arrow.metadata or {})
        frame = _frame(file, reading)
        contents = contents_of_frame(path, frame, reading, repairs, format="parquet", about=about)
        return contents_guarded(path, contents, ".parquet")
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        raise unreadable(path, error, ".parquet") from None


def contents_guarded(path: Path, contents: Contents, kind: str) -> Contents:
    """The same; what goes wrong while its blocks are made is an error of the file."""
    from dataclasses import replace

    import pyarrow as pa

    def blocks() -> Iterator[Block]:
        try:
            yield from contents.blocks
        except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
            raise unreadable(path, error, kind) from None

    return replace(contents, blocks=blocks())


def unreadable(path: Path, error: Exception, kind: str) -> SpaceError:
    if isinstance(error, UnicodeDecodeError):
        return SpaceError(f"{path}: {error.object[:40]!r} is not UTF-8; make it again")
    return SpaceError(
        f"{path}: not a readable {kind} ({str(error).splitlines()[0] if str(error) else error!r}); make it again"
    )


def _frame(file: Any, reading: Reading) -> Frame:
    import pyarrow as pa

    if reading.limit is not None and not reading.repair:
        return frame_in_memory(_first_rows(file, reading.limit), typed=False)
    schema = file.schema_arrow
    head = flattened(_first_rows(file, HEAD))
    if not _read_by_name(schema):
        return frame_in_memory(file.read(use_threads=may_use_threads()))

    def read(names: list[str]) -> "pa.Table":
        return flattened(file.read(columns=_roots(schema, names), use_threads=may_use_threads())).select(names)

    def batches(names: list[str]) -> "Iterator[pa.Table]":
        for batch in file.iter_batches(batch_size=_BATCH, columns=_roots(schema, names), use_threads=may_use_threads()):
            yield flattened(pa.Table.from_batches([batch])).select(names)

    return Frame(head, read, batches)


def _read_by_name(schema: "pa.Schema") -> bool:
    """Whether each column of the flattened table can be read alone: none is renamed there, and which there are does
    not hang on the rows, as with lists of records."""
    leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type)]
    names = [name for name, _ in leaves]
    return not any(is_nested(kind) for _, kind in leaves) and distinct(names) == [name.strip() for name in names]


def _leaves(name: str, kind: Any) -> Iterator[tuple[str, Any]]:
    """The columns that one becomes when it is flattened, with their types."""
    import pyarrow as pa

    if not pa.types.is_struct(kind):
        yield name, kind
        return
    for field in kind:
        yield from _leaves(f"{name}.{field.name}", field.type)


def _roots(schema: "pa.Schema", names: list[str]) -> list[str]:
    """The columns of a file that hold those of the flattened table."""
    return [
        root
        for root in schema.names
        if any(name.strip() == root.strip() or name.startswith(f"{root.strip()}.") for name in names)
    ]


def _first_rows(file: Any, limit: int) -> "pa.Table":
    import pyarrow as pa

    batches, rows = [], 0
    for batch in file.iter_batches(batch_size=min(limit, 65_536), use_threads=may_use_threads()):
        batches.append(batch)
        rows += len(batch)
        if rows >= limit:
            break
    return pa.Table.from_batches(batches, file.schema_arrow).slice(0, limit)


def written_about(path: Path, metadata: Mapping[bytes, bytes]) -> dict[str, Any] | None:
    """What the kit wrote beside a table; None where somebody else wrote it.

    Raises:
        SpaceError: it is damaged.
    """
    if METADATA not in metadata:
        return None
    try:
        about = parse_json(metadata[METADATA])
    except ValueError:
        about = None
    if not isinstance(about, dict) or not isinstance(about.get("provenance", {}), dict):
        raise SpaceError(f"{path}: its embedkit metadata is not a JSON object; make it again")
    return about
