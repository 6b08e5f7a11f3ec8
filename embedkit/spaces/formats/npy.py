"""Arrays as numpy writes them: a matrix alone (.npy), or arrays by names of anybody's choice (.npz)."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.spaces.formats.archive import refuse_growth
from embedkit.spaces.formats.array_damage import DAMAGE, why
from embedkit.spaces.formats.contents import Block, Contents, also_left_out
from embedkit.spaces.formats.label_file import labels_for
from embedkit.spaces.formats.parquet import free_name
from embedkit.spaces.formats.repairs import Repairs
from embedkit.spaces.reading import AS_IT_IS, Reading
from embedkit.spaces.tables.frame import frame_in_memory
from embedkit.spaces.tables.naming import key_of, noun_of_labels
from embedkit.spaces.tables.points import contents_of_frame
from embedkit.spaces.tables.vectors import are_dimensions

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 16_384


def is_npy(start: bytes) -> bool:
    return start.startswith(b"\x93NUMPY")


def read_npy(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """A matrix, whose rows are named by a file of labels or by their numbers; or an array of records, a table.

    Raises:
        SpaceError: damaged, not a matrix of real numbers, or another number of labels.
    """
    try:
        if isinstance(handle, io.BufferedReader) and Path(handle.name).is_file():
            array: np.ndarray = np.lib.format.open_memmap(handle.name, mode="r")
        else:
            array = np.lib.format.read_array(handle, allow_pickle=False)
    except DAMAGE as error:
        raise SpaceError(f"{path}: {why(error, '.npy')}") from None
    if array.dtype.names:
        frame = frame_in_memory(_table(path, {name: array[name] for name in array.dtype.names}, reading)[0])
        return contents_of_frame(path, frame, reading, repairs, format="npy")
    refuse_no_matrix(str(path), array)
    return contents_of_matrix(path, array, reading, repairs, format="npy")


def contents_of_matrix(
    path: Path,
    array: np.ndarray,
    reading: Reading,
    repairs: Repairs,
    *,
    format: str,
    labels: list[str] | None = None,
) -> Contents:
    """The points of a matrix alone, by these labels, those of a file, or the numbers of their rows.

    Raises:
        SpaceError: there are no rows, or another number of labels.
    """
    repairs.place = "row"
    if not array.size:
        raise SpaceError(f"{path}: there are no vectors: the array is of shape {array.shape}")
    if labels is None and reading.labels:
        from embedkit.spaces.formats.metadata import metadata_table  # which reads vectors alone by this module

        table = metadata_table(Path(reading.labels), len(array), reading.encoding)
        if table is not None:
            return _described(path, array, table, reading, repairs, format=format)
        labels = labels_for(Path(reading.labels), len(array), str(path), encoding=reading.encoding)
    replace(reading, labels="").refuse_columns(path)
    taken = "" if labels else f"{path.name}: there are no labels; points are called by their rows, or by --labels FILE"

    def blocks() -> Iterator[Block]:
        for first in range(0, len(array), _BATCH):
            with np.errstate(over="ignore"):
                vectors = np.asarray(array[first : first + _BATCH]).astype(np.float32)
            places = np.arange(first + 1, first + 1 + len(vectors))
            names = [f"row {place}" for place in places.tolist()] if labels is None else labels[first : first + _BATCH]
            yield Block(names, vectors, places)

    return Contents(blocks(), format, noun=noun_of_labels(labels or ()), numbered=True, points=len(array), taken=taken)


def _described(
    path: Path, array: np.ndarray, table: "pa.Table", reading: Reading, repairs: Repairs, *, format: str
) -> Contents:
    """The points of a matrix, of each of which a row of a table tells more."""
    name = free_name("vector", table.column_names)
    frame = frame_in_memory(table.append_column(name, arrow_column(np.asarray(array))))
    return contents_of_frame(path, frame, replace(reading, labels="", vector=name), repairs, format=format)


def refuse_no_matrix(what: str, array: np.ndarray) -> None:
    """Raises:
    SpaceError: an array is no matrix of real numbers.
    """
    if array.dtype.kind == "c":
        raise SpaceError(f"{what}: complex numbers; write their real part, or both parts side by side")
    if array.dtype.kind not in "fiub":
        raise SpaceError(f"{what}: an array of {array.dtype}, not of numbers")
    if array.ndim != 2:
        raise SpaceError(f"{what}: an array of shape {array.shape}; (points, dimensions) is due")


def read_arrays(path: Path, handle: IO[bytes], reading: Reading, repairs: Repairs) -> Contents:
    """An .npz with arrays by names of anybody's choice: a matrix, and arrays of as many values, which are columns; or
    a vector a word.

    Raises:
        SpaceError: damaged, no matrix or several, or labels that are pickled objects, which are not opened.
    """
    arrays, pickled = {}, []
    try:
        refuse_growth(path, handle)
        with np.load(handle, allow_pickle=False) as archive:
            for name in archive.files:
                try:
                    arrays[name.removeprefix("column:")] = archive[name]
                except ValueError as error:
                    if "allow_pickle" not in str(error):
                        raise
                    pickled.append(name)
    except DAMAGE as error:
        raise SpaceError(f"{path}: {why(error, '.npz')}") from None
    named = {reading.vector, reading.label, reading.text, reading.id, *reading.columns}
    labels = [name for name in pickled if name in named or (key_of(name) in _LABELLING and not reading.labels)]
    if labels:
        raise SpaceError(
            f"{path}: {labels[0]!r} holds pickled objects, which are not opened; save it as an array of str, "
            "or give the labels by --labels FILE"
        )
    if not pickled and _are_vectors_by_label(arrays, reading):
        arrays = {"label": np.array(list(arrays)), "vector": np.stack(list(arrays.values()))}
    table, left_out = _table(path, arrays, reading)
    left_out |= dict.fromkeys(pickled, "pickled objects")
    contents = contents_of_frame(path, frame_in_memory(table), reading, repairs, format="npz")
    return also_left_out(contents, path.name, left_out)


_LABELLING = frozenset({"label", "word", "token", "name", "text", "title", "caption", "sentence", "vocab"})


def _are_vectors_by_label(arrays: Mapping[str, np.ndarray], reading: Reading) -> bool:
    """Whether each array is the vector of what it is called, and not a column of its own."""
    if reading != replace(AS_IT_IS, limit=reading.limit, repair=reading.repair, noun=reading.noun):
        return False
    shapes = {array.shape for array in arrays.values()}
    floats = all(array.ndim == 1 and len(array) > 1 and array.dtype.kind == "f" for array in arrays.values())
    names = list(arrays)
    called = len(names) > 1 and any(len(name) > 1 for name in names) and not are_dimensions(names)
    return floats and called and len(shapes) == 1


def _table(path: Path, arrays: Mapping[str, np.ndarray], reading: Reading) -> tuple["pa.Table", dict[str, str]]:
    """Arrays as columns of a table, and those that are none of as many rows with what they are."""
    import pyarrow as pa

    if reading.vector in arrays:
        refuse_no_matrix(f"{path}: {reading.vector!r}", arrays[reading.vector])
    matrices = {name: array for name, array in arrays.items() if array.ndim == 2 and array.dtype.kind in "fiub"}
    lists = [name for name, array in arrays.items() if array.ndim == 1 and array.dtype.names is None]
    complexes = [name for name, array in arrays.items() if array.dtype.kind == "c"]
    if complexes and not matrices:
        refuse_no_matrix(f"{path}: {complexes[0]!r}", arrays[complexes[0]])
    if not matrices and not lists:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in list(arrays.items())[:10]) or "nothing"
        raise SpaceError(f"{path}: no array of shape (points, dimensions); it has {shapes}")
    main = matrices.get(reading.vector) if reading.vector else None
    if main is None:
        main = max(matrices.values(), key=len) if matrices else arrays[lists[0]]
    columns, left_out = {}, {}
    for name, array in arrays.items():
        if array.ndim == 0 or len(array) != len(main) or array.ndim > 2 or array.dtype.kind not in "fiubUSM":
            left_out[name] = f"{array.dtype} of shape {array.shape}"
        else:
            columns[name] = arrow_column(array)
    return pa.table(columns), left_out


def arrow_column(array: np.ndarray) -> Any:
    """An array of one or two dimensions as a column."""
    import pyarrow as pa

    if array.ndim == 2:
        flat = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")).reshape(-1)
        values = pa.array(flat.astype(np.uint8) if array.dtype.kind == "b" else flat)
        return pa.FixedSizeListArray.from_arrays(values, array.shape[1]) if array.shape[1] else pa.nulls(len(array))
    if array.dtype.kind == "S":
        return pa.array([value.decode("utf-8", "backslashreplace") for value in array.tolist()], pa.string())
    if array.dtype.kind == "M":
        return pa.array(array.astype("datetime64[ms]"))
    if array.dtype.kind in "UO":
        try:
            return pa.array(array.tolist(), pa.string())
        except UnicodeEncodeError:  # half of a character stands as its escape, as bytes do that are no text
            texts = [str(value).encode("utf-8", "backslashreplace").decode() for value in array.tolist()]
            return pa.array(texts, pa.string())
    return pa.array(np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="), copy=False)))
