"""Spaces out of what stands in memory: tables of pandas, polars and pyarrow, arrays by name, and arrays with labels."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.formats.contents import gather
from embedkit.spaces.formats.npy import arrow_column, contents_of_matrix, refuse_no_matrix
from embedkit.spaces.formats.parquet import free_name
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import Reading, ReadingOptions, reading_of
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.tables.frame import frame_in_memory
from embedkit.spaces.tables.naming import noun_of_labels
from embedkit.spaces.tables.points import contents_of_frame

if TYPE_CHECKING:
    import pyarrow as pa


def is_table(value: object) -> bool:
    """Whether `space_from_table` takes a value: it offers itself by the Arrow interface, or is arrays by name."""
    return hasattr(value, "__arrow_c_stream__") or isinstance(value, Mapping)


def space_from_table(table: Any, *, name: str = "table", **options: Unpack[ReadingOptions]) -> EmbeddingSpace:
    """The points of a table in memory, a row each, read as a file of the same content is.

    Args:
        table: a frame of pandas or polars, a table of pyarrow, whatever has the Arrow interface `__arrow_c_stream__`;
            or a mapping of names to arrays and lists, of which one may be a matrix. A pandas index that is not numbers
            alone is a column.
        name: of the space, and of the table in errors.
        options: what its columns mean: the attributes of `Reading`.

    Raises:
        UsageError: there is no such option or column, or it is no table.
        SpaceError: no column holds vectors, or several may be meant; a row is faulty and is not to be repaired.
    """
    reading = reading_of(options)
    repairs = Repairs(Path(name), repair=reading.repair)
    frame = frame_in_memory(_arrow_table(table))
    contents = contents_of_frame(Path(name), frame, reading, repairs, format="table")
    return gather(_in_memory(contents), reading, repairs, name=name)


def space_from_vectors(
    vectors: Any,
    labels: Iterable[Any] | None = None,
    columns: Any = None,
    *,
    name: str = "vectors",
    repair: bool = False,
    limit: int | None = None,
    noun: str = "",
) -> EmbeddingSpace:
    """The points of a matrix.

    Args:
        vectors: (N, D) numbers, anything that numpy makes an array of.
        labels: N, of which those that come again are numbered, "hello (2)"; by default what the columns say, else
            "row 1", "row 2", ….
        columns: what else is known of each point: a table as `space_from_table` takes it.
        repair, limit, noun: as in `Reading`.

    Raises:
        SpaceError: the vectors are no matrix of real numbers, or labels or columns are of another length.
    """
    plain = reading = Reading(repair=repair, limit=limit, noun=noun)
    repairs = Repairs(Path(name), repair=repair)
    matrix = np.asarray(vectors)
    refuse_no_matrix(name, matrix)
    names = None if labels is None else [str(label) for label in labels]
    if names is not None and len(names) != len(matrix):
        raise SpaceError(f"{name}: {len(names):,} labels for {len(matrix):,} vectors")
    if columns is None:
        contents = contents_of_matrix(Path(name), matrix, reading, repairs, format="array", labels=names)
        return gather(_in_memory(contents), reading, repairs, name=name)
    table = _arrow_table(columns)
    if len(table) != len(matrix):
        raise SpaceError(f"{name}: {len(table):,} rows of columns for {len(matrix):,} vectors")
    vector = free_name("vector", table.column_names)
    table = table.append_column(vector, arrow_column(matrix))
    if names is not None:
        text = free_name("label", table.column_names)
        table = table.append_column(text, arrow_column(np.array(names, dtype=object)))
        reading = replace(reading, text=text)
    reading = replace(reading, vector=vector)
    contents = contents_of_frame(Path(name), frame_in_memory(table), reading, repairs, format="array")
    kind = contents.noun if names is None else noun_of_labels(names)
    return gather(_in_memory(replace(contents, noun=kind)), plain, repairs, name=name)


def _in_memory(contents: Any) -> Any:
    """The same; it comes from no file."""
    return replace(contents, provenance={"format": contents.format, "noun": contents.noun})


def _arrow_table(table: Any) -> "pa.Table":
    import pyarrow as pa

    try:
        if type(table).__module__.split(".")[0] == "pandas":
            return _of_pandas(table)
        if hasattr(table, "__arrow_c_stream__"):
            return pa.table(table)
        if isinstance(table, Mapping):
            columns = {str(name): _column(str(name), values) for name, values in table.items()}
            lengths = {name: len(column) for name, column in columns.items()}
            if len(set(lengths.values())) > 1:
                raise SpaceError("columns of several lengths: " + ", ".join(f"{n} {v:,}" for n, v in lengths.items()))
            return pa.table(columns)
    except (pa.ArrowException, OverflowError) as error:
        raise SpaceError(f"this is no table that Arrow reads ({str(error).splitlines()[0]})") from None
    raise UsageError(
        f"{type(table).__name__} is no table: take a frame of pandas or polars, a table of pyarrow, or arrays by name"
    )


def _of_pandas(frame: Any) -> "pa.Table":
    """A frame with its index, where that is more than the numbers of rows. Objects of several types are texts."""
    import pyarrow as pa

    if type(frame).__name__ == "Series":
        frame = frame.to_frame()
    index = frame.index
    if type(index).__name__ != "RangeIndex" or (index.start, index.step) != (0, 1):
        named = [name or f"__index_level_{at}__" for at, name in enumerate(index.names)]
        frame = frame.rename_axis(
            index=[free_name(str(name), list(map(str, frame.columns))) for name in named]
        ).reset_index()
    columns = []
    for at in range(frame.shape[1]):
        series = frame.iloc[:, at]
        try:
            columns.append(pa.array(series, from_pandas=True))
        except (pa.ArrowException, OverflowError):
            columns.append(_column(str(frame.columns[at]), [None if _is_missing(v) else v for v in series.tolist()]))
    return pa.table(columns, names=[str(name) for name in frame.columns])


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _column(name: str, values: Any) -> Any:
    """Values as Arrow has them; what is of several types as texts."""
    import pyarrow as pa

    if hasattr(values, "__arrow_c_array__") or hasattr(values, "__arrow_c_stream__"):
        return pa.chunked_array(values) if hasattr(values, "__arrow_c_stream__") else pa.array(values)
    if isinstance(values, np.ndarray) and values.dtype != object:
        if values.ndim not in (1, 2):
            raise SpaceError(
                f"column {name!r} is an array of shape {values.shape}; one value or one vector a row is due"
            )
        if values.ndim == 2 or values.dtype.kind == "c":
            refuse_no_matrix(f"column {name!r}", values)
        return arrow_column(values)
    if hasattr(values, "detach") and hasattr(values, "numpy"):  # a tensor of torch
        return _column(name, np.asarray(values.detach().cpu()))
    values = list(values)
    if values and all(isinstance(value, np.ndarray) for value in values):
        values = [value.tolist() for value in values]
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())
