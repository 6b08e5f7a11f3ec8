"""A table of rows with columns of their own names, however much of it is in memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from embedkit.errors import UsageError, did_you_mean
from embedkit.spaces.tables.values import is_list

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = 1_000
"""So many rows are looked at to tell what columns hold."""
_BATCH = 16_384  # rows whose vectors are made at once
_MOST = 10  # names in an error
_DEPTH = 8  # of records within records


@dataclass(frozen=True, eq=False)
class Frame:
    """A table.

    Attributes:
        head: its first rows.
        read: (names) → those columns whole.
        batches: (names) → those columns, some rows at a time.
        places: (N,) the numbers of its rows, where some were left out.
        heading: whether the columns have names of their own; otherwise they are called "1", "2", ….
        typed: whether the table itself says which columns are dates.
        spelled: whether numbers may be written as texts, as services write large ones in JSON.
    """

    head: "pa.Table"
    read: Callable[[list[str]], "pa.Table"]
    batches: Callable[[list[str]], Iterator["pa.Table"]]
    places: np.ndarray | None = None
    heading: bool = True
    typed: bool = False
    spelled: bool = False

    @property
    def names(self) -> list[str]:
        return list(self.head.column_names)


def frame_in_memory(table: "pa.Table", **about: Any) -> Frame:
    """A table that is all in memory; `about` is more that `Frame` has."""
    import pyarrow as pa

    table = flattened(table)

    def batches(names: list[str]) -> Iterator[pa.Table]:
        columns = table.select(names)
        for first in range(0, len(table), _BATCH):
            yield columns.slice(first, _BATCH)

    return Frame(table.slice(0, HEAD), table.select, batches, **about)


def flattened(table: "pa.Table") -> "pa.Table":
    """A table whose records (structs) are columns of their own, "data.embedding", and whose names stand once.

    A list that holds one record in each row is that record, and one that holds a list of numbers in each is that list.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = [(name, _without_views(table[at])) for at, name in enumerate(table.column_names)]
    for _ in range(_DEPTH):
        if not any(is_nested(column.type) for _, column in columns):
            break
        flat: list[tuple[str, Any]] = []
        for name, column in columns:
            if is_list(column.type) and is_nested(column.type):
                lengths = pc.unique(pc.list_value_length(column)).to_pylist()
                if lengths in ([1], [None, 1], [1, None]):
                    column = pc.list_element(column, 0)
            if pa.types.is_struct(column.type):
                inner = pa.table({"": column}).flatten()
                names = [each.removeprefix(".") for each in inner.column_names]
                flat += [
                    (f"{name}.{each}", _without_views(part)) for each, part in zip(names, inner.columns, strict=True)
                ]
            else:
                flat.append((name, column))
        if len(flat) == len(columns) and all(
            one.type == other.type for (_, one), (_, other) in zip(flat, columns, strict=True)
        ):
            break
        columns = flat
    return pa.table([column for _, column in columns], names=distinct([name for name, _ in columns]))


def _without_views(column: Any) -> Any:
    """A column whose texts are plain ones; for views, as polars has them, Arrow lacks functions."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind) and pa.types.is_string_view(kind.value_type):
        chunks = [
            pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(pa.large_string()))
            for chunk in column.chunks
        ]
        return pa.chunked_array(chunks, pa.dictionary(kind.index_type, pa.large_string()))
    return column.cast(pa.large_string()) if pa.types.is_string_view(kind) else column


def is_nested(kind: Any) -> bool:
    """Whether a type is of records, or of lists of records or of lists."""
    import pyarrow as pa

    of_lists = is_list(kind) and (pa.types.is_struct(kind.value_type) or is_list(kind.value_type))
    return bool(pa.types.is_struct(kind) or of_lists)


def distinct(names: Sequence[str]) -> list[str]:
    """Names of which each stands once: the second "a" is "a (2)", the third column without a name "column 3".

    >>> distinct(["a", "a", ""])
    ['a', 'a (2)', 'column 3']
    """
    taken: set[str] = set()
    unique = []
    for number, name in enumerate(names, 1):
        base = name.strip() or f"column {number}"
        name, times = base, 1
        while name in taken:
            times += 1
            name = f"{base} ({times})"
        taken.add(name)
        unique.append(name)
    return unique


def listed(names: Iterable[str]) -> str:
    """Names for a message, ten at most.

    >>> listed("abcdefghijkl")
    "'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j' and 2 more"
    """
    names = [repr(name if len(name) <= 60 else name[:60] + "…") for name in names]
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def refuse_unknown(what: str, names: Sequence[str], column: str, option: str) -> None:
    """Raises:
    UsageError: there is no such column; the nearest names are offered, else the first ten.
    """
    if column in names:
        return
    alike = get_close_matches(column, names, n=3, cutoff=0.6)
    advice = did_you_mean(map(repr, alike)) if alike else f"it has {listed(names)}"
    raise UsageError(f"{what}: no column {column!r} for --{option}; {advice}")
