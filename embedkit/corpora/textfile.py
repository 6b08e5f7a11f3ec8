"""Text files as streams of lines: plain or compressed, in UTF-8 or UTF-16, of any size."""

import io
import lzma
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from embedkit.corpora.encodings import Recoded, conversion
from embedkit.corpora.signatures import LOOK, decompressor, no_text, unicode_encoding
from embedkit.errors import CorpusError

COMPRESSED = (".gz", ".bz2", ".xz")
"""What the names of compressed files end in. How a file is read is told by its content."""
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What a damaged compressed file raises."""

LONGEST_LINE = 1 << 20
"""Bytes. A longer line (text8 is a single one) is handed on in pieces, cut at spaces: it is never held whole."""

_BLOCK = 1 << 20
_SAMPLE = 1 << 13
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class TextFile:
    """A stretch of a text file in bytes: [start, stop), of the decompressed text. stop None is the end."""

    path: Path
    start: int = 0
    stop: int | None = None

    def __call__(self) -> Iterator[str]:
        """A fresh stream of the lines, without their ends.

        Raises:
            CorpusError: the file is gone, damaged, no text, or neither UTF-8 nor UTF-16; the line is named.
        """
        try:
            with open_bytes(self.path) as handle:
                handle.seek(self.start)
                yield from self._lines(handle)
        except FileNotFoundError:
            raise CorpusError(f"{self.path}: no such file; was it moved since the corpus was opened?") from None
        except BROKEN as error:
            raise CorpusError(f"{self.path}: cannot be read to its end ({error}); is it complete?") from None

    def _lines(self, handle: IO[bytes]) -> Iterator[str]:
        position, rest = self.start, b""
        while self.stop is None or position < self.stop:
            most = LONGEST_LINE - len(rest)
            raw = handle.readline(most if self.stop is None else min(most, self.stop - position))
            if not raw:
                break
            position += len(raw)
            raw, rest = rest + raw, b""
            if not raw.endswith(b"\n") and len(raw) == LONGEST_LINE:
                cut = raw.rfind(b" ") + 1 or _last_character(raw)
                raw, rest = raw[:cut], raw[cut:]
            yield self._decode(raw, position - len(raw) - len(rest))
        if rest:
            yield self._decode(rest, position - len(rest))

    def _decode(self, raw: bytes, position: int) -> str:
        if position == 0 and raw.startswith(_BOM):
            raw = raw[len(_BOM) :]
        try:
            return raw.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            line = self._line_number(position + error.start)
            advice = conversion(self.path, self._around(position + error.start))
            raise CorpusError(f"{self.path}:{line}: not UTF-8 (byte {raw[error.start]:#04x}); {advice}") from None

    def _around(self, position: int) -> bytes:
        """Some lines before and after a byte."""
        with open_bytes(self.path) as handle:
            handle.seek(max(0, position - _SAMPLE // 2))
            return handle.read(_SAMPLE)

    def _line_number(self, position: int) -> int:
        with open_bytes(self.path) as handle:
            line = 1
            while position > 0 and (block := handle.read(min(_BLOCK, position))):
                line += block.count(b"\n")
                position -= len(block)
            return line


def open_bytes(path: Path) -> IO[bytes]:
    """A text's bytes in UTF-8, decompressed and from UTF-16 where the file is so, whatever its name.

    Raises:
        CorpusError: it is no text.
    """
    handle = _decompressed(path)
    try:
        start = handle.read(LOOK)
        if message := no_text(start):
            raise CorpusError(f"{path}: {message}")
        handle.seek(0)
        encoding = unicode_encoding(start)
        return handle if encoding is None else io.BufferedReader(Recoded(handle, encoding, path), _BLOCK)
    except BaseException:
        handle.close()
        raise


def _decompressed(path: Path) -> IO[bytes]:
    with open(path, "rb") as handle:
        opener = decompressor(handle.read(LOOK))
    return opener(path) if opener else open(path, "rb")


def stem(path: Path) -> str:
    """The file's name without .txt and the ending of a compressed file."""
    name = path.name
    for ending in (*COMPRESSED, ".txt"):
        name = name.removesuffix(ending)
    return name


def text_size(path: Path) -> int:
    """Bytes of the text as `open_bytes` gives them.

    Raises:
        CorpusError: a compressed file is damaged, or it is no text.
    """
    try:
        with open_bytes(path) as handle:
            if isinstance(handle, io.BufferedReader) and isinstance(handle.raw, io.FileIO):
                return path.stat().st_size
            return sum(len(block) for block in iter(lambda: handle.read(_BLOCK), b""))
    except BROKEN as error:
        raise CorpusError(f"{path}: cannot be read to its end ({error}); is it complete?") from None


def contiguous(path: Path, shares: Mapping[str, float]) -> dict[str, TextFile]:
    """Cut a file into blocks of the given shares of its bytes, each moved on to the start of a line.

    In a line that is too long for that the cut is made at a space, or between two characters.
    """
    size = text_size(path)
    edges, share_before = [0], 0.0
    for share in shares.values():
        share_before += share
        edges.append(_line_start(path, min(round(size * share_before), size), size))
    return {name: TextFile(path, edges[i], edges[i + 1]) for i, name in enumerate(shares)}


def _line_start(path: Path, position: int, size: int) -> int:
    """The start of the first line after `position`, where there is one near; else of a word, else of a character."""
    if position in (0, size):
        return position
    with open_bytes(path) as handle:
        handle.seek(position - 1)
        block = handle.read(LONGEST_LINE)
    for separator in (b"\n", b" "):
        offset = block.find(separator)
        if offset >= 0:
            return position + offset
    return character_start(path, position)


def character_start(path: Path, position: int) -> int:
    """`position`, or where the first character after it starts if it lies inside one."""
    with open_bytes(path) as handle:
        handle.seek(position)
        following = handle.read(4)
        return position + next((i for i, byte in enumerate(following) if not _continues(byte)), len(following))


def _continues(byte: int) -> bool:
    """Whether a byte of UTF-8 goes on with a character rather than starting one."""
    return byte & 0xC0 == 0x80


def _last_character(raw: bytes) -> int:
    """Where the last character of UTF-8 bytes starts."""
    at = len(raw) - 1
    while at > 0 and _continues(raw[at]):
        at -= 1
    return at
