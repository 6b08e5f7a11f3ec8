"""A space's own columns inside a page: categories as codes, numbers and dates as bytes, texts as they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from embedkit.errors import UsageError, advice
from embedkit.report.packing import packed
from embedkit.spaces.columns import Column, own_columns
from embedkit.spaces.space import EmbeddingSpace

LONGEST_TEXT = 500
"""Characters of a text that a page carries; the rest of a longer one is cut off."""
TEXT_BYTES = 8_000_000
"""What all texts of a space's columns may take in a page, in bytes of UTF-8; columns that do not fit are left out."""


def embed_columns(
    space: EmbeddingSpace, rows: np.ndarray, *, longest: int = LONGEST_TEXT, budget: int = TEXT_BYTES
) -> tuple[Mapping[str, Any], ...]:
    """The own columns of some points, JSON-ready, in the order of the file.

    Each is {"name", "kind"} and, by its kind:

    - category: "names", the largest of the whole space first, and "codes" in base64 of "bits" each, −1 where missing;
    - number, date: "values" in base64 of floats of "bits" each, NaN where missing; dates are seconds since 1970;
    - text, id: "texts", and "cut", how many of them are longer than `longest`; a column that repeats the label has
      no "texts", and one that does not fit has the "bytes" that it would take instead.
    """
    embedded: list[Mapping[str, Any]] = []
    room = budget
    for column in own_columns(space):
        entry: dict[str, Any] = {"name": column.name, "kind": column.kind}
        if column.kind == "category":
            entry |= _codes(column, rows)
        elif column.kind in ("number", "date"):
            entry |= _floats(column.numbers()[rows])
        else:
            texts = _texts(column, rows)
            if texts == [space.labels[row] for row in rows]:
                embedded.append({**entry, "texts": None, "cut": 0})
                continue
            short = [text[:longest] for text in texts]
            size = sum(len(text.encode("utf-8", "surrogatepass")) for text in short)
            if size > room:
                embedded.append({**entry, "bytes": size})
                continue
            room -= size
            entry |= {"texts": short, "cut": sum(len(text) > longest for text in texts)}
        embedded.append(entry)
    return tuple(embedded)


def check_tooltip(names: Sequence[str], spaces: Sequence[EmbeddingSpace]) -> None:
    """Raises:
    UsageError: none of the spaces has a column of such a name.
    """
    columns = list(dict.fromkeys(column.name for space in spaces for column in own_columns(space)))
    for name in names:
        if name not in columns:
            instead = advice(name, columns, near=1, most=10) if columns else "there is no column beside the label"
            raise UsageError(f"tooltip: no column {name!r}; {instead}")


def _codes(column: Column, rows: np.ndarray) -> dict[str, Any]:
    codes, names = column.categories()
    bits = next(bits for bits in (8, 16, 32) if len(names) < 2 ** (bits - 1))
    return {"names": list(names), "codes": packed(codes[rows], f"<i{bits // 8}"), "bits": bits}


def _floats(values: np.ndarray) -> dict[str, Any]:
    """In 32 bits where nothing is lost by it."""
    with np.errstate(over="ignore"):
        single = values.astype("<f4")
    exact = np.array_equal(single.astype(np.float64), values, equal_nan=True)
    return {"values": packed(values, "<f4" if exact else "<f8"), "bits": 32 if exact else 64}


def _texts(column: Column, rows: np.ndarray) -> list[str]:
    """ "" where there is none; numbers that are identifiers as they are written."""
    values, missing = column.values[rows], column.missing[rows]
    if values.dtype.kind == "f" and np.array_equal(values[~missing], np.rint(values[~missing])):
        values = np.where(missing, 0, values).astype(np.int64)
    return ["" if absent else str(value) for value, absent in zip(values.tolist(), missing.tolist(), strict=True)]
