"""Pairs of sequences as token ids, and batches of similar length."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.text.vocabulary import Vocabulary

ROUND_PAIRS = 16
"""Batches of more pairs than this have a multiple of it: see `length_buckets`."""


@dataclass(frozen=True, eq=False)
class PaddedBatch:
    """B pairs of sequences, padded at the end with zeros.

    Attributes:
        source: (B, S) int64; every source ends with the end of line, so an empty one has a token.
        source_lengths: (B,).
        target: (B, T) int64, each with the end of line as its last token.
        target_lengths: (B,).
    """

    source: np.ndarray
    source_lengths: np.ndarray
    target: np.ndarray
    target_lengths: np.ndarray

    def take(self, rows: slice) -> "PaddedBatch | None":
        """Some of the pairs, padded no further than they need; None where that is none."""
        source_lengths, target_lengths = self.source_lengths[rows], self.target_lengths[rows]
        if not len(source_lengths):
            return None
        source, target = self.source[rows, : source_lengths.max()], self.target[rows, : target_lengths.max()]
        return PaddedBatch(source, source_lengths, target, target_lengths)


@dataclass(frozen=True, eq=False)
class EncodedPairs:
    """N pairs as ids: two lists of (L,) arrays, every sequence with the end of line as its last token."""

    sources: Sequence[np.ndarray]
    targets: Sequence[np.ndarray]

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def target_tokens(self) -> int:
        """How many tokens the decoder is asked for, line ends included."""
        return sum(map(len, self.targets))

    def batch(self, rows: Iterable[int]) -> PaddedBatch:
        """The pairs of these rows."""
        rows = list(rows)
        source, source_lengths = pad([self.sources[i] for i in rows])
        target, target_lengths = pad([self.targets[i] for i in rows])
        return PaddedBatch(source, source_lengths, target, target_lengths)


def line_ids(vocabulary: Vocabulary, text: str) -> np.ndarray:
    """A text without line ends → (L,) ids with the end of line behind, so that an empty text has a token."""
    return np.array([*vocabulary.encode(text), vocabulary.line_end], dtype=np.int32)


def pad(sequences: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """B sequences of one or more ids → (B, longest) int64, zeros behind, and their (B,) lengths."""
    lengths = np.array([len(s) for s in sequences], dtype=np.int64)
    padded = np.zeros((len(sequences), int(lengths.max(initial=0))), dtype=np.int64)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded, lengths


def length_buckets(pairs: EncodedPairs, tokens: int, generator: np.random.Generator) -> list[np.ndarray]:
    """Rows in batches of like lengths, in a random order.

    Pairs are shuffled, put in order of their lengths, the source's first, and cut where a batch's longer side would
    take more than `tokens` tokens with its padding; a batch of more than ROUND_PAIRS has a multiple of them, so that
    there are few shapes. A pair longer than that is a batch of its own.
    """
    lengths = np.array([(len(s), len(t)) for s, t in zip(pairs.sources, pairs.targets, strict=True)]).reshape(-1, 2)
    shuffled = generator.permutation(len(pairs))
    order = shuffled[np.lexsort((lengths[shuffled, 1], lengths[shuffled, 0]))]
    batches, start, longest = [], 0, 0
    for end, row in enumerate(order):
        longest = max(longest, int(lengths[row].max()))
        while longest * (end + 1 - start) > tokens and end > start:
            cut = end - (end - start) % ROUND_PAIRS if end - start > ROUND_PAIRS else end
            batches.append(order[start:cut])
            start, longest = cut, int(lengths[order[cut : end + 1]].max())
    batches.append(order[start:])
    return [batches[i] for i in generator.permutation(len(batches))]
