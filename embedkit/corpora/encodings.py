"""Texts that are not in UTF-8: read as if they were, or named with the line that converts them."""

import codecs
import io
import shlex
from pathlib import Path
from typing import IO, Any

from embedkit.errors import CorpusError

_BLOCK = 1 << 16
# Where one byte in so many is no ASCII, there are Latin letters with accents, of which statistics tell too little.
_SELDOM = 3
# Names of Python's that iconv does not know.
_ICONV = {"mac_roman": "MACINTOSH", "mac_cyrillic": "MAC-CYRILLIC", "shift_jis": "SHIFT_JIS", "latin_1": "ISO-8859-1"}
_UNPACK = {".gz": "gzip -dc", ".bz2": "bzip2 -dc", ".xz": "xz -dc"}


class Recoded(io.RawIOBase):
    """A stream of bytes in some encoding as a stream of the same text in UTF-8, without its byte-order mark.

    Going back starts over, as in compressed files.
    """

    def __init__(self, handle: IO[bytes], encoding: str, path: Path) -> None:
        self._handle, self._encoding, self._path = handle, encoding, path
        self._start()

    def _start(self) -> None:
        self._handle.seek(0)
        self._decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        self._rest, self._position, self._line = b"", 0, 1

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises:
        CorpusError: bytes that the encoding does not have, with the line.
        """
        block = b" "
        while not self._rest and block:
            block = self._handle.read(_BLOCK)
            try:
                text = self._decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line = self._line + error.object[: error.start].decode(error.encoding, "replace").count("\n")
                bad = error.object[error.start]
                name = self._encoding.upper()
                raise CorpusError(
                    f"{self._path}:{line}: not {name} ({error.reason}, byte {bad:#04x}); save the file as UTF-8"
                ) from None
            self._line += text.count("\n")
            self._rest = text.encode()
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        self._position += size
        return size

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a text in another encoding is read from its start")
        if offset < self._position:
            self._start()
        while self._position < offset and self.read(min(_BLOCK, offset - self._position)):
            pass
        return self._position

    def close(self) -> None:
        self._handle.close()
        super().close()


def conversion(path: Path, raw: bytes) -> str:
    """What to do with a file of which some of these bytes are no UTF-8: the command that converts it, from the encoding
    that they look like, or leaves out what is damaged."""
    reading = f"< {shlex.quote(str(path))}"
    if path.suffix in _UNPACK:
        reading = f"{reading} {_UNPACK[path.suffix]} |"
    target = shlex.quote(f"{path.name.split('.')[0]}-utf8.txt")
    text = raw.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if sum(not c.isascii() for c in text) - damaged > damaged:
        return f"mostly it is; `{reading} iconv -c -f UTF-8 -t UTF-8 > {target}` leaves out what is not"
    encoding = _likely(raw)
    return f"convert it, if {encoding} is what it is in: `{reading} iconv -f {encoding} -t UTF-8 > {target}`"


def _likely(raw: bytes) -> str:
    """The encoding that bytes look like, as iconv names it: a guess."""
    if sum(byte > 0x7F for byte in raw) * _SELDOM < len(raw):
        return "WINDOWS-1252"
    from charset_normalizer import from_bytes

    best = from_bytes(raw).best()
    name = best.encoding if best is not None else "cp1252"
    return _ICONV.get(name, name.replace("_", "-").upper())
