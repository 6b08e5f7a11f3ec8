"""The embedding space: labelled vectors, and what is known about each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.errors import SpaceError
from embedkit.notebook import Displayed


@dataclass(frozen=True, eq=False)
class EmbeddingSpace(Displayed):
    """N labelled vectors of D dimensions, in order of falling frequency where a frequency is known.

    Attributes:
        name: what a person calls it, such as "wikipedia-sample/input".
        labels: N distinct strings.
        vectors: (N, D) float32, finite.
        columns: more about each point, arrays of length N; "count" is the token's frequency.
        provenance: where it came from, JSON-ready.

    Raises:
        SpaceError: shapes disagree, a label stands twice, or a value is not finite.
    """

    name: str
    labels: tuple[str, ...]
    vectors: np.ndarray
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "vectors", np.ascontiguousarray(self.vectors, dtype=np.float32))
        object.__setattr__(self, "columns", {k: np.asarray(v) for k, v in self.columns.items()})
        if self.vectors.ndim != 2 or len(self.labels) != len(self.vectors):
            raise SpaceError(f"{self.name}: {len(self.labels)} labels for vectors of shape {self.vectors.shape}")
        if len(self._index) != len(self.labels):
            twice = next(label for i, label in enumerate(self.labels) if self._index[label] != i)
            raise SpaceError(f"{self.name}: the label {twice!r} stands twice")
        if not np.isfinite(self.vectors).all():
            row = int(np.argmin(np.isfinite(self.vectors).all(axis=1)))
            raise SpaceError(f"{self.name}: the vector of {self.labels[row]!r} (row {row}) is not finite")
        for key, column in self.columns.items():
            if len(column) != len(self.labels):
                raise SpaceError(f"{self.name}: column {key!r} has {len(column)} values for {len(self)} points")

    def __len__(self) -> int:
        return len(self.labels)

    def __contains__(self, label: str) -> bool:
        return label in self._index

    def __repr__(self) -> str:
        return f"EmbeddingSpace({self.name!r}, {len(self):,} × {self.dimensions})"

    @property
    def dimensions(self) -> int:
        return int(self.vectors.shape[1])

    @property
    def noun(self) -> str:
        """What a point is, such as "word" or "document"."""
        return str(self.provenance.get("noun", "word"))

    @cached_property
    def _index(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.labels)}

    @cached_property
    def unit(self) -> np.ndarray:
        """(N, D) float32 rows of length one; a zero row stays zero."""
        norms = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        return self.vectors / np.where(norms > 0, norms, 1)

    def index_of(self, label: str) -> int | None:
        """The row of a label, or None where it is out of vocabulary."""
        return self._index.get(label)

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
            options: those of `SpaceMap`, such as `points` and `color`, and of the method.
        """
        return import_module("embedkit.display.space_map").SpaceMap(self, method, **options)

    def head(self, n: int) -> "EmbeddingSpace":
        """The first n points: the n most frequent where points stand by frequency."""
        return self.take(np.arange(min(n, len(self))))

    def take(self, rows: np.ndarray) -> "EmbeddingSpace":
        """The points of the given rows, in that order."""
        return EmbeddingSpace(
            name=self.name,
            labels=tuple(self.labels[i] for i in rows),
            vectors=self.vectors[rows],
            columns={k: v[rows] for k, v in self.columns.items()},
            provenance=self.provenance,
        )


def last_part(name: str) -> str:
    """What a space is called within its run: "demo/input" is "input"."""
    return name.rsplit("/", 1)[-1]
