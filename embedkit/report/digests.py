"""What a page shows, figure by figure, as digests: the same whenever it is rendered again from the same artefacts.

They are taken from the HTML itself, so that a page can be held against its own manifest, and a page rendered anew
against both. Nothing of a page is run: its data blocks are read as JSON, and its markup as text.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from embedkit.errors import ReportError

_BLOCK = re.compile(r'<script type="application/json" id="data-([\w-]+)">(.*?)</script>', re.DOTALL)
_SECTION = re.compile(r'<section id="([^"]*)"[^>]*>(.*?)</section>', re.DOTALL)
_AROUND = re.compile(r"<(header|footer)>(.*?)</\1>", re.DOTALL)
_TABLE = re.compile(r'<table class="report-table">(.*?)</table>', re.DOTALL)
_GALLERY = re.compile(r'<h3>([^<]*)</h3>\s*<ul class="gallery">(.*?)</ul>', re.DOTALL)
_FIGURE = re.compile(r'aria-label="([^"]*)">\s*<div class="plot" id="(figure-\d+)"')
_PLACE = re.compile(r'data-(map|between)="([\w-]+)"')
_MODEL = re.compile(r"p\d+")


@dataclass(frozen=True)
class Shown:
    """A figure, a table, the data behind one, or the text of a section.

    Attributes:
        section: its anchor in the page; "page" for what belongs to none.
        name: unique in the page: "figure-3", "analogies/table-2", "gallery/gallery-1", "summary/text".
        heading: what a reader calls it.
        sha256: of its data in canonical JSON, or of its markup.
    """

    section: str
    name: str
    heading: str
    sha256: str


def blocks(page: str) -> dict[str, str]:
    """The data blocks of a page by their names, as JSON text."""
    return dict(_BLOCK.findall(page))


def shown(page: str) -> tuple[Shown, ...]:
    """Everything that a page shows, in the order of its sections; its lineage is left out.

    Raises:
        ReportError: a data block is not JSON.
    """
    data = {name: text for name, text in blocks(page).items() if name != "lineage"}
    found: list[Shown] = []
    for tag, markup in _AROUND.findall(page):
        found.append(Shown("page", f"page/{tag}", tag, _sha256(markup)))
    for section, markup in _SECTION.findall(page):
        found += _section(section, markup, data)
    found += [Shown("page", name, f"data “{name}”", digest(name, text)) for name, text in data.items()]
    return tuple(found)


def digest(name: str, text: str) -> str:
    """The SHA-256 of a data block in canonical JSON: sorted keys, and models numbered in their order.

    Raises:
        ReportError: it is not JSON.
    """
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ReportError(f"the page's data block {name!r} is not JSON ({error})") from None
    return _sha256(json.dumps(_renumbered(value, {}), sort_keys=True, separators=(",", ":")))


def _section(section: str, markup: str, data: dict[str, str]) -> Iterator[Shown]:
    """Takes the data that belongs to the section out of `data`."""
    text = _GALLERY.sub("", _TABLE.sub("", markup))
    yield Shown(section, f"{section}/text", "text", _sha256(text))
    for number, inner in enumerate(_TABLE.findall(markup), 1):
        yield Shown(section, f"{section}/table-{number}", _words(inner), _sha256(inner))
    for number, (heading, inner) in enumerate(_GALLERY.findall(markup), 1):
        yield Shown(section, f"{section}/gallery-{number}", unescape(heading), _sha256(inner))
    for heading, name in _FIGURE.findall(markup):
        if name in data:
            yield Shown(section, name, unescape(heading), digest(name, data.pop(name)))
    places = [name for _, name in _PLACE.findall(markup)]
    for name in [*places, *(["analogies"] if 'id="ask-form"' in markup else [])]:
        if name in data:
            yield Shown(section, name, f"data of “{name}”", digest(name, data.pop(name)))


def _words(table: str) -> str:
    """What a table is called: the heads of its columns."""
    heads = re.findall(r"<th(?: [^>]*)?>(.*?)</th>", table)
    return unescape(" | ".join(heads))[:80]


def _renumbered(value: Any, numbers: dict[str, str]) -> Any:
    """Bokeh numbers its models through a process; here they are numbered through a document."""
    if isinstance(value, list):
        return [_renumbered(each, numbers) for each in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: numbers.setdefault(each, f"m{len(numbers)}")
        if key in ("id", "root_id") and isinstance(each, str) and _MODEL.fullmatch(each)
        else _renumbered(each, numbers)
        for key, each in value.items()
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
