"""Vectors that are written as text in one cell of a table: "[0.1, 0.2]", "0.1 0.2", "array([0.1, 0.2])"."""

import re
import warnings
from collections.abc import Sequence

import numpy as np

from embedkit.errors import SpaceError
from embedkit.shortage import may_use_threads

_WRAPPING = str.maketrans(dict.fromkeys("[](){},;|\t\r\n\v\f", " "))
_WORDS = re.compile(r"(np\.|numpy\.)?(array|tensor|float(16|32|64)?)\(|,?\s*dtype=[\w.]+|,?\s*device='[\w:]+'")
_WIDEST = 4_096  # dimensions up to which a column of its own for each is quicker
_BLOCK = 8 << 20
_FIRST = re.compile(r"\s*[\[({]|\s*(np\.|numpy\.)?(array|tensor)\(")


def is_bracketed(cell: str) -> bool:
    """Whether a cell begins as a list does."""
    return _FIRST.match(cell) is not None


def numbers_in(cell: str) -> np.ndarray | None:
    """(D,) float32 that a cell holds, or None where it is anything but numbers.

    >>> numbers_in("[1, 0.5]").tolist()
    [1.0, 0.5]
    >>> numbers_in("a dog") is None
    True
    """
    return _parsed(_bare(cell))


def numbers_of_cells(cells: Sequence[str], dimensions: int) -> tuple[np.ndarray, dict[int, int | None]]:
    """(n, D) float32 of cells, and by its row each that has another number of values, or (None) is no numbers.

    Rows of the second kind are zero in the first.
    """
    quick = _by_columns(cells, dimensions)
    if quick is not None:
        return quick, {}
    bare = [_bare(cell) for cell in cells]
    separator = "," if cells and "," in cells[0] else None
    counts = [cell.count(separator) + 1 for cell in cells] if separator else [len(cell.split()) for cell in bare]
    if all(count == dimensions for count in counts):
        values = _parsed(" ".join(bare))
        if values is not None and len(values) == len(cells) * dimensions:
            return values.reshape(len(cells), dimensions), {}
    matrix = np.zeros((len(cells), dimensions), dtype=np.float32)
    faults: dict[int, int | None] = {}
    for row, cell in enumerate(bare):
        values = _parsed(cell)
        if values is None or len(values) != dimensions:
            faults[row] = None if values is None else len(values)
        else:
            matrix[row] = values
    return matrix, faults


def _by_columns(cells: Sequence[str], dimensions: int) -> np.ndarray | None:
    """(n, D) float32 of cells with commas, parsed by column on all cores; None where any is otherwise."""
    import pyarrow as pa
    import pyarrow.csv

    if not cells or dimensions > _WIDEST or any(cell.count(",") != dimensions - 1 for cell in cells):
        return None
    rows = [cell.strip().lstrip("[({").rstrip("])}") for cell in cells]
    if any("\n" in row or '"' in row for row in rows):
        return None
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader("\n".join(rows).encode()),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=may_use_threads(), column_names=list(map(str, range(dimensions))), block_size=_BLOCK
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(map(str, range(dimensions)), pa.float32())
            ),
        )
    except pa.ArrowException:
        return None
    if len(table) != len(cells) or any(column.null_count for column in table.columns):
        return None
    matrix = np.empty((len(cells), dimensions), dtype=np.float32)
    for at, column in enumerate(table.columns):
        matrix[:, at] = column.to_numpy()
    return matrix


def refuse_shortened(what: str, cell: str) -> None:
    """Raises:
    SpaceError: numpy left values out when it wrote this cell.
    """
    if is_bracketed(cell) and "..." in cell:
        raise SpaceError(
            f"{what} was cut short when it was written ('...'); write vectors by .tolist(), or as .parquet"
        )


def _bare(cell: str) -> str:
    if "(" in cell or "=" in cell:
        cell = _WORDS.sub(" ", cell)
    return cell.translate(_WRAPPING)


def _parsed(text: str) -> np.ndarray | None:
    text = text.strip()
    if not text:
        return None
    with warnings.catch_warnings():
        # What is no number ends the parse with a warning, in some later numpy with a ValueError.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.fromstring(text, dtype=np.float32, sep=" ")
        except (DeprecationWarning, ValueError):
            return None
