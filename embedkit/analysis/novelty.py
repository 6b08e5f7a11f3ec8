"""How new held-out texts are: in training as they stand, inside of a training text, one edit off, or none of these.

An autoencoder or a translator that has seen a neighbour of a text may owe the right answer to it; what can be said of
new texts is what the others leave.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Literal, get_args

import numpy as np

Novelty = Literal["exact", "contained", "one edit", "new"]
NOVELTIES: tuple[Novelty, ...] = get_args(Novelty)
"""By falling nearness; a text has the first that holds."""

IN_WORDS: dict[Novelty, str] = {
    "new": "new",
    "one edit": "one token off a training source",
    "contained": "inside of a training source",
    "exact": "a training source",
}
"""What is said of a source, the newest first."""

_BLOCK = 1 << 15  # training texts whose numbers are in memory at once
_OTHER = 0x94D049BB133111EB  # the number of every token that no held-out text has
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2^64
_INVERSE = np.uint64(pow(int(_BASE), -1, 2**64))


def novelty(texts: Sequence[Sequence[str]], trained: Iterable[Sequence[str]]) -> list[Novelty]:
    """N held-out texts as tokens, and the training texts as tokens → how new each of the N is.

    exact: it is a training text. contained: its tokens stand in a training text side by side. one edit: a training text
    comes of it by one token put in, taken out or exchanged (Levenshtein 1966). new: none of these.

    Sequences are compared by hashes of 64 bits. An edit is looked up by what is left when one token is taken out of
    either side, each place for itself (the deletion neighbourhood of Garbe's SymSpell, 2012, with places, so that it is
    exact for one edit): time grows with the tokens of the training texts, and not with N times them.
    """
    codes = _codes(texts)
    held_out = _Hashes.of(texts, codes)
    flags = {name: np.zeros(len(texts), dtype=bool) for name in NOVELTIES}
    whole = _Lookup(held_out.whole)
    shortened = _Lookup(held_out.shortened, held_out.text)
    exchanged = _Lookup(held_out.exchanged, held_out.text)
    rows_of = {int(length): np.flatnonzero(held_out.lengths == length) for length in np.unique(held_out.lengths)}
    stretches = {length: _Lookup(held_out.whole[rows], rows) for length, rows in rows_of.items()}
    for block in _blocks(trained):
        train = _Hashes.of(block, codes)
        whole.mark(train.whole, flags["exact"])
        for lookup, hashes in (
            (whole, train.shortened),
            (shortened, train.whole),
            (exchanged, train.exchanged),
        ):
            lookup.mark(hashes, flags["one edit"])
        for length, lookup in stretches.items():
            lookup.mark(train.windows(length), flags["contained"])
    flags["new"][:] = True
    return [next(name for name in NOVELTIES if flags[name][row]) for row in range(len(texts))]


def _codes(texts: Sequence[Sequence[str]]) -> dict[str, int]:
    """A random number for each token of the held-out texts."""
    tokens = dict.fromkeys(chain.from_iterable(texts))
    numbers = np.random.default_rng(0).integers(1, 2**63, size=len(tokens))
    return dict(zip(tokens, numbers.tolist(), strict=True))


def _blocks(texts: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    remaining = iter(texts)
    while block := list(islice(remaining, _BLOCK)):
        yield block


class _Lookup:
    """Which rows have which hash."""

    def __init__(self, hashes: np.ndarray, rows: np.ndarray | None = None) -> None:
        order = np.argsort(hashes)
        self._sorted = hashes[order]
        self._rows = order if rows is None else rows[order]

    def mark(self, hashes: np.ndarray, flags: np.ndarray) -> None:
        """Mark the rows that have any of these hashes."""
        if not len(self._sorted):
            return
        places = np.minimum(np.searchsorted(self._sorted, hashes), len(self._sorted) - 1)
        present = np.unique(hashes[self._sorted[places] == hashes])
        ends = (np.searchsorted(self._sorted, present, side=side).tolist() for side in ("left", "right"))
        for start, end in zip(*ends, strict=True):
            flags[self._rows[start:end]] = True


class _Hashes:
    """Hashes of texts, of their windows, and of what is left where a token is taken out.

    The hash of tokens c₀ c₁ … is Σ cᵢ Bⁱ modulo 2^64, so that that of any stretch follows from sums up to its ends.

    Attributes:
        lengths: (N,) tokens of each text.
        whole: (N,) of the texts.
        text: (T,) the number of the text that each of all T tokens stands in.
        shortened: (T,) of the text without that token.
        exchanged: (T,) of the same and its place.
    """

    def __init__(self, codes: np.ndarray, lengths: np.ndarray) -> None:
        total = len(codes)
        self.lengths = lengths
        powers = _powers(_BASE, total + 1)
        self._back = _powers(_INVERSE, total + 1)
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(codes * powers[:total], dtype=np.uint64)])
        self._starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        starts, ends = self._starts[:-1], self._starts[1:]
        self.whole = self._stretch(starts, ends)
        self.text = np.repeat(np.arange(len(lengths)), lengths)
        here = np.arange(total)
        start, end = starts[self.text], ends[self.text]
        # What follows moves up by one place.
        after = (self._sums[end] - self._sums[here + 1]) * _INVERSE
        self.shortened = (self._sums[here] - self._sums[start] + after) * self._back[start]
        self.exchanged = self.shortened ^ _scrambled(here - start + 1)

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], codes: dict[str, int]) -> "_Hashes":
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        tokens = (codes.get(token, _OTHER) for text in texts for token in text)
        return cls(np.fromiter(tokens, dtype=np.uint64, count=int(lengths.sum())), lengths)

    def windows(self, length: int) -> np.ndarray:
        """Of every `length` tokens that stand side by side in a text."""
        starts = np.arange(len(self.text))
        starts = starts[starts + length <= self._starts[1:][self.text]]
        return self._stretch(starts, starts + length)

    def _stretch(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        return (self._sums[ends] - self._sums[starts]) * self._back[starts]


def _powers(base: np.uint64, count: int) -> np.ndarray:
    """(count,) powers of a base from the 0th on, modulo 2^64."""
    factors = np.full(count, base, dtype=np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)


def _scrambled(numbers: np.ndarray) -> np.ndarray:
    """(N,) small numbers as such that no other number takes their place by chance."""
    mixed = numbers.astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(31))
