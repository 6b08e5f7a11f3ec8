"""The pieces that displays are made of. Every string that comes in is text, and is escaped by the templates."""

import re
from collections.abc import Container, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from embedkit.controls import printable
from embedkit.numerals import shortened
from embedkit.report.markup import environment

if TYPE_CHECKING:
    from markupsafe import Markup

_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
LONGEST = 300
"""Characters of a label that are shown."""


def readable(text: str) -> str:
    """What is no character to show becomes one that says so; what turns the direction of writing is made visible."""
    return printable(_UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text))


@cache
def macros(template: str) -> Any:
    """The macros of one of the displays' templates, as functions that return HTML."""
    templates = environment("embedkit.display", readable)
    templates.filters["shortened"] = lambda value, longest=LONGEST: shortened(str(value), longest)
    return templates.get_template(template).module


def frame(heading: str, *parts: "Markup") -> str:
    """A display: what it is, and its parts, which are HTML."""
    return str(macros("pieces.html").frame(heading, parts))


def note(text: str) -> "Markup":
    """A sentence set quietly."""
    return macros("pieces.html").note(text)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, words: Container[int] = (0,)) -> "Markup":
    """Rows of texts; columns that are not among those of `words` are set as numbers."""
    return macros("pieces.html").table(columns, rows, words)


def figures(items: Iterable[tuple[str, str, str]]) -> "Markup":
    """Figures side by side: each its value, what it is, and what it is over."""
    return macros("pieces.html").figures(items)


def folded(summary: str, inner: "Markup") -> "Markup":
    """HTML that opens on a click."""
    return macros("pieces.html").folded(summary, inner)
