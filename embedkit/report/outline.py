"""A page's outline: its sections with their texts, tables, galleries and figures, and its data blocks.

Read with the standard library's parser; nothing of a page is run. What the outline names carries its name in the page,
`data-part="analogies/table-1"`. Pages of embedkit 0.1 do not, and there it follows from classes and ids.

    <section id="analogies" data-part="analogies/text"> … <table data-part="analogies/table-1"> … </table> </section>
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate

ATTRIBUTE = "data-part"

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_INLINE = {
    *("a", "abbr", "b", "bdi", "bdo", "button", "cite", "code", "em", "i", "img", "input", "kbd", "label", "mark"),
    *("select", "small", "span", "strong", "sub", "sup", "u", "wbr"),
}
"""Between two of these white space is seen; beside any other element it is not."""
_PLOT = re.compile(r"figure-\d+")
_MARKED = re.compile(r"/(table|gallery)-\d+$|(/text)$|^page/(header|footer)$")


@dataclass
class Piece:
    """Something of a page that stands for itself: the text of a section, a table or gallery in it, the header, the
    footer; or the place of a figure, a map or a box, whose data are in a block of that name.

    Attributes:
        name: unique in the page: "analogies/table-1", "analogies/text", "figure-3", "page/header".
        kind: "text", "table", "gallery", "header", "footer"; "figure" or "place" where a data block goes with it.
        section: the anchor of its section; "page" where it stands in none.
        heading: what a reader calls it: of a table the heads of its columns.
        markup: what is inside, as it stands in the page; of a text without its tables and galleries.
        tokens: what is inside, tags and text: (tag, attributes) and ("", text).
    """

    name: str
    kind: str
    section: str
    heading: str
    markup: str = ""
    tokens: list[tuple[str, str]] = field(default_factory=list)
    cuts: list[tuple[int, int]] = field(default_factory=list)
    start: int = 0

    def canonical(self) -> str:
        """What is inside, whatever way it was written down.

        The order of attributes and of classes, how a character is escaped, and white space beside elements that begin
        a line of their own make no difference; every other character does.
        """
        rows = [("", ""), *self.tokens, ("", "")]
        return json.dumps([rows[i] for i in range(1, len(rows) - 1) if not _unseen(rows[i - 1 : i + 2])])


@dataclass(frozen=True)
class Outline:
    """The pieces of a page in their order, and its data blocks by their names, as JSON text."""

    pieces: tuple[Piece, ...]
    blocks: Mapping[str, str]


def read_outline(page: str) -> Outline:
    """What a page consists of. Of two data blocks of one name the first counts, as for the page's own scripts."""
    reader = _Reader(page)
    reader.feed(page)
    reader.close()
    reader.finish()
    return Outline(tuple(reader.pieces), reader.blocks)


@dataclass(frozen=True)
class _Element:
    """An element that is open: `piece` is what it holds, if anything, `start` where its tag begins."""

    tag: str
    start: int
    piece: Piece | None


class _Reader(HTMLParser):
    """Gathers pieces and blocks on one way through a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self.blocks: dict[str, str] = {}
        self._page = page
        self._lines = [0, *accumulate(len(line) + 1 for line in page.split("\n"))]
        self._open: list[_Element] = []
        self._counts: Counter[str] = Counter()
        self._block: str | None = None
        self._label = ""  # of the tag just before
        self._above = ("", 0)  # the heading just before, and where it begins
        self._heads: list[str] = []  # of the columns of the table that is open

    # What the parser calls

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}  # the first of a name counts
        outer = self._holder()
        if outer is not None:
            outer.tokens.append((tag, _attributes(attributes)))
        identity = attributes.get("id", "")
        if tag == "script" and attributes.get("type") == "application/json" and identity.startswith("data-"):
            name = identity.removeprefix("data-")
            self._block = None if name in self.blocks else name
        piece = self._piece(tag, attributes)
        if tag not in _VOID:
            self._open.append(_Element(tag, self._offset(), piece))
        self._label = attributes.get("aria-label", "")
        self._heads = [*self._heads, ""] if tag == "th" else self._heads
        self._above = ("", self._offset() if tag == "h3" else self._above[1])

    def handle_endtag(self, tag: str) -> None:
        if all(element.tag != tag for element in self._open):
            return
        start = self._offset()
        while self._close(start, self._page.find(">", start) + 1) != tag:
            pass
        holder = self._holder()
        if holder is not None:
            holder.tokens.append((f"/{tag}", ""))
        self._label = ""

    def handle_data(self, data: str) -> None:
        if self._block is not None:
            self.blocks[self._block] = self.blocks.get(self._block, "") + data
            return
        inner = self._open[-1].tag if self._open else ""
        if inner == "h3":
            self._above = (self._above[0] + data, self._above[1])
        elif data.strip():
            self._label, self._above = "", ("", 0)
        holder = self._holder()
        if holder is None:
            return
        if holder.tokens and not holder.tokens[-1][0]:
            data = holder.tokens.pop()[1] + data
        holder.tokens.append(("", data))
        if holder.kind == "table" and inner == "th":
            self._heads[-1] += data

    def finish(self) -> None:
        """Close what the page left open."""
        while self._open:
            self._close(len(self._page), len(self._page))

    # What it is made of

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _holder(self) -> Piece | None:
        """The innermost piece that is open and has text of its own."""
        return next(
            (e.piece for e in reversed(self._open) if e.piece and e.piece.kind not in ("figure", "place")), None
        )

    def _piece(self, tag: str, attributes: Mapping[str, str]) -> Piece | None:
        """What begins with this tag; nothing begins within a table, a gallery, a header or a footer."""
        holder = self._holder()
        if holder is not None and holder.kind != "text":
            return None
        section = "page" if holder is None else holder.section
        name = attributes.get(ATTRIBUTE) or self._unmarked(tag, attributes, holder)
        if not name:
            return None
        match = _MARKED.search(name)
        kind = "figure" if _PLOT.fullmatch(name) else "place"
        if match:
            kind = (match[1] or match[2] or match[3]).removeprefix("/")
        if (kind == "text") != (tag == "section") or (kind == "text" and holder is not None):
            return None
        if kind == "text":
            section = attributes.get("id", "")
        self._counts[name] += 1
        if self._counts[name] > 1:
            if kind in ("figure", "place"):
                return None
            name = f"{name}, again {self._counts[name]}"
        self._heads = []
        headings = {"figure": attributes.get("aria-label") or self._label, "gallery": self._above[0], "table": ""}
        heading = headings.get(kind, kind)
        start = self._offset() + len(self.get_starttag_text() or "")
        piece = Piece(name, kind, section, heading, start=start)
        if kind == "gallery" and holder is not None:
            piece.cuts.append((self._above[1], 0))
        self.pieces.append(piece)
        return piece

    def _unmarked(self, tag: str, attributes: Mapping[str, str], holder: Piece | None) -> str:
        """The name that a page of embedkit 0.1 does not write down; empty where nothing begins."""
        classes = attributes.get("class", "").split()
        if holder is None:
            if tag in ("header", "footer") and not attributes:
                return f"page/{tag}"
            return f"{attributes['id']}/text" if tag == "section" and attributes.get("id") else ""
        kind = ""
        if tag == "table" and "report-table" in classes:
            kind = "table"
        elif tag == "ul" and "gallery" in classes and self._above[0]:
            kind = "gallery"
        if kind:
            self._counts[f"{kind} of {holder.section}"] += 1
            return f"{holder.section}/{kind}-{self._counts[f'{kind} of {holder.section}']}"
        if "plot" in classes and self._label and _PLOT.fullmatch(attributes.get("id", "")):
            return attributes["id"]
        if tag == "form" and attributes.get("id") == "ask-form":
            return "analogies"
        return attributes.get("data-map", "") or attributes.get("data-between", "")

    def _close(self, start: int, end: int) -> str:
        """Close the innermost element, whose end tag, or that of one around it, lies from `start` to `end`."""
        element = self._open.pop()
        if element.tag == "script":
            if self._block is not None:
                self.blocks.setdefault(self._block, "")
            self._block = None
        piece = element.piece
        if piece is None or piece.kind in ("figure", "place"):
            return element.tag
        if piece.kind == "table":
            piece.heading = " | ".join(self._heads)[:80]
        cuts = [] if piece.kind == "gallery" else piece.cuts
        piece.markup = _without(self._page, piece.start, start, cuts)
        holder = self._holder()
        if holder is not None:
            holder.cuts.append((piece.cuts[0][0] if piece.kind == "gallery" else element.start, end))
        return element.tag


def _without(page: str, start: int, end: int, cuts: list[tuple[int, int]]) -> str:
    """page[start:end] without the stretches that are cut out of it, which are in their order."""
    edges = [start, *(edge for cut in cuts for edge in cut), end]
    return "".join(page[low:high] for low, high in zip(edges[::2], edges[1::2], strict=True))


def _attributes(attributes: Mapping[str, str]) -> str:
    """Attributes in one order, classes too; the name of a piece is none that is seen."""
    values = {name: value for name, value in attributes.items() if name != ATTRIBUTE}
    if "class" in values:
        values["class"] = " ".join(sorted(set(values["class"].split())))
        values = values if values["class"] else {name: value for name, value in values.items() if name != "class"}
    return json.dumps(values, sort_keys=True) if values else ""


def _unseen(rows: list[tuple[str, str]]) -> bool:
    """Whether the middle one of three tokens is white space beside an element that begins a line of its own."""
    before, token, after = rows
    if token[0] or token[1].strip():
        return False
    return any(side[0].removeprefix("/") not in _INLINE for side in (before, after))
