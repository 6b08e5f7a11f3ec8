"""Which column of a table names its points, by what columns are called and what they hold; and what a point is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from embedkit.errors import SpaceError
from embedkit.spaces.reading import Reading
from embedkit.spaces.tables.frame import HEAD, listed, refuse_unknown
from embedkit.spaces.tables.values import dates_of, is_text, strings

if TYPE_CHECKING:
    import pyarrow as pa

_LABELS = ("label", "word", "token", "term", "lemma", "phrase", "entity", "name", "item", "symbol")
_TEXTS = (
    *("title", "headline", "caption", "text", "sentence", "document", "content", "body", "abstract", "description"),
    *("question", "query", "passage", "chunk", "paragraph", "utterance", "comment", "review", "message", "tweet"),
    *("post", "prompt", "summary", "article", "snippet", "answer", "line", "string", "input", "image", "image_path"),
    *("filename", "file_name", "filepath", "file_path", "file", "path"),
)
_IDS = ("id", "uuid", "guid", "_id", "key", "identifier", "custom_id", "index", "nr", "no")
USUAL_NAMES = frozenset((*_LABELS, *_TEXTS, *_IDS))
"""What columns that name or identify points are called."""

_NOUNS = {
    **{name: name for name in ("word", "token", "term", "phrase", "entity", "item", "symbol", "sentence", "caption")},
    **{name: name for name in ("title", "headline", "question", "query", "passage", "paragraph", "comment", "review")},
    **{name: name for name in ("message", "tweet", "post", "prompt", "summary", "snippet", "answer", "line", "chunk")},
    **{name: name for name in ("utterance", "description", "article", "name")},
    **dict.fromkeys(("text", "document", "content", "body", "abstract"), "document"),
    **dict.fromkeys(("image", "image_path"), "image"),
    **dict.fromkeys(("filename", "file_name", "filepath", "file_path", "file", "path"), "file"),
    "lemma": "word",
}
_OF_DOCUMENTS = frozenset({"text", "document", "content", "body", "abstract"})
_PICTURE = re.compile(r".*\.(jpe?g|png|gif|webp|bmp|tiff?)", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"\s*(https?|s3|gs|ftp)://\S", re.IGNORECASE)
_INDEX = re.compile(r"__index_level_\d+__|Unnamed: ?\d+|column 1|")
_MOSTLY = 0.9  # so many values of their own make a column one of identifiers
_LONGER = 3  # times as long as any other: the column of texts among several


@dataclass(frozen=True)
class Naming:
    """What the points of a table are called by.

    Attributes:
        column: the column of their names; empty where they are called by the numbers of their rows.
        kind: "label" where a name must not come again, "text" where one that does is numbered, else "row". With
            identifiers names may come again.
        id: the column of identifiers, if any.
        dropped: columns that number the rows and say nothing.
        chosen: the options by which the caller named columns: "label", "text", "id".
    """

    column: str
    kind: Literal["label", "text", "row"]
    id: str = ""
    dropped: tuple[str, ...] = ()
    chosen: frozenset[str] = frozenset()


def choose_naming(what: str, table: "pa.Table", reading: Reading, *, heading: bool = True) -> Naming:
    """What names the points of a table, of the columns that hold no vectors.

    A label or text that the caller named, else a column that is called as labels or texts are, else the one column of
    texts of their own, else identifiers, else the numbers of the rows.

    Raises:
        UsageError: there is no such column.
        SpaceError: several columns may be meant.
    """
    names = list(table.column_names)
    chosen = {"label": reading.label, "text": reading.text, "id": reading.id}
    for option, column in chosen.items():
        if column:
            refuse_unknown(what, names, column, option)
    kind: Literal["label", "text"]
    by = frozenset(option for option, column in chosen.items() if column)
    index = [name for name in names if _INDEX.fullmatch(name) and name not in chosen.values()] if heading else []
    dropped = tuple(name for name in index if _counts_rows(table[name]))
    index = [name for name in index if name not in dropped]
    id = reading.id or _identifier(table, [name for name in names if name not in dropped], index)
    if reading.label or reading.text:
        kind = "label" if reading.label and not id else "text"
        return Naming(reading.label or reading.text, kind, id, dropped, by)
    if reading.labels:
        return Naming("", "row", id, dropped, by)
    if not heading and names and names[0] == "1" and _share(table, "1") >= 0.5:
        kind = "text" if _are_texts(table, "1") else "label"
        return Naming("1", kind, "", dropped, by)
    texts = [name for name in names if is_text(table[name].type) and name not in (*dropped, reading.id)]
    column, kind_of_name = _name(what, table, texts, id)
    if not column and id in index and is_text(table[id].type):
        return Naming(id, "label" if _share(table, id) == 1 else "text", "", dropped, by)
    if not column and id:
        return Naming(id, "text", id, dropped, by)
    return Naming(column, kind_of_name, id, dropped, by)


def _name(what: str, table: "pa.Table", texts: Sequence[str], id: str) -> tuple[str, Literal["label", "text", "row"]]:
    """The column of texts that names the points, and how."""
    labels = _called(texts, _LABELS)
    named = _called(texts, _TEXTS)
    for name in labels:
        if _share(table, name) == 1:
            return name, "label"
    for name in sorted(
        named, key=lambda name: _share(table, name) <= 0.5
    ):  # stable: those with texts of their own first
        return name, "text"
    for name in labels:
        if _share(table, name) >= 0.5:
            return name, "text" if id or _are_texts(table, name) else "label"
    free = [name for name in texts if name != id and name not in labels and not _is_called_id(name)]
    free = [name for name in free if _share(table, name) > 0.5]
    free = [name for name in free if dates_of(strings(table[name].slice(0, HEAD))) is None]
    free = [name for name in free if not _are_addresses(table, name)] or ([] if id else free)
    if len(free) > 1:
        lengths = {name: _length(table, name) for name in free}
        longest = max(free, key=lambda name: lengths[name])
        if any(_LONGER * lengths[name] > lengths[longest] for name in free if name != longest):
            texts = f"the columns {listed(free)} hold texts"
            raise SpaceError(f"{what}: {texts}; choose the one that names the points, such as --text {free[0]!r}")
        free = [longest]
    return (free[0], "text") if free else ("", "row")


def _are_addresses(table: "pa.Table", name: str) -> bool:
    """Whether all values of a column are of the web, where something is, and say not what it is called."""
    texts = [text for text in strings(table[name].slice(0, HEAD)) if text]
    return all(_ADDRESS.match(text) for text in texts)


def _are_texts(table: "pa.Table", name: str) -> bool:
    """Whether most values of a column are of several words."""
    texts = strings(table[name].slice(0, HEAD))
    return 2 * sum(" " in text.strip() for text in texts) > len(texts)


def key_of(name: str) -> str:
    """What a column is called, without number, case and signs: "Doc-Titles" is "doc_title", "a.text" is "text".

    >>> key_of("Captions")
    'caption'
    """
    parts = re.sub(r"([a-z])([A-Z])", r"\1_\2", name.rsplit(".", 1)[-1])
    key = re.sub(r"[^a-z0-9_]+", "_", parts.lower()).rstrip("_")
    return key[:-1] if key.endswith("s") and not key.endswith("ss") else key


def _called(names: Sequence[str], keys: Sequence[str]) -> list[str]:
    """The columns that are called by one of the keys, in the order of the keys."""
    by_key: dict[str, list[str]] = {}
    for name in names:
        by_key.setdefault(key_of(name), []).append(name)
    return [name for key in keys for name in by_key.get(key, ())]


def _identifier(table: "pa.Table", names: Sequence[str], index: Sequence[str]) -> str:
    """The column of identifiers, by its name; a stored index is one."""
    by_name = _called(names, _IDS)
    by_ending = [name for name in names if _is_called_id(name)]
    for name in (*by_name, *by_ending, *index):
        kind = table[name].type
        if (is_text(kind) or _is_integer(kind)) and _share(table, name) >= _MOSTLY:
            return name
    return ""


def _is_called_id(name: str) -> bool:
    return re.search(r"(_|^)(id|uuid|guid)$", key_of(name)) is not None


def _is_integer(kind: object) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind))


def _counts_rows(column: "pa.ChunkedArray") -> bool:
    """Whether a column is 0, 1, 2, … or 1, 2, 3, …."""
    import numpy as np

    if not _is_integer(column.type) or column.null_count or not len(column):
        return False
    values = column.to_numpy()
    return values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _share(table: "pa.Table", name: str) -> float:
    """How many of a column's values are distinct, of all that are there."""
    import pyarrow.compute as pc

    column = _plain(table[name])
    present = len(column) - column.null_count
    return pc.count_distinct(column, mode="only_valid").as_py() / present if present else 0.0


def _plain(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """A column whose values stand in each row, not the numbers of categories."""
    import pyarrow as pa

    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _length(table: "pa.Table", name: str) -> float:
    """Characters of a value in the mean."""
    texts = [text for text in strings(table[name].slice(0, HEAD)) if text]
    return sum(map(len, texts)) / len(texts)


def noun_of(naming: Naming, names: Sequence[str], labels: Sequence[str]) -> str:
    """What a point is: "word", "document", "image", …; "row" where columns do not say."""
    if not naming.column:
        return "row"
    key = key_of(naming.column)
    if noun_of_labels(labels) == "image":
        return "image"
    if key in ("title", "headline", "name") and any(key_of(name) in _OF_DOCUMENTS for name in names):
        return "document"
    if naming.column == naming.id:
        return "row"
    if key == "label" or _INDEX.fullmatch(naming.column) or naming.column == "1":
        return noun_of_labels(labels)
    return _NOUNS.get(key, "document" if noun_of_labels(labels) == "document" else "row")


def noun_of_labels(labels: Sequence[str]) -> str:
    """What a point is, by labels alone: "image" of files, "word" where few hold a space, "document", or "row" without.

    >>> noun_of_labels(["king", "New York", "queen"])
    'word'
    """
    first = labels[:HEAD]
    if not first:
        return "row"
    if all(_PICTURE.fullmatch(label) for label in first):
        return "image"
    return "word" if 2 * sum(" " not in label for label in first) > len(first) else "document"
