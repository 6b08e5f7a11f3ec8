"""The embedding space: labelled vectors, and what is known about each."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np

from embedkit.errors import SpaceError, refuse_single_text
from embedkit.notebook import Displayed
from embedkit.runs.strings import Strings

LARGE = 1 << 24
"""Of so many numbers a table of vectors is not copied for a single question: 64 MB of float32."""
LONGEST, SHORTEST = 1e18, 1e-18
"""Lengths of vectors between which the sum of squares of a vector is a number of single precision."""
_AT_ONCE = 1 << 18  # numbers that are looked at together where all are: they stay in the cache
_EXPONENT = np.uint16(0x7C00)  # of a float16, five bits
_REBIASED = np.float32(2.0**112)  # the exponents of float32 begin at -127, those of float16 at -15


@dataclass(frozen=True, eq=False)
class EmbeddingSpace(Displayed):
    """N labelled vectors of D dimensions, in order of falling frequency where a frequency is known.

    Attributes:
        name: what a person calls it, such as "wikipedia-sample/input".
        labels: N distinct strings: a tuple, or `Strings`, which are as good as one and do without an object for each.
        vectors: (N, D) float32, finite. Those of a stored space may be mapped from its file.
        columns: more about each point, arrays of length N; "count" is the token's frequency.
        provenance: where it came from, JSON-ready.

    Raises:
        SpaceError: shapes disagree, a label stands twice, or a value is not finite.
    """

    name: str
    labels: Sequence[str]
    vectors: np.ndarray
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.labels, Strings):
            object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "vectors", singles(self.vectors))
        if not isinstance(self.columns, StoredColumns):
            object.__setattr__(self, "columns", {k: np.asarray(v) for k, v in self.columns.items()})
        if self.vectors.ndim != 2 or len(self.labels) != len(self.vectors):
            raise SpaceError(f"{self.name}: {len(self.labels)} labels for vectors of shape {self.vectors.shape}")
        again = self._repeated()
        if again is not None:
            raise SpaceError(f"{self.name}: the label {self.labels[again]!r} stands twice")
        row = first_not_finite(self.vectors)
        if row is not None:
            raise SpaceError(f"{self.name}: the vector of {self.labels[row]!r} (row {row}) is not finite")
        immeasurable = first_immeasurable(self.vectors, self.norms)
        if immeasurable is not None:
            row, size, rule = immeasurable
            raise SpaceError(
                f"{self.name}: the vector of {self.labels[row]!r} (row {row}) is too {size} for single precision; "
                f"{rule} all vectors by one number"
            )
        parts = self.columns.parts if isinstance(self.columns, StoredColumns) else self.columns
        for key, column in parts.items():
            if len(column) != len(self.labels):
                raise SpaceError(f"{self.name}: column {key!r} has {len(column)} values for {len(self)} points")

    @classmethod
    def checked(
        cls,
        name: str,
        labels: Sequence[str],
        vectors: np.ndarray,
        columns: Mapping[str, np.ndarray],
        provenance: Mapping[str, Any],
        **known: Any,
    ) -> "EmbeddingSpace":
        """A space of parts that were checked when they were kept, such as those of a file that is mapped.

        Args:
            vectors: (N, D) float32, or float16, which become float32 a part at a time, as they are looked at.
            known: what has been computed from the vectors, such as `norms`.
        """
        half = vectors.dtype == np.float16
        space = object.__new__(_HalfSpace if half else EmbeddingSpace)
        parts = {"name": name, "labels": labels, "columns": columns, "provenance": provenance, **known}
        space.__dict__.update(parts, **{"halves" if half else "vectors": vectors})
        return space

    def __len__(self) -> int:
        return len(self.labels)

    def __contains__(self, label: str) -> bool:
        return self.index_of(label) is not None

    def __repr__(self) -> str:
        return f"EmbeddingSpace({self.name!r}, {len(self):,} × {self.dimensions})"

    @property
    def kept(self) -> np.ndarray:
        """(N, D) the vectors as they are kept: float32, or float16 where all of them are."""
        return self.vectors

    @property
    def dimensions(self) -> int:
        return int(self.kept.shape[1])

    @property
    def large(self) -> bool:
        """Whether a copy of all vectors is more than a single question should cost."""
        return self.kept.size > LARGE

    @property
    def noun(self) -> str:
        """What a point is, such as "word" or "document"."""
        return str(self.provenance.get("noun", "word"))

    @property
    def of_words(self) -> bool:
        """Whether analogies and word similarity can be asked of it."""
        return self.noun in ("word", "subword")

    @cached_property
    def _index(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.labels)}

    def _repeated(self) -> int | None:
        if isinstance(self.labels, Strings):
            return self.labels.repeated()
        if len(self._index) == len(self.labels):
            return None
        return next(i for i, label in enumerate(self.labels) if self._index[label] != i)

    @cached_property
    def norms(self) -> np.ndarray:
        """(N,) float32 lengths of the vectors."""
        return norms_of(self.kept)

    @cached_property
    def unit(self) -> np.ndarray:
        """(N, D) float32 rows of length one; a zero row stays zero. It is as large as the vectors: see `unit_rows`."""
        return of_length_one(self.vectors, self.norms)

    def rows(self, rows: slice | np.ndarray) -> np.ndarray:
        """(R, D) float32 vectors of some rows."""
        return singles(self.kept[rows])

    def unit_rows(self, rows: slice | np.ndarray) -> np.ndarray:
        """(R, D) float32 rows of `unit`, which is made whole only where the space is not large."""
        if "unit" in self.__dict__ or not self.large:
            return self.unit[rows]
        return of_length_one(self.rows(rows), self.norms[rows])

    def index_of(self, label: str) -> int | None:
        """The row of a label, or None where it is out of vocabulary."""
        return self.labels.row_of(label) if isinstance(self.labels, Strings) else self._index.get(label)

    def rows_of(self, labels: Sequence[str]) -> np.ndarray:
        """(M,) int64 the rows of many labels, −1 for those that are out of vocabulary.

        Raises:
            UsageError: this is a single label.
        """
        refuse_single_text(labels)
        if isinstance(self.labels, Strings):
            return self.labels.rows_of(labels)
        return np.array([self._index.get(label, -1) for label in labels], dtype=np.int64)

    def report(self, to: str | Path = "report.html", **options: Any) -> Path:
        """Write one page about this space, with its maps, clusters and what its columns say; the page's path.

        Args:
            options: those of `write_report`, such as `points`.
        """
        return import_module("embedkit.pipeline").write_report(self, to=to, **options)

    def map(self, method: str = "umap", **options: Any) -> Any:
        """This space laid out as a `SpaceMap`: in a notebook the map itself, whose `selected` points Python can read.

        Args:
            method: a projection by name, such as "pca" or "umap".
            options: those of `SpaceMap`, such as `points`, and of the method.
        """
        return import_module("embedkit.display.space_map").SpaceMap(self, method, **options)

    def head(self, n: int) -> "EmbeddingSpace":
        """The first n points: the n most frequent where points stand by frequency. Nothing is copied."""
        n = max(min(n, len(self)), 0)
        columns = _column_rows(self.columns, slice(n))
        known = {"norms": self.norms[:n]} if "norms" in self.__dict__ else {}
        first = self.checked(self.name, self.labels[:n], self.kept[:n], columns, self.provenance, **known)
        return first if first.large or first.kept.dtype == np.float32 else first.take(np.arange(n))

    def take(self, rows: np.ndarray) -> "EmbeddingSpace":
        """The points of the given rows, in that order."""
        return EmbeddingSpace(
            name=self.name,
            labels=tuple(self.labels[i] for i in np.asarray(rows).tolist()),
            vectors=self.rows(rows),
            columns=_column_rows(self.columns, rows),
            provenance=self.provenance,
        )

    def named(self, name: str) -> "EmbeddingSpace":
        """The same space under another name; nothing is copied or checked again."""
        space = copy.copy(self)
        object.__setattr__(space, "name", name)
        return space


class _HalfSpace(EmbeddingSpace):
    """A space whose float16 vectors become float32 when somebody asks for all of them."""

    halves: np.ndarray

    @property
    def kept(self) -> np.ndarray:
        return self.halves

    @cached_property
    def vectors(self) -> np.ndarray:
        return singles(self.halves)


class StoredColumns(Mapping[str, np.ndarray]):
    """Columns of which those of strings become arrays when they are looked at."""

    def __init__(self, parts: Mapping[str, np.ndarray | Strings]) -> None:
        self.parts = parts
        self._arrays: dict[str, np.ndarray] = {}

    def __getitem__(self, key: str) -> np.ndarray:
        if key not in self._arrays:
            part = self.parts[key]
            self._arrays[key] = part.array() if isinstance(part, Strings) else part
        return self._arrays[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.parts)

    def __len__(self) -> int:
        return len(self.parts)


def _column_rows(columns: Mapping[str, np.ndarray], rows: slice | np.ndarray) -> Mapping[str, np.ndarray]:
    if isinstance(columns, StoredColumns) and isinstance(rows, slice):
        parts = {key: part[rows] for key, part in columns.parts.items()}
        return StoredColumns(cast(Mapping[str, np.ndarray | Strings], parts))
    return {key: column[rows] for key, column in columns.items()}


def norms_of(vectors: np.ndarray) -> np.ndarray:
    """(N, D) → (N,) float32 lengths; infinite where the sum of squares is."""
    norms = np.empty(len(vectors), dtype=np.float32)
    with np.errstate(over="ignore"):
        for rows in row_blocks(vectors):
            norms[rows] = np.linalg.norm(singles(vectors[rows]), axis=1)
    return norms


def first_not_finite(vectors: np.ndarray) -> int | None:
    """The first row that holds NaN or an infinity; None where there is none."""
    for rows in row_blocks(vectors):
        finite = np.isfinite(vectors[rows])
        if not finite.all():
            return rows.start + int(np.argmin(finite.all(axis=1)))
    return None


def first_immeasurable(vectors: np.ndarray, norms: np.ndarray) -> tuple[int, str, str] | None:
    """The first row that is not zero whose length, a root of a sum of squares, leaves single precision, and whether it
    is too large or too small, and what mends it; None where there is none."""
    outside = np.flatnonzero((norms > LONGEST) | (norms < SHORTEST))
    for row in outside.tolist():
        if norms[row] > LONGEST:
            return row, "large", "divide"
        if np.any(vectors[row]):
            return row, "small", "multiply"
    return None


def row_blocks(vectors: np.ndarray) -> Iterator[slice]:
    """Blocks of rows of (N, D) vectors that leave little behind in memory, however many there are."""
    step = max(_AT_ONCE // max(vectors.shape[1], 1), 1)
    return (slice(start, start + step) for start in range(0, len(vectors), step))


def singles(vectors: np.ndarray) -> np.ndarray:
    """The same numbers as float32, without a copy where they are.

    numpy turns float16 one at a time, some twenty times slower than what is done here with whole arrays: sign, exponent
    and fraction are moved to where a float32 has them, and the exponent's other zero is made up for by a product.
    """
    if vectors.dtype != np.float16:
        return np.ascontiguousarray(vectors, dtype=np.float32)
    result = np.empty(vectors.shape, dtype=np.float32)
    for rows in row_blocks(vectors) if vectors.ndim == 2 else [slice(None)]:
        bits = np.ascontiguousarray(vectors[rows]).view(np.uint16)
        if ((bits & _EXPONENT) == _EXPONENT).any():  # NaN and infinities
            result[rows] = vectors[rows]
            continue
        moved = bits.astype(np.uint32)
        sign = moved & 0x8000
        sign <<= 16
        moved &= 0x7FFF
        moved <<= 13
        moved |= sign
        np.multiply(moved.view(np.float32), _REBIASED, out=result[rows])
    return result


def of_length_one(vectors: np.ndarray, norms: np.ndarray | None = None) -> np.ndarray:
    """(N, D) → the rows divided by their lengths, in the same precision; a zero row stays zero.

    Args:
        norms: (N,) their lengths, where they are known.
    """
    lengths = np.linalg.norm(vectors, axis=1) if norms is None else norms
    return vectors / np.where(lengths > 0, lengths, 1)[:, None]


def last_part(name: str) -> str:
    """What a space is called within its run: "demo/input" is "input"."""
    return name.rsplit("/", 1)[-1]
