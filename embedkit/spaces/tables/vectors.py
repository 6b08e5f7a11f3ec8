"""Which columns of a table hold its vectors, and the vectors out of them."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.tables.cells import is_bracketed, numbers_in, refuse_shortened
from embedkit.spaces.tables.frame import listed, refuse_unknown
from embedkit.spaces.tables.values import is_list, is_number, is_string, strings

if TYPE_CHECKING:
    import pyarrow as pa

_NAMES = frozenset({"vector", "vec", "embedding", "emb", "embed", "feature", "representation"})
_PART = re.compile(r"embed|emb(?![a-z])|vector|vec(?![a-z])")
_DIMENSIONS = frozenset(
    ("", "d", "dim", "dimension", "e", "f", "feat", "v", "x", "c", "col", "column", "component", "pc", "pca", "umap")
)
_FEWEST = 3  # columns a dimension that are taken for a vector without being named
_MANY = 20  # rows that show that a column of whole numbers does not just happen to be one
_LOOK = 20  # cells of text that are looked at
_ASIDE = re.compile(
    r"(.*[_ .-])?(id|ids|index|idx|count|freq|frequency|label|class|cluster|target)|unnamed: ?\d+|column \d+"
)
"""Columns of numbers beside a vector, of which it holds none."""
_DOUBTFUL = re.compile(
    r"(.*[_ .-])?(year|month|day|date|time|age|score|rank|rating|price|votes|lat|lon|latitude|longitude|n|tokens)"
)
"""Where there are such columns, the others may be no vector either."""


@dataclass(frozen=True)
class Vectors:
    """Where the vectors of a table stand.

    Attributes:
        names: the one column that holds them, or one column a dimension.
        form: "lists" of numbers, "texts" that spell such, or a "number" in each column.
        dimensions: D.
        chosen: whether the caller named them.
    """

    names: tuple[str, ...]
    form: Literal["lists", "texts", "number"]
    dimensions: int
    chosen: bool = False

    @property
    def title(self) -> str:
        """What a message calls them."""
        if self.form != "number":
            return repr(self.names[0])
        return f"{self.names[0]!r} to {self.names[-1]!r}"


def choose_vectors(
    what: str, head: "pa.Table", name: str, *, heading: bool = True, aside: Collection[str] = ()
) -> Vectors:
    """Where the vectors of a table are: in the column of this name or those that begin so, else where its first rows
    show one column of lists of numbers, or columns a dimension.

    Args:
        aside: columns that are something else.

    Raises:
        UsageError: there is no such column.
        SpaceError: none holds vectors, or several do.
    """
    head = head.select([each for each in head.column_names if each not in aside or each == name])
    if name:
        return _named(what, head, name)
    lists = [each for each in head.column_names if is_vectors(head[each].type)]
    candidates = _even(head, lists) or [each for each in lists if _rank(each) < 2]
    if candidates:
        return _of_lists(head, _one_of(what, _best(head, candidates)))
    texts = {each: size for each in head.column_names if (size := _spelled(what, head, each, named=heading))}
    if texts:
        only = _one_of(what, _best(head, list(texts)))
        return Vectors((only,), "texts", texts[only])
    columns = _dimension_columns(what, head, heading)
    if columns:
        return Vectors(columns, "number", len(columns))
    raise SpaceError(f"{what}: no column holds vectors{_what_there_is(head, heading)}{_to_embed(head)}")


def _what_there_is(head: "pa.Table", heading: bool) -> str:
    nested = [name for name in head.column_names if _is_list_of_lists(head[name].type)]
    if nested:
        return f"; {listed(nested)} {'holds' if len(nested) == 1 else 'hold'} lists of vectors, where one a row is due"
    numbers = [name for name in head.column_names if is_number(head[name].type)]
    if heading and len(numbers) >= 2:
        start = "--vector START takes the columns whose names begin so"
        return f": a list of numbers in each row, or a column a dimension; {start}; it has {listed(head.column_names)}"
    return f": a list of numbers in each row, or a column a dimension; it has {listed(head.column_names)}"


def _to_embed(head: "pa.Table") -> str:
    texts = any(is_string(head[name].type) for name in head.column_names)
    return "; --encode-with RUN embeds its texts" if texts else ""


def _named(what: str, head: "pa.Table", name: str) -> Vectors:
    names = list(head.column_names)
    if name in names:
        kind = head[name].type
        if is_vectors(kind):
            return _of_lists(head, name, chosen=True)
        if is_string(kind):
            size = _spelled(what, head, name, chosen=True)
            if size:
                return Vectors((name,), "texts", size, chosen=True)
            raise SpaceError(f"{what}: the column {name!r} holds text and not lists of numbers")
        if is_list(kind):
            raise SpaceError(f"{what}: the column {name!r} holds lists of {kind.value_type}, not of numbers")
        if not is_number(kind):
            raise SpaceError(f"{what}: the column {name!r} holds {kind}, not lists of numbers")
    begin = [each for each in names if each.startswith(name) and _is_dimension(head[each].type)]
    numbered = [each for each in begin if re.fullmatch(r"\D*\d+", each[len(name) :])]
    columns = _by_number(numbered) if len(numbered) > 1 else begin
    if len(columns) > 1:
        return Vectors(tuple(columns), "number", len(columns), chosen=True)
    start = next((start for start, run in runs(names).items() if re.fullmatch(re.escape(start) + r"\d+", name)), "")
    advice = f"; --vector {start} takes all whose names begin so" if start else ""
    if name in names:
        raise SpaceError(f"{what}: the column {name!r} holds one number a row and no list of them{advice}")
    if start:
        raise UsageError(f"{what}: no column {name!r} for --vector{advice}")
    refuse_unknown(what, names, name, "vector")
    raise AssertionError("there is no such column")


def is_vectors(kind: Any) -> bool:
    """Whether a type is of lists of numbers."""
    import pyarrow as pa

    kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    return is_list(kind) and is_number(kind.value_type)


def _is_list_of_lists(kind: Any) -> bool:
    return is_list(kind) and is_vectors(kind.value_type)


def _is_dimension(kind: Any) -> bool:
    import pyarrow as pa

    return is_number(kind) or bool(pa.types.is_null(kind))


def _rank(name: str) -> int:
    """How much a name says that vectors stand in its column: 0 most, 2 nothing."""
    last = re.sub(r"[^a-z0-9]+", "_", name.lower().rsplit(".", 1)[-1]).strip("_")
    if last.removesuffix("s") in _NAMES:
        return 0
    return 1 if _PART.search(last) else 2


def says_vectors(name: str) -> bool:
    """Whether a column is called as those of vectors are."""
    return _rank(name) < 2


def are_dimensions(names: Sequence[str]) -> bool:
    """Whether names are what a vector's dimensions are called, with a number at the end: "dim_0", "x1", "0"."""
    by_start = runs(names)
    if len(names) < _FEWEST or len(by_start) != 1 or len(next(iter(by_start.values()))) < len(names):
        return False
    start = re.sub(r"[^a-z]+", "", next(iter(by_start)).lower())
    return start in _DIMENSIONS or _rank(start) < 2


def _best(head: "pa.Table", names: Sequence[str]) -> list[str]:
    """Those of columns whose names say most that they hold vectors; of several the ones of fractions."""
    least = min(_rank(name) for name in names)
    best = [name for name in names if _rank(name) == least]
    fractions = [name for name in best if not _whole(head[name].type)]
    return fractions or best


def _whole(kind: Any) -> bool:
    import pyarrow as pa

    return is_list(kind) and bool(pa.types.is_integer(kind.value_type))


def _one_of(what: str, names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    raise SpaceError(f"{what}: vectors stand in {listed(names)}; say which by --vector, such as --vector {names[0]!r}")


def _even(head: "pa.Table", names: Sequence[str]) -> list[str]:
    """The columns of lists that are all of one length, 2 or more."""
    even = []
    for name in names:
        lengths = _lengths(head[name])
        if len(lengths) and lengths[0] >= 2 and (lengths == lengths[0]).all():
            even.append(name)
    return even


def _lengths(column: "pa.ChunkedArray") -> np.ndarray:
    import pyarrow.compute as pc

    return pc.list_value_length(pc.drop_null(stored_lists(column))).to_numpy()


def stored_lists(column: Any) -> Any:
    """A column of lists as such: those of a tensor."""
    import pyarrow as pa

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
    return column


def _of_lists(head: "pa.Table", name: str, *, chosen: bool = False) -> Vectors:
    lengths = Counter(_lengths(head[name]).tolist())
    return Vectors((name,), "lists", lengths.most_common(1)[0][0] if lengths else 0, chosen)


def _spelled(what: str, head: "pa.Table", name: str, *, chosen: bool = False, named: bool = True) -> int:
    """How many numbers each text of a column spells; 0 where it spells none.

    Raises:
        SpaceError: they were cut short.
    """
    if not is_string(head[name].type):
        return 0
    cells = [cell for cell in strings(head[name]) if cell.strip()][:_LOOK]
    telling = chosen or _rank(name) < 2 or not named
    if not cells or not (telling or is_bracketed(cells[0]) or cells[0].count(" ") > 6):
        return 0
    if telling:
        for cell in cells:
            refuse_shortened(f"{what}: the vector in column {name!r}", cell)
    sizes = Counter(0 if (values := numbers_in(cell)) is None else len(values) for cell in cells)
    size, times = sizes.most_common(1)[0]
    return size if size >= 2 and (times == len(cells) or (telling and 2 * times > len(cells))) else 0


def _dimension_columns(what: str, head: "pa.Table", heading: bool) -> tuple[str, ...]:
    """The columns of one number each that together are a vector."""
    import pyarrow as pa

    numeric = [name for name in head.column_names if _is_dimension(head[name].type)]
    while not heading and len(numeric) > _FEWEST and _whole_before_fractions(head, numeric):
        del numeric[0]
    long = {start: names for start, names in runs(numeric).items() if len(names) >= _FEWEST}
    if long:
        longest = max(map(len, long.values()))
        rivals = [start for start, names in long.items() if 2 * len(names) > longest]
        if len(rivals) > 1:
            best = min(_rank(start) for start in rivals)
            rivals = [start for start in rivals if _rank(start) == best]
        if len(rivals) > 1:
            raise SpaceError(
                f"{what}: columns a dimension begin with {listed(rivals)}; say which by --vector, "
                f"such as --vector {rivals[0]!r}"
            )
        return tuple(_by_number(long[rivals[0]]))
    if heading and numeric == ["0", "1"] and len(head.column_names) <= 3:
        return tuple(numeric)  # of two dimensions, as pandas writes them
    numbers = [name for name in numeric if not pa.types.is_null(head[name].type)]
    numbers = [name for name in numbers if not _ASIDE.fullmatch(name.lower())]
    if any(_DOUBTFUL.fullmatch(name.lower()) for name in numbers):
        return ()
    others = [name for name in head.column_names if name not in numeric and not _ASIDE.fullmatch(name.lower())]
    return tuple(numbers) if len(numbers) >= _FEWEST and len(others) <= 1 else ()


def _whole_before_fractions(head: "pa.Table", names: Sequence[str]) -> bool:
    """Whether the first of columns without names holds whole numbers, of words by number or of categories, and the
    others fractions."""
    import pyarrow as pa

    whole = [bool(pa.types.is_integer(head[name].type)) for name in names]
    return whole[0] and not any(whole[2:]) and (names[0] == "1" or len(head) >= _MANY)


def runs(names: Sequence[str]) -> Mapping[str, list[str]]:
    """Columns that are called alike but for a number at the end, by what they begin with."""
    by_start: dict[str, list[str]] = {}
    for name in names:
        match = re.fullmatch(r"(.*?)(\d+)", name.strip())
        if match and match[1].strip().lower() not in ("unnamed:", "column"):
            by_start.setdefault(match[1], []).append(name)
    return by_start


def _by_number(names: Sequence[str]) -> list[str]:
    """Columns by the number at their end."""
    return sorted(names, key=lambda name: int(match[0]) if (match := re.search(r"\d+$", name.strip())) else -1)
