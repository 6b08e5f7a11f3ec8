"""What a space's own columns hold: categories, numbers, dates, free text or identifiers, told by their values."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from embedkit.spaces.space import EmbeddingSpace

Kind = Literal["category", "number", "date", "text", "id"]

MOST_CATEGORIES = 100
"""A text of more distinct values than this is free text."""
_MOST_CODES = 12  # integers of at most so many distinct values are codes of categories, not quantities
_EXACT = 2.0**53  # beyond, whole numbers are no quantities, and floats no longer tell them apart
_ID_NAMES = frozenset({"id", "ids", "uuid", "guid", "index", "key", "_id", "doc_id", "row_id"})


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a space.

    Attributes:
        values: (N,) strings ("" where missing), booleans, integers, floats (NaN where missing) or datetime64 (NaT where
            missing).
        kind: "category" is a few values that come again, "number" a quantity, "date" a moment, "text" what can be
            searched, and "id" a value of each point's own.
    """

    name: str
    values: np.ndarray
    kind: Kind

    @property
    def missing(self) -> np.ndarray:
        """(N,) whether there is no value."""
        return missing(self.values)

    def categories(self) -> tuple[np.ndarray, tuple[str, ...]]:
        """(N,) int32 codes, −1 where missing, and the categories' names, the largest first, equal ones by name.

        Booleans are "yes" and "no".
        """
        present = ~self.missing
        names = _names(self.values[present])
        distinct, codes, counts = np.unique(names, return_inverse=True, return_counts=True)
        order = np.lexsort((distinct, -counts))
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        rows = np.full(len(self.values), -1, dtype=np.int32)
        rows[present] = place[codes.reshape(-1)]
        return rows, tuple(distinct[order].tolist())

    def numbers(self) -> np.ndarray:
        """(N,) float64 of numbers, or of dates in seconds since 1970; NaN where missing."""
        if self.values.dtype.kind == "M":
            seconds = self.values.astype("datetime64[ms]").astype(np.float64) / 1000
            return np.where(np.isnat(self.values), np.nan, seconds)
        return self.values.astype(np.float64)


def own_columns(space: EmbeddingSpace) -> tuple[Column, ...]:
    """What is known about each point beside its label, its vector and its frequency, in the order of the file."""
    return tuple(column_of(name, values) for name, values in space.columns.items() if name != "count")


def column_of(name: str, values: np.ndarray) -> Column:
    """A column with its kind."""
    return Column(name, values, kind_of(name, values))


def kind_of(name: str, values: np.ndarray) -> Kind:
    """What a column holds.

    Text of at most `MOST_CATEGORIES` distinct values, each twice on average, is a category; so are booleans, and
    integers of at most twelve distinct values that come again. Integers beyond 2⁵³ are no quantities. What is called as
    identifiers are, such as "id" or "doc_id", and mostly does not come again is one.
    """
    kind = values.dtype.kind
    if kind == "M":
        return "date"
    if kind == "b":
        return "category"
    present = values[~missing(values)]
    distinct = len(np.unique(present))
    if kind in "iu" and len(present) and np.abs(present.astype(np.float64)).max() > _EXACT:
        return "category" if distinct <= MOST_CATEGORIES and 2 * distinct <= len(present) else "id"
    if kind in "iuf":
        if name.lower() in _ID_NAMES or name.lower().endswith("_id"):
            return "id" if 2 * distinct > len(present) else "category"
        return "category" if kind != "f" and distinct <= _MOST_CODES and 2 * distinct <= len(present) else "number"
    if distinct <= MOST_CATEGORIES and 2 * distinct <= len(present):
        return "category"
    return "id" if name.lower() in _ID_NAMES else "text"


def missing(values: np.ndarray) -> np.ndarray:
    """(N,) whether a value is missing: "", NaN or NaT."""
    if values.dtype.kind == "M":
        return np.isnat(values)
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind in "OU":
        return np.asarray(values == "")
    return np.zeros(len(values), dtype=bool)


def _names(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "b":
        return np.where(values, "yes", "no")
    return values.astype(np.str_)
