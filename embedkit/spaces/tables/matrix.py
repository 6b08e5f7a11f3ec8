"""The vectors of a table's rows as a matrix."""

from typing import TYPE_CHECKING, Any

import numpy as np

from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.tables.cells import numbers_of_cells, refuse_shortened
from embedkit.spaces.tables.values import strings
from embedkit.spaces.tables.vectors import Vectors, stored_lists

if TYPE_CHECKING:
    import pyarrow as pa


def matrix(batch: "pa.Table", vectors: Vectors, places: np.ndarray, repairs: Repairs) -> tuple[np.ndarray, np.ndarray]:
    """Some rows of a table → (n,) those of them that have a vector, (n, D) float32.

    Raises:
        SpaceError: a row has none, or one of another length, and is not to be repaired.
    """
    import pyarrow.compute as pc

    if vectors.form == "number":
        columns = np.empty((len(batch), vectors.dimensions), dtype=np.float32)
        with np.errstate(over="ignore"):
            for at, name in enumerate(vectors.names):
                columns[:, at] = _floats(batch[name])
        return np.arange(len(batch)), columns
    column = batch[vectors.names[0]]
    rows = np.flatnonzero(np.asarray(column.is_valid().to_numpy()))
    for row in np.flatnonzero(~np.asarray(column.is_valid().to_numpy())).tolist():
        repairs.meet("vector missing", int(places[row]), "the vector is missing")
    if vectors.form == "texts":
        return _of_texts(column, vectors, rows, places, repairs)
    lists = stored_lists(column)
    lists = lists.take(rows) if len(rows) < len(column) else lists
    lengths = pc.list_value_length(lists).to_numpy()
    uneven = np.flatnonzero(lengths != vectors.dimensions)
    for at in uneven.tolist():
        _meet_length(repairs, int(places[rows[at]]), int(lengths[at]), vectors.dimensions)
    if len(uneven):
        even = np.flatnonzero(lengths == vectors.dimensions)
        lists, rows = lists.take(even), rows[even]
    return rows, _floats(pc.list_flatten(lists)).reshape(len(rows), vectors.dimensions)


def _of_texts(
    column: "pa.ChunkedArray", vectors: Vectors, rows: np.ndarray, places: np.ndarray, repairs: Repairs
) -> tuple[np.ndarray, np.ndarray]:
    cells = strings(column)
    filled = [row for row in rows.tolist() if cells[row].strip()]
    for row in sorted(set(rows.tolist()) - set(filled)):
        repairs.meet("vector missing", int(places[row]), "the vector is missing")
    values, faults = numbers_of_cells([cells[row] for row in filled], vectors.dimensions)
    for at, length in faults.items():
        place, cell = int(places[filled[at]]), cells[filled[at]]
        if length is None:
            refuse_shortened(f"{repairs.where(place)}: the vector", cell)
            repairs.meet("not numbers", place, f"{cell[:40]!r} is no list of numbers", excerpt=cell[:40])
        else:
            _meet_length(repairs, place, length, vectors.dimensions)
    even = [at for at in range(len(filled)) if at not in faults]
    kept = values if len(even) == len(filled) else values[even]
    return np.array([filled[at] for at in even], dtype=np.int64), kept


def _meet_length(repairs: Repairs, place: int, values: int, due: int) -> None:
    repairs.meet("short" if values < due else "long", place, f"{values:,} values where {due:,} are due")


def _floats(values: Any) -> np.ndarray:
    """Numbers of any type → float32; NaN where one is missing."""
    import pyarrow as pa

    if pa.types.is_decimal(values.type) or values.null_count:
        values = values.cast(pa.float64(), safe=False)
    array = values.to_numpy() if isinstance(values, pa.ChunkedArray) else values.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        return np.asarray(array).astype(np.float32, copy=False)
