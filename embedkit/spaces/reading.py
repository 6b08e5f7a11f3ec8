"""How somebody else's embedding file is read: what its columns mean, and what is done about its faults."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypedDict, cast

from embedkit.errors import UsageError, refuse_single_text, unknown


@dataclass(frozen=True)
class Reading:
    """The options of reading an embedding file or table; what is empty is detected from the file.

    Attributes:
        label: the column that names the points; its values must be unique.
        text: the column of texts that names the points; repeated texts are numbered, "hello (2)".
        id: the column of each row's identifier.
        vector: the column of lists of numbers; or, with one column per dimension, their common prefix, such as "dim_".
        columns: the other columns to keep; by default all.
        labels: a file of labels, one per line, or a table with one row each, for vectors without labels.
        encoding: the file's text encoding, such as "latin-1"; by default UTF-8, or what a byte-order mark says.
        repair: continue at malformed rows: skip or mend them, and count them.
        encode_with: what embeds the texts of a table without vectors: a run or an embedding file.
        limit: read only the first N points.
        noun: what a point is, such as "document".

    Raises:
        UsageError: the limit is below 1, or both a label and a text are named.
    """

    label: str = ""
    text: str = ""
    id: str = ""
    vector: str = ""
    columns: tuple[str, ...] = ()
    labels: str = ""
    encoding: str = ""
    repair: bool = False
    encode_with: str = ""
    limit: int | None = None
    noun: str = ""

    def __post_init__(self) -> None:
        refuse_single_text(self.columns)
        object.__setattr__(self, "columns", tuple(self.columns))
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit is {self.limit}; read at least one point")
        if self.label and self.text:
            raise UsageError(f"a point is named by its label or by its text; leave out {self.label!r} or {self.text!r}")

    def to_json(self) -> dict[str, Any]:
        """What was chosen, JSON-ready; defaults are left out."""
        defaults = {field.name: field.default for field in fields(self)}
        chosen = {name: value for name, value in asdict(self).items() if value != defaults[name]}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in chosen.items()}

    @property
    def named(self) -> frozenset[str]:
        """The columns that are named as something else than vectors."""
        return frozenset({self.label, self.text, self.id, *self.columns} - {""})

    def refuse_columns(self, path: Path) -> None:
        """For a file of labels and vectors alone.

        Raises:
            UsageError: a column is named, or a file of labels.
        """
        for option in ("label", "text", "id", "vector", "columns"):
            if getattr(self, option):
                raise UsageError(f"{path}: --{option} names a column, and there are labels and vectors alone")
        if self.labels:
            raise UsageError(f"{path}: it has labels of its own; leave out --labels")


AS_IT_IS = Reading()
"""Nothing is chosen: all is told by the file."""


class ArrowTable(Protocol):
    """A table of pandas, polars, pyarrow or another library that has the Arrow interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


class ReadingOptions(TypedDict, total=False):
    """The options of `Reading` as keywords of a function."""

    label: str
    text: str
    id: str
    vector: str
    columns: Any  # names; of an array of vectors a table of what else is known of each
    labels: str | Path | Sequence[str]  # a file; of an array of vectors the labels themselves
    encoding: str
    repair: bool
    encode_with: str
    limit: int | None
    noun: str


def reading_of(options: ReadingOptions) -> Reading:
    """Raises:
    UsageError: there is no such option, or its value cannot be.
    """
    known = ReadingOptions.__annotations__
    for name in options:
        if name not in known:
            raise unknown("option of reading", name, known)
    return Reading(**{name: str(value) if isinstance(value, Path) else value for name, value in options.items()})  # type: ignore[arg-type]


def options_of(reading: Reading) -> ReadingOptions:
    """The same as keywords of a function."""
    return cast(ReadingOptions, reading.to_json())
