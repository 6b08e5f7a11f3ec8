"""Many strings as the bytes that they are: end to end, each decoded when it is looked at."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np

_MASK = (1 << 64) - 1
_FACTOR = 0x9E3779B97F4A7C15  # 2⁶⁴ divided by the golden ratio, odd: Knuth's multiplicative hashing
_SCANS = 8  # so many strings are sought by going through all; for more an index is made
_ROOM = 1 << 24  # bytes that an array of numpy's strings may always take
_AT_ONCE = 10_000  # strings that are decoded together


class Strings(Sequence[str]):
    """Strings as one array of their UTF-8 bytes and where each of them ends. It is equal to the tuple of the same.

    A Python string takes some 60 bytes beside its characters, and as much again in an index; one of these takes eight.
    Lone surrogates, which a str can hold and UTF-8 cannot, are kept as Python's "surrogatepass" has them.

    Attributes:
        text: (bytes,) uint8.
        ends: (N,) int64, never falling: string i is text[ends[i - 1] : ends[i]].
        start: where string 0 begins.
    """

    def __init__(self, text: np.ndarray, ends: np.ndarray, start: int = 0) -> None:
        self.text, self.ends, self.start = text, ends, start
        self._bytes = text.data
        self._scans = 0

    @classmethod
    def of(cls, strings: Iterable[str]) -> "Strings":
        return cls.of_bytes([string.encode("utf-8", "surrogatepass") for string in strings])

    @classmethod
    def of_bytes(cls, strings: Sequence[bytes]) -> "Strings":
        """Of UTF-8, which is not checked here; see `undecodable`."""
        ends = np.cumsum(np.fromiter(map(len, strings), dtype=np.int64, count=len(strings)), dtype=np.int64)
        return cls(np.frombuffer(b"".join(strings), dtype=np.uint8), ends)

    @classmethod
    def joined(cls, parts: Sequence["Strings"]) -> "Strings":
        """One after another."""
        text = np.concatenate([np.empty(0, dtype=np.uint8), *(part.own_text for part in parts)])
        lengths = np.concatenate([np.empty(0, dtype=np.int64), *(part.lengths for part in parts)])
        return cls(text, np.cumsum(lengths))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles hold the bytes themselves, not the file that they are mapped from."""
        return type(self), (np.array(self.own_text), np.cumsum(self.lengths))

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> "Sequence[str]": ...

    def __getitem__(self, at: int | slice) -> "str | Sequence[str]":
        if not isinstance(at, slice):
            return str(self.encoded(self._row(at)), "utf-8", "surrogatepass")
        first, last, step = at.indices(len(self))
        if step != 1:
            return tuple(self[row] for row in range(first, last, step))
        return Strings(
            self.text, self.ends[first : max(first, last)], int(self.ends[first - 1]) if first else self.start
        )

    def _row(self, at: int) -> int:
        if not -len(self) <= at < len(self):
            raise IndexError(f"string {at} of {len(self)}")
        return at % len(self)

    def encoded(self, row: int) -> bytes:
        """The UTF-8 of the string of a row from 0 on."""
        return bytes(self._bytes[self.ends[row - 1] if row else self.start : self.ends[row]])

    def __iter__(self) -> Iterator[str]:
        begin = self.start
        for first in range(0, len(self), _AT_ONCE):
            for end in self.ends[first : first + _AT_ONCE].tolist():
                yield str(self._bytes[begin:end], "utf-8", "surrogatepass")
                begin = end

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Strings):
            return np.array_equal(self.lengths, other.lengths) and np.array_equal(self.own_text, other.own_text)
        if isinstance(other, tuple):
            return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __contains__(self, string: object) -> bool:
        return isinstance(string, str) and self.row_of(string) is not None

    def index(self, string: Any, start: int = 0, stop: int | None = None) -> int:
        row = self.row_of(string) if isinstance(string, str) else None
        if (
            row is None
            or not slice(start, stop).indices(len(self))[0] <= row < slice(start, stop).indices(len(self))[1]
        ):
            raise ValueError(f"{string!r} is not among the strings")
        return row

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:3])) + (", …" if len(self) > 3 else "")
        return f"Strings({shown}; {len(self):,} of them)"

    @cached_property
    def lengths(self) -> np.ndarray:
        """(N,) int64, of each in bytes."""
        return np.diff(self.ends, prepend=self.start)

    @property
    def own_text(self) -> np.ndarray:
        """The bytes of these strings alone."""
        return self.text[self.start : int(self.ends[-1]) if len(self) else self.start]

    def array(self) -> np.ndarray:
        """(N,) the same as numpy has strings, or as objects where one is so long that this would take far more room."""
        strings = list(self)
        room = 4 * len(self) * max(map(len, strings), default=0)
        # numpy drops NUL at the end of a string of its own.
        wide = room > max(_ROOM, 8 * len(self.own_text)) or any(string.endswith("\0") for string in strings)
        return np.array(strings, dtype=object if wide else np.str_)

    def row_of(self, string: str) -> int | None:
        """The first row of a string, or None.

        A few are found by going through all, which takes some milliseconds a million; then an index is made.
        """
        encoded = string.encode("utf-8", "surrogatepass")
        if "_index" not in self.__dict__ and self._scans < _SCANS:
            self._scans += 1
            return self._scan(encoded)
        hashes, rows = self._index
        code = _hash(encoded)
        place = bisect_left(hashes, code)
        while place < len(hashes) and hashes[place] == code:
            if self.encoded(rows[place]) == encoded:
                return int(rows[place])
            place += 1
        return None

    def rows_of(self, strings: Sequence[str]) -> np.ndarray:
        """(M,) int64: the first row of each of M strings, −1 where there is none; far quicker than one by one."""
        encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
        codes = Strings.of_bytes(encoded)._hashes()
        hashes, rows = (np.asarray(part) for part in self._index)
        places = np.searchsorted(hashes, codes)
        found = np.full(len(encoded), -1, dtype=np.int64)
        for at in np.flatnonzero(hashes[np.minimum(places, len(hashes) - 1)] == codes).tolist() if len(rows) else ():
            row = int(rows[places[at]])
            # Where two strings have one hash the other may be meant.
            same = self.encoded(row) == encoded[at]
            other = None if same else self.row_of(strings[at])
            found[at] = row if same else -1 if other is None else other
        return found

    def _scan(self, encoded: bytes) -> int | None:
        rows = np.flatnonzero(self.lengths == len(encoded))
        begins = self.ends[rows] - len(encoded)
        for offset, byte in enumerate(encoded):
            same = self.text[begins + offset] == byte
            rows, begins = rows[same], begins[same]
        return int(rows[0]) if len(rows) else None

    @cached_property
    def _index(self) -> tuple[memoryview, memoryview]:
        """Every string's hash, rising, and its row; rows of equal hashes rise."""
        hashes = self._hashes()
        order = np.argsort(hashes, kind="stable")
        return hashes[order].data, order.data

    def _hashes(self) -> np.ndarray:
        """(N,) uint64; the same as `_hash` of each, eight bytes of all at a time."""
        # Every eight bytes of the text as a number, wherever they begin; what lies behind a string is masked out.
        padded = np.concatenate([self.text, np.zeros(8, dtype=np.uint8)])
        windows = np.ndarray((len(self.text) + 1,), dtype="<u8", buffer=padded, strides=(1,))
        lengths, begins = self.lengths, self.ends - self.lengths
        hashes = lengths.astype(np.uint64)
        rows = np.flatnonzero(lengths)
        for offset in range(0, int(lengths.max(initial=0)), 8):
            rows = rows[lengths[rows] > offset]
            left = np.minimum(lengths[rows] - offset, 8).astype(np.uint64)
            parts = windows[begins[rows] + offset] & (np.uint64(_MASK) >> (np.uint64(64) - left * np.uint64(8)))
            mixed = (hashes[rows] ^ parts) * np.uint64(_FACTOR)
            hashes[rows] = mixed ^ (mixed >> np.uint64(32))
        return hashes

    def repeated(self) -> int | None:
        """The first row whose string stands before it too, or None where all are distinct."""
        hashes, order = self._index
        codes, rows = np.asarray(hashes), np.asarray(order)
        equal = np.flatnonzero(codes[1:] == codes[:-1]) + 1
        first: dict[bytes, int] = {}
        again = []
        for row in sorted({*rows[equal].tolist(), *rows[equal - 1].tolist()}):
            if first.setdefault(self.encoded(row), row) != row:
                again.append(row)
        return min(again, default=None)

    def undecodable(self) -> int | None:
        """The first row that is not UTF-8, or None where all are."""
        try:
            str(self.own_text.data, "utf-8", "surrogatepass")
            begins = (self.ends - self.lengths)[self.lengths > 0]
            if not ((self.text[begins] & 0xC0) == 0x80).any():  # none begins within a character
                return None
        except UnicodeDecodeError:
            pass
        for row in range(len(self)):
            try:
                self[row]
            except UnicodeDecodeError:
                return row
        raise AssertionError("every string is UTF-8 by itself")


def _hash(encoded: bytes) -> int:
    """A string's hash, which `Strings._hashes` makes of many."""
    code = len(encoded)
    for offset in range(0, len(encoded), 8):
        code = (code ^ int.from_bytes(encoded[offset : offset + 8], "little")) * _FACTOR & _MASK
        code ^= code >> 32
    return code
