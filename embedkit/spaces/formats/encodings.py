"""Text that is not plain UTF-8: with a byte-order mark, in UTF-16, or in an encoding that somebody names."""

import codecs
import io
from typing import IO, Any, cast

from embedkit.errors import UsageError
from embedkit.spaces.formats.compressed import Stream
from embedkit.spaces.formats.repairs import Repairs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CHUNK = 1 << 20


def codec_of(encoding: str) -> str:
    """The name that Python has for an encoding of text.

    Raises:
        UsageError: there is none.
    """
    try:
        codec = codecs.lookup(encoding)
        "".encode(codec.name)
    except (LookupError, ValueError):
        message = f"unknown encoding {encoding!r}; write it as utf-8, latin-1, cp1252, gb18030, shift_jis or utf-16-le"
        raise UsageError(message) from None
    return codec.name


def byte_order_mark(start: bytes) -> tuple[bytes, str] | None:
    """The mark that a text begins with, and the encoding that it tells."""
    return next(((mark, encoding) for mark, encoding in _MARKS if start.startswith(mark)), None)


def unmarked(start: bytes) -> str | None:
    """The encoding of what looks like UTF-16 without a mark: every other byte of its first 64 is 0."""
    if len(start) >= 8 and not any(start[1:64:2]) and all(start[:63:2]):
        return "utf-16-le"
    if len(start) >= 8 and not any(start[:63:2]) and all(start[1:64:2]):
        return "utf-16-be"
    return None


def as_utf8(handle: IO[bytes], start: bytes, encoding: str, repairs: Repairs) -> IO[bytes]:
    """The same text as UTF-8 without a mark, from its first character.

    Args:
        start: its first bytes.
        encoding: that somebody named, "" where none.

    Raises:
        UsageError: there is no such encoding.
        SpaceError: as it is read: bytes that are no text in the encoding and are not to be repaired.
    """
    mark = byte_order_mark(start)
    codec = codec_of(encoding) if encoding else mark[1] if mark else "utf-8"
    skipped = len(mark[0]) if mark and mark[1].startswith(codec) else 0
    if codec == "utf-16" and mark is None:
        codec = unmarked(start) or "utf-16-le"
    elif codec in ("utf-16", "utf-32") and mark is not None:
        codec = mark[1]
    if codec in ("utf-8", "utf-8-sig", "ascii"):  # what is no UTF-8 is named with its line by the reader of the format
        if not skipped:
            handle.seek(0)
            return handle
        codec = "utf-8"
    return cast(IO[bytes], Stream(_Recoded(handle, skipped, codec, repairs)))


class _Recoded(io.RawIOBase):
    """A text of another encoding, or after a mark, as bytes of UTF-8."""

    def __init__(self, inner: IO[bytes], skipped: int, codec: str, repairs: Repairs) -> None:
        self._inner, self._skipped, self._codec, self._repairs = inner, skipped, codec, repairs
        self._met = 0  # bytes up to which faults were met: a text may be read from its start again
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """To a place that is counted from the first character: read again up to there."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a text that is recoded has no known end")
        self._inner.seek(self._skipped)
        self._decoder = codecs.getincrementaldecoder(self._codec)()
        self._line, self._at, self._ready, self._ended = 1, 0, b"", False
        self._taken = 0  # bytes that went into the decoder
        while self._at < offset and self.read(min(offset - self._at, _CHUNK)):
            pass
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._ended:
            block = self._inner.read(_CHUNK)
            self._ended = not block
            self._ready = block if self._codec == "utf-8" else self._utf8(block)
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        self._at += size
        return size

    def _utf8(self, block: bytes) -> bytes:
        pieces = []
        self._taken += len(block)
        while True:
            try:
                pieces.append(self._decoder.decode(block, final=self._ended).encode("utf-8"))
                break
            except UnicodeDecodeError as error:
                pieces.append(error.object[: error.start].decode(self._codec).encode("utf-8"))
                line = self._line + sum(piece.count(b"\n") for piece in pieces)
                end = max(error.end, error.start + 1)
                escapes = "".join(f"\\x{byte:02x}" for byte in error.object[error.start : end])
                at = self._taken - len(error.object) + end
                if at > self._met:
                    self._met = at
                    self._repairs.meet("not text", line, f"the bytes {escapes} are no {self._codec}", excerpt=escapes)
                pieces.append(escapes.encode())
                self._decoder.reset()
                block = error.object[end:]
        text = b"".join(pieces)
        self._line += text.count(b"\n")
        return text
