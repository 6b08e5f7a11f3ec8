"""What a file is by its first bytes: compressed, text in another encoding, or no text at all."""

import bz2
import gzip
import lzma
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

LOOK = 1 << 12
"""Bytes that are looked at."""

_COMPRESSED: tuple[tuple[re.Pattern[bytes], Callable[[Path], Any]], ...] = (
    (re.compile(rb"\x1f\x8b\x08"), gzip.open),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), bz2.open),
    (re.compile(rb"\xfd7zXZ\x00"), lzma.open),
)
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_NO_TEXT: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(rb"version https://git-lfs\.github\.com/spec/"),
        "a Git LFS pointer, not the file it stands for; run `git lfs pull` in its repository",
    ),
    (
        re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html[\s>])", re.I),
        "an HTML page, not plain text; if it stands in place of a download, get that again, else take its text out",
    ),
    (
        re.compile(rb"PK\x03\x04.{26}(?:\[Content_Types\]|mimetype)", re.S),
        "an office document, not plain text; save it as plain text in UTF-8",
    ),
    (re.compile(rb"PK(?:\x03\x04|\x05\x06)"), "a zip archive; unpack it (`unzip`) and name the text in it"),
    (re.compile(rb".{257}ustar", re.S), "a tar archive; unpack it (`tar -xf`) and name the text in it"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "a 7z archive; unpack it (`7z x`) and name the text in it"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "compressed by zstd, which is not read; unpack it with `zstd -d`"),
    (re.compile(rb"%PDF-"), "a PDF, not plain text; take its text out first, as with `pdftotext`"),
    (re.compile(rb"\{\\rtf1"), "an RTF document, not plain text; save it as plain text in UTF-8"),
    (re.compile(rb"PAR1"), "a Parquet table, not plain text; write its column of texts as a text file, a text a line"),
)


def decompressor(start: bytes) -> Callable[[Path], Any] | None:
    """What opens a compressed file that starts so, whatever its name; None where it is not compressed."""
    return next((opener for signature, opener in _COMPRESSED if signature.match(start)), None)


def no_text(start: bytes) -> str | None:
    """What is said of a file that starts so and is no text, with what to do about it; None for a text."""
    return next((message for signature, message in _NO_TEXT if signature.match(start)), None)


def unicode_encoding(start: bytes) -> str | None:
    """Which of UTF-16 and UTF-32 a text is in that starts so, by its byte-order mark, or by zeros in every second
    byte; None where it is in neither."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding
    if len(start) < 8:
        return None
    zeros = [start[parity::2].count(0) / len(start[parity::2]) for parity in (0, 1)]
    # Letters of Latin, and spaces and line ends of any script, have a zero beside them.
    if zeros[0] == 0 and zeros[1] > 0.5:
        return "utf-16-le"
    return "utf-16-be" if zeros[1] == 0 and zeros[0] > 0.5 else None
