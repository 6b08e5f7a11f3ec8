"""A space as .parquet: columns `label`, `vector` and one for each column of the space; its name and provenance as JSON
in the schema's metadata under "embedkit"."""

import json
from pathlib import Path
from typing import IO, Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.files import whole_file
from embedkit.spaces.formats.contents import Contents, one_block
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading
from embedkit.spaces.space import EmbeddingSpace

_METADATA = b"embedkit"


def write_parquet(space: EmbeddingSpace, path: Path) -> None:
    """Raises:
    SpaceError: a column is named as the labels or the vectors are.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    vectors = pa.FixedSizeListArray.from_arrays(pa.array(space.vectors.ravel()), space.dimensions)
    table = {"label": pa.array(space.labels, type=pa.string()), "vector": vectors}
    for key, column in space.columns.items():
        if key in table:
            raise SpaceError(f"{space.name}: a column named {key!r} would stand twice in .parquet; rename it")
        table[key] = pa.array(column.tolist() if column.dtype.kind in "OU" else column)
    about = json.dumps({"name": space.name, "provenance": dict(space.provenance)}, ensure_ascii=False)
    with whole_file(path) as temporary:
        pq.write_table(pa.table(table).replace_schema_metadata({_METADATA: about}), temporary)


def is_parquet(start: bytes) -> bool:
    return start.startswith(b"PAR1")


def read_parquet(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """Raises:
    SpaceError: damaged, no such columns, a value missing, or vectors of several lengths; the row is named.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    repairs.place = "row"
    try:
        file = pq.ParquetFile(handle)
        missing = {"label", "vector"} - set(file.schema_arrow.names)
        if missing:
            has = ", ".join(file.schema_arrow.names)
            raise SpaceError(f"{path}: no column {sorted(missing)[0]!r}; it has {has}")
        table = _first_rows(file, reading.limit)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise SpaceError(f"{path}: not a readable .parquet ({error}); make it again") from None
    for key in ("label", "vector"):
        if table[key].null_count:
            row = table[key].is_null().to_numpy().argmax() + 1
            raise SpaceError(f"{path}: row {row:,}: the {key} is missing")
    about = _about(path, file.schema_arrow.metadata or {})
    try:
        labels = [str(label) for label in table["label"].to_pylist()]
    except UnicodeDecodeError as error:
        raise SpaceError(f"{path}: {error.object[:40]!r} is not UTF-8; make it again") from None
    columns = {key: _column(table[key]) for key in table.column_names if key not in ("label", "vector")}
    blocks = one_block(labels, _vectors(path, table["vector"]), columns)
    return Contents(
        blocks, "parquet", name=str(about.get("name", "")), provenance=about.get("provenance", {}), points=len(labels)
    )


def _first_rows(file: Any, limit: int | None) -> Any:
    import pyarrow as pa

    if limit is None:
        return file.read()
    batches, rows = [], 0
    for batch in file.iter_batches():
        batches.append(batch)
        rows += len(batch)
        if rows >= limit:
            break
    return pa.Table.from_batches(batches, file.schema_arrow).slice(0, limit)


def _about(path: Path, metadata: dict[bytes, bytes]) -> dict[str, Any]:
    try:
        about = json.loads(metadata.get(_METADATA, b"{}"))
    except ValueError:
        about = None
    if not isinstance(about, dict):
        raise SpaceError(f"{path}: its embedkit metadata is not a JSON object; make it again")
    return about


def _vectors(path: Path, column: Any) -> np.ndarray:
    """A column of lists of numbers → (N, D) float32."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        raise SpaceError(f"{path}: the column 'vector' holds {kind}, not lists of numbers")
    if not (pa.types.is_floating(kind.value_type) or pa.types.is_integer(kind.value_type)):
        raise SpaceError(f"{path}: the column 'vector' holds lists of {kind.value_type}, not of numbers")
    if not len(column):
        raise SpaceError(f"{path}: there are no vectors")
    lengths = pc.list_value_length(column).to_numpy()
    odd = np.flatnonzero(lengths != lengths[:1])
    if len(odd):
        raise SpaceError(f"{path}: row {odd[0] + 1:,}: {lengths[odd[0]]} values where {lengths[0]} are due")
    values = pc.list_flatten(column)
    if values.null_count:
        row = values.is_null().to_numpy().argmax() // lengths[0] + 1
        raise SpaceError(f"{path}: row {row:,}: a value of the vector is missing")
    return values.to_numpy().astype(np.float32).reshape(len(lengths), lengths[0])


def _column(column: Any) -> np.ndarray:
    values = column.to_numpy()
    return values.astype(np.str_) if values.dtype == object else values
