"""What the scores of `landings.py` are made of: rows over a block of the vocabulary, made once for all questions.

Thousands of questions are made of a few hundred words and pairs, so their cosines with a block are one matrix product
and all else follows from it, element by element:

    of a word w     cosine c = cos(x, w); raw |w| c; near 1 + c; inverse distance 1 / |x - w|, unit or raw
    of a pair       offset c(x, a′) - c(x, a), unit or raw, or the raw one times |x|;
                    ratio (1 + c(x, a′)) / (1 + c(x, a) + 2ε)
    of a query pair what a method learns, such as the cosine with 3CosAvg's query, or LRCos's P(x is of the class)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

EPSILON = 0.001  # Levy & Goldberg's (2014), against a division by zero
_ROUNDING = np.float32(1e-6)  # 1 - cos(x, b), and |x - b|² / (|x|² + |b|²): below this, float32 cannot tell x from b


@dataclass(frozen=True, eq=False)
class Operands:
    """What questions are about, each word and pair once.

    Attributes:
        unit: (V, D) float32 unit vectors of the vocabulary.
        lengths: (V,) float32, of the raw vectors.
        words: (W,) rows of the vocabulary: every word that a question holds.
        pairs: (N, 2) the distinct a, a′, as numbers of `words`.
        query_words: (A,) the word b of each query pair, as numbers of `words`.
        learnt: arrays of A rows, by what learnt them.
    """

    unit: np.ndarray
    lengths: np.ndarray
    words: np.ndarray
    pairs: np.ndarray
    query_words: np.ndarray
    learnt: Mapping[Any, np.ndarray] = field(default_factory=dict)

    @cached_property
    def word_vectors(self) -> np.ndarray:
        """(W, D) float64 unit vectors of the words."""
        return self.unit[self.words].astype(np.float64)


class BlockRows:
    """Rows over `columns` of the vocabulary, each kind made when it is first used.

    Words with equal vectors have equal scores wherever they stand. BLAS does not give that: in which order, and with
    how many roundings, it sums a cell depends on the cell's place in the matrix and on the processor. So products are
    made in double precision and rounded once: two sums that differ in the last of 53 bits part only where a number of
    24 bits begins between them, about once in ten million.
    """

    def __init__(self, operands: Operands, columns: slice | np.ndarray) -> None:
        self.of = operands
        self.unit = operands.unit[columns].astype(np.float64)
        self.lengths = operands.lengths[columns]
        self._rows: dict[Row, np.ndarray] = {}

    def __getitem__(self, row: "Row") -> np.ndarray:
        if row not in self._rows:
            self._rows[row] = KINDS[row](self) if isinstance(row, str) else row(self)
        return self._rows[row]

    def product(self, queries: np.ndarray) -> np.ndarray:
        """(N, D) queries → (N, columns) float32."""
        return (queries.astype(np.float64, copy=False) @ self.unit.T).astype(np.float32)

    def offset(self, name: str) -> np.ndarray:
        """(N, columns): of each pair the row of a′ less that of a, of the kind `name`."""
        rows = self[name].take(self.of.pairs[:, 1], axis=0)
        rows -= self[name].take(self.of.pairs[:, 0], axis=0)
        return rows


def _cosine(rows: BlockRows) -> np.ndarray:
    """What rounding cannot tell from 1 is 1: ignore-a's a′ and b have equal scores, and so have words that coincide."""
    from embedkit.analysis.analogies.kernels import round_to_one

    cosines = rows.product(rows.of.word_vectors)
    round_to_one(cosines, _ROUNDING)
    return cosines


def _raw(rows: BlockRows) -> np.ndarray:
    return rows["cosine"] * rows.of.lengths[rows.of.words][:, None]


def _inverse_distance(rows: BlockRows) -> np.ndarray:
    """Of unit vectors; what has no length is at 0."""
    return _inverse(rows, np.sign(rows.of.lengths[rows.of.words]), np.sign(rows.lengths))


def _raw_inverse_distance(rows: BlockRows) -> np.ndarray:
    return _inverse(rows, rows.of.lengths[rows.of.words], rows.lengths)


def _inverse(rows: BlockRows, word_lengths: np.ndarray, block_lengths: np.ndarray) -> np.ndarray:
    from embedkit.analysis.analogies.kernels import inverse_distances

    return inverse_distances(rows["cosine"], word_lengths, block_lengths, _ROUNDING)


def _ratio(rows: BlockRows) -> np.ndarray:
    ratios = rows["near"].take(rows.of.pairs[:, 1], axis=0)
    ratios /= rows["near"].take(rows.of.pairs[:, 0], axis=0) + np.float32(2 * EPSILON)
    return ratios


def class_scores(boundaries: np.ndarray, rows: "BlockRows", raw: bool = False) -> np.ndarray:
    """P(x is of the class) · cos(x, b), (A, columns), by (A, D + 1) boundaries of unit or of `raw` vectors."""
    logits = rows.product(boundaries[:, :-1])
    if raw:
        logits *= rows.lengths
    logits += boundaries[:, -1:].astype(np.float32)
    with np.errstate(over="ignore"):  # the chance is 0 there
        chances = 1 / (1 + np.exp(-logits))
    return chances * rows["cosine"].take(rows.of.query_words, axis=0)


Row = str | Callable[[BlockRows], np.ndarray]
"""A kind of rows: the name of one of `KINDS`, or a function that makes them."""

KINDS: dict[str, Callable[[BlockRows], np.ndarray]] = {
    "cosine": _cosine,
    "raw": _raw,
    "near": lambda rows: 1 + rows["cosine"],
    "inverse distance": _inverse_distance,
    "raw inverse distance": _raw_inverse_distance,
    "offset": lambda rows: rows.offset("cosine"),
    "raw offset": lambda rows: rows.offset("raw"),
    "raw product": lambda rows: rows["raw offset"] * rows.lengths,
    "ratio": _ratio,
}
"""How the rows of each kind are made."""
