"""The terminal is a place that obeys what is written to it: whatever a command prints goes through here."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from embedkit.controls import OBEYED, printable


def in_one_line(text: str) -> str:
    r"""Printable text in which a tab or the end of a line looks like no next column or row: \t and \n."""
    return printable(text.replace("\t", "\\t").replace("\n", "\\n"))


def json_escaped(json: str) -> str:
    """JSON of the same value in which nothing is left that a terminal would obey."""

    def escape(match: re.Match[str]) -> str:
        units = match[0].encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))

    return OBEYED.sub(lambda match: match[0] if match[0] == "\n" else escape(match), json)


class _Guarded:
    """A stream to which only what is printable is written."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write(printable(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def guarded() -> Iterator[None]:
    """Everything that is printed meanwhile is printable, whoever prints it."""
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = cast(TextIO, _Guarded(out)), cast(TextIO, _Guarded(err))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


def unguarded(stream: TextIO) -> TextIO:
    """The stream itself, for what draws with control characters of its own and has made the rest printable."""
    return stream.stream if isinstance(stream, _Guarded) else stream
