"""JSON of any layout as a table: rows, columns, vectors by label, and what services of embeddings wrap around these."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embedkit.errors import SpaceError
from embedkit.spaces.tables.vectors import are_dimensions, says_vectors

if TYPE_CHECKING:
    import pyarrow as pa

INDEX = "__index_level_0__"
"""As pyarrow calls an index of pandas that has no name."""
_DEPTH = 6  # objects within objects


def table_of_value(path: Path, value: Any) -> tuple["pa.Table", dict[str, str]]:
    """A value of JSON as a table, and by its name what could not be part of it.

    Objects are rows; one object of lists has columns, one of vectors by label has both.

    Raises:
        SpaceError: it is no table.
    """
    import pyarrow as pa

    left_out: dict[str, str] = {}
    if isinstance(value, dict):
        value, left_out = _unpacked(value)
    if isinstance(value, dict):
        return pa.table({str(name): _array(list(column)) for name, column in value.items()}), left_out
    if not isinstance(value, list) or not value:
        raise SpaceError(f"{path}: no table: an array of objects is due, or an object a line")
    if all(isinstance(row, list) for row in value):
        return _of_arrays(path, value), left_out
    for number, row in enumerate(value, 1):
        if not isinstance(row, dict):
            raise SpaceError(f"{path}: row {number:,} is no object")
    value = _unwrapped(value)
    names = dict.fromkeys(str(name) for row in value for name in row)
    if len(value) > 1 and len(names) > 1 and all(len(row) == 1 for row in value):
        pairs = [pair for row in value for pair in row.items()]
        return pa.table({"label": [name for name, _ in pairs], "vector": _array([vector for _, vector in pairs])}), {}
    return pa.table({name: _array([row.get(name) for row in value]) for name in names}), left_out


def _of_arrays(path: Path, rows: list[list[Any]]) -> "pa.Table":
    """A matrix as vectors; arrays of other values, such as `["a dog", [0.1, …]]`, as columns called by their numbers.

    Raises:
        SpaceError: the arrays are of several lengths and no vectors.
    """
    import pyarrow as pa

    odd = next((value for row in rows for value in row if not isinstance(value, int | float | None)), None)
    if odd is None:
        return pa.table({"vector": _array(rows)})
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise SpaceError(f"{path}: row {number:,}: {len(row):,} values where {len(rows[0]):,} are due")
    first = [str(value) for value in rows[0] if isinstance(value, str)]
    heading = len(first) == len(set(first)) == len(rows[0]) and any(not isinstance(value, str) for value in rows[-1])
    names = first if heading else [str(at + 1) for at in range(len(rows[0]))]
    below = rows[1:] if heading else rows
    return pa.table({name: _array([row[at] for row in below]) for at, name in enumerate(names)})


def _unpacked(value: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """Rows or columns out of one object, and by its name what is neither."""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        rows = [dict(zip(map(str, columns), row, strict=False)) for row in data]  # pandas, orient="split"
        index = value.get("index")
        if isinstance(index, list) and len(index) == len(rows) and not _counts(index):
            rows = [{INDEX: name, **row} for name, row in zip(index, rows, strict=True)]
        return rows, {}
    if (within := _within(value)) is not None:
        return within
    if all(isinstance(each, dict) for each in value.values()):
        return _of_objects(value), {}
    lists = [each for each in value.values() if isinstance(each, list)]
    numeric = len(lists) == len(value) and all(_is_number(number) for each in lists for number in each[:3])
    if numeric and not are_dimensions(list(value)):
        return {"label": list(value), "vector": lists}, {}  # {"king": [0.1, …], …}
    if lists and len({len(each) for each in lists}) == 1 and len(lists) == len(value):
        return dict(value), {}
    return [dict(value)], {}


def _within(value: Mapping[str, Any], depth: int = 0) -> tuple[Any, dict[str, str]] | None:
    """The rows or columns that stand in an object, however deep, beside other things; None where none do, or several
    may be meant."""
    parts = dict(_parts(value))
    lists = [each for each in value.values() if isinstance(each, list) and each]
    if len(lists) == 1 and _are_records(lists[0]):
        return lists[0], {}  # {"data": [{"embedding": …}, …]}
    matrices = [name for name, each in parts.items() if _is_matrix(each)]
    if matrices:
        return _columns_beside(value, parts, max(len(parts[name]) for name in matrices))
    objects = {name: each for name, each in value.items() if isinstance(each, dict)}
    if len(objects) == len(value) > 1 and (_are_alike(value) or _are_rows_by_label(value)):
        return None
    by_label = [name for name, each in objects.items() if _are_vectors_by_label(each)]
    if len(by_label) == 1:  # {"embedding_dict": {"king": [0.1, …], …}, …}
        labels = list(value[by_label[0]])
        alike = {name: each for name, each in objects.items() if [*each] == labels}
        return {"label": labels, **{name: list(each.values()) for name, each in alike.items()}}, {}
    inside: list[tuple[Any, dict[str, str]]] = []
    for each in objects.values():
        if _are_rows_by_label(each):  # {"vectors": {"a": {"values": [0.1, …]}, …}, …}
            inside.append((_of_objects(each), {}))
        elif depth < _DEPTH and (inner := _within(each, depth + 1)) is not None:
            inside.append(inner)
    return inside[0] if len(inside) == 1 else None


def _parts(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What an object holds, and what the objects in it do: {"embeddings": {"float": …}} as "embeddings.float"."""
    for name, each in value.items():
        yield str(name), each
        if isinstance(each, dict):
            yield from ((f"{name}.{inner}", part) for inner, part in each.items() if isinstance(part, list))


def _columns_beside(
    value: Mapping[str, Any], parts: Mapping[str, Any], rows: int
) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """The lists of so many values, and those of labels by number, as columns; and what else there is."""
    columns: dict[str, list[Any]] = {}
    left_out = {}
    for name, each in parts.items():
        numbered = in_order(each, rows) if isinstance(each, dict) else None
        if isinstance(each, list) and len(each) == rows:
            columns[name] = each
        elif numbered is not None:
            columns[name] = numbered
        elif isinstance(each, list | dict) and each and not any(other.startswith(f"{name}.") for other in columns):
            left_out[name] = f"{len(each):,} values"
    inner = {name.rpartition(".")[0] for name in columns if name not in value}
    return columns, {name: what for name, what in left_out.items() if name not in inner}


def in_order(labels: Mapping[str, Any], rows: int) -> list[Any] | None:
    """The labels of so many rows, {"king": 0, "queen": 1} or {"0": "king", "1": "queen"}; None where it is no such."""
    if len(labels) != rows:
        return None
    if all(isinstance(each, int) for each in labels.values()) and sorted(labels.values()) == list(range(rows)):
        return sorted(labels, key=lambda label: labels[label])
    if _counts(labels) and all(isinstance(each, str) for each in labels.values()):
        return [labels[str(row)] for row in range(rows)]
    return None


def _unwrapped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of which each wraps several, such as a response of a service a line: those, with what stands beside them."""
    inner = []
    for row in rows:
        within = _within(row) if not any(_is_vector(each) for each in row.values()) else None
        if within is None or not _are_records(within[0]) or not any(map(_has_vector, within[0])):
            return rows
        beside = {name: each for name, each in row.items() if not isinstance(each, list | dict)}
        inner.append([{**beside, **record} for record in within[0]])
    return [row for several in inner for row in several] if any(len(several) > 1 for several in inner) else rows


def _of_objects(value: Mapping[str, Any]) -> Any:
    """Rows or columns out of an object of objects, as pandas writes by orient="index" and, by default, "columns"."""
    if _are_alike(value) and not _are_rows(value):
        first = next(iter(value.values()))
        columns = {name: list(column.values()) for name, column in value.items()}
        return columns if _counts(first) else {INDEX: list(first), **columns}
    return [{"id": name, **row} for name, row in value.items()]


def _are_alike(value: Mapping[str, Any]) -> bool:
    """Whether all objects of an object have the same names."""
    first = next(iter(value.values()))
    return all(each.keys() == first.keys() for each in value.values())


def _are_rows(value: Mapping[str, Any]) -> bool:
    """Whether an object of objects that have the same names has a row in each, and not a column."""
    first = next(iter(value.values()))
    lists = sum(isinstance(each, list) for each in first.values())
    if 0 < lists < len(first):
        return True  # what stands together is not of one kind
    if lists:
        if any(map(says_vectors, value)) or _counts(first):
            return False
        return any(map(says_vectors, first)) or len(value) > len(first)
    if not all(_is_number(each) for row in value.values() for each in row.values()) or are_dimensions(list(value)):
        return False
    return are_dimensions(list(first)) and len(value) > len(first)


def _are_rows_by_label(value: Any) -> bool:
    """{"a": {"values": [0.1, …], …}, …}."""
    if not isinstance(value, dict) or not value:
        return False
    return all(isinstance(each, dict) and any(map(_is_vector, each.values())) for each in value.values())


def _are_vectors_by_label(value: Any) -> bool:
    if not isinstance(value, dict) or not value:
        return False
    return all(map(_is_vector, value.values())) and len({len(each) for each in value.values()}) == 1


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _has_vector(value: Mapping[str, Any]) -> bool:
    return any(_is_vector(each) or (isinstance(each, dict) and _has_vector(each)) for each in value.values())


def _is_matrix(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_vector, value))


def _is_vector(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(map(_is_number, value[:3]))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _counts(names: Sequence[Any] | Mapping[str, Any]) -> bool:
    """Whether names are 0, 1, 2, …, as numbers or as texts."""
    return [str(name) for name in names] == [str(number) for number in range(len(names))]


def _array(values: list[Any]) -> "pa.Array":
    """Values as Arrow has them; what is of several types as texts."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        texts = [
            value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for value in values
        ]
        return pa.array(texts, pa.string())
