"""Spaces inside a page: words, neighbours in the full space and unit vectors, as compactly as a browser reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedkit.analysis.neighbors import neighbor_table
from embedkit.report.embedded_columns import embed_columns
from embedkit.report.packing import packed
from embedkit.spaces.space import EmbeddingSpace

WORDS = 5_000
NEIGHBORS = 5
NEIGHBOR_WORDS = 20_000
"""Of a map of more points neighbours are kept for so many, the first: among 100,000 they take some ten seconds."""
VECTOR_BYTES = 14_000_000
"""What all vectors of a page may take, in base64: 50,000 words of 100 dimensions make a page of less than 25 MB."""
LEVELS = 32_767


@dataclass(frozen=True, eq=False)
class EmbeddedSpace:
    """A space in a page.

    Attributes:
        key: unique in the page.
        name: what a reader calls it, such as "input embeddings".
        total: points of the full space.
        dimensions: of the full space.
        words: the first N are the most frequent of the space; after them come words that only a map or a list of
            neighbours needs.
        rows: (len(words),) their rows in the full space.
        counts: (len(words),) or None where the space has no column "count".
        neighbors: (M, k) indices into `words`, nearest in the full space first, for the words that maps show.
        cosines: (M, k).
        vectors: (A, D) int16; a row divided by its length is a unit vector. The first A words may answer analogies.
        columns: the space's own, of `words`, as `embed_columns` has them.
        tooltip: the columns that are shown with a point first; where there are none the page chooses.
    """

    key: str
    name: str
    total: int
    dimensions: int
    words: tuple[str, ...]
    rows: np.ndarray
    counts: np.ndarray | None
    neighbors: np.ndarray
    cosines: np.ndarray
    vectors: np.ndarray
    columns: tuple[Mapping[str, Any], ...] = ()
    tooltip: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON-ready but for the vectors, which the page reads when they are first needed.

        Arrays are little-endian in base64.
        """
        return {
            "key": self.key,
            "name": self.name,
            "total": self.total,
            "dimensions": self.dimensions,
            "words": list(self.words),
            # Where all words are in the order of the space their ranks need not be written down.
            "ranks": None if np.array_equal(self.rows, np.arange(len(self.rows))) else packed(self.rows + 1, "<i4"),
            "counts": None if self.counts is None else packed(self.counts, "<f8"),
            "neighbors": packed(self.neighbors, "<i4"),
            "cosines": packed(self.cosines, "<f4"),
            "perWord": int(self.neighbors.shape[1]),
            "answering": len(self.vectors),
            "columns": list(self.columns),
            "tooltip": list(self.tooltip),
        }


def fitting(spaces: Sequence[EmbeddingSpace], most: int, budget: int = VECTOR_BYTES) -> int:
    """How many words of each space a page can hold vectors of: `most`, or fewer where they would not fit.

    Args:
        budget: bytes of base64 for the vectors of all spaces together.
    """
    bytes_a_word = sum(space.dimensions for space in spaces) * 2 * 4 / 3
    return min(most, int(budget / bytes_a_word)) if spaces else most


def embed_space(
    space: EmbeddingSpace,
    *,
    key: str,
    name: str,
    answering: int,
    map_labels: Sequence[Sequence[str]] = (),
    most: int = NEIGHBOR_WORDS,
    own_columns: bool = True,
    tooltip: Sequence[str] = (),
) -> EmbeddedSpace:
    """Put a space into a page.

    Args:
        answering: the first so many words may answer analogies in the page; 0 for none.
        map_labels: the labels of each map, of which neighbours are kept. Labels that the space lacks are passed over.
        most: words of which neighbours are kept, the most frequent.
        own_columns: what else the space knows of its points goes along.
        tooltip: those of its columns that are shown with a point first.
    """
    head = min(answering, len(space))
    map_rows = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *map(space.rows_of, map_labels)]))
    first = [*range(head), *map_rows[map_rows >= head].tolist()]
    ids, cosines = neighbor_table(space, np.array(first[:most], dtype=np.int64), k=NEIGHBORS)
    rows = np.array(list(dict.fromkeys([*first, *ids.ravel().tolist()])), dtype=np.int64)
    place = np.zeros(len(space), dtype=np.int32)
    place[rows] = np.arange(len(rows))
    counts = space.columns.get("count")
    return EmbeddedSpace(
        key=key,
        name=name,
        total=len(space),
        dimensions=space.dimensions,
        words=tuple(space.labels[row] for row in rows),
        rows=rows,
        counts=None if counts is None else np.asarray(counts)[rows],
        neighbors=place[ids],
        cosines=cosines,
        vectors=quantised(space.unit[:head]),
        columns=embed_columns(space, rows) if own_columns else (),
        tooltip=tuple(name for name in tooltip if name in space.columns),
    )


def quantised(rows: np.ndarray) -> np.ndarray:
    """(A, D) rows → int16: the largest component of each row takes all of int16's range, the lengths are lost.

    Cosines of what comes back are off by about 1e-5. Of 8 bits they would be off by up to 0.008, and of 300 analogies
    among 50,000 word2vec vectors 112 would have the same ten answers in the same order; of 16 bits all have.
    """
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0)
    return np.rint(rows * (LEVELS / np.where(largest > 0, largest, 1))).astype(np.int16)


def places(space: EmbeddedSpace, labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Where labels stand in the space's words, and which of the labels those are: the rest are not in the space."""
    place: Mapping[str, int] = {word: i for i, word in enumerate(space.words)}
    matches = [(place[label], i) for i, label in enumerate(labels) if label in place]
    pairs = np.array(matches, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
