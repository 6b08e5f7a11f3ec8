"""What a page shows, piece by piece, as digests: the same whenever it is rendered again from the same artefacts.

They are taken from the HTML itself, so that a page can be held against its own manifest, and a page rendered anew
against both. Nothing of a page is run: its data blocks are read as JSON, and its markup as text.

A text or a table counts as what it says, not as how its tags are written down (`Piece.canonical`). Pages of embedkit
0.1, whose lineage is of version 1, state digests of the markup as it stands; those can still be taken of them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from embedkit.errors import ReportError
from embedkit.report.numbering import numbered
from embedkit.report.outline import Outline, Piece, read_outline

VERSION = 2
"""Of the rule by which digests are taken: 1 of markup as it stands, 2 of what it says."""
PAGE = "page"
"""The section of what belongs to none."""


@dataclass(frozen=True)
class PieceDigest:
    """A figure, a table, the data behind one, or the text of a section.

    Attributes:
        section: its anchor in the page; "page" for what belongs to none.
        name: unique in the page: "figure-3", "analogies/table-2", "gallery/gallery-1", "summary/text".
        heading: what a reader calls it.
        sha256: of its data in canonical JSON, or of what its markup says.
    """

    section: str
    name: str
    heading: str
    sha256: str


def blocks(page: str) -> Mapping[str, str]:
    """The data blocks of a page by their names, as JSON text."""
    return read_outline(page).blocks


def page_digests(page: str | Outline, version: int = VERSION) -> tuple[PieceDigest, ...]:
    """Everything that a page shows, in the order of its sections; its lineage is left out.

    Args:
        version: the rule; 1 for what pages of embedkit 0.1 state of themselves.

    Raises:
        ReportError: a data block is not JSON.
    """
    outline = read_outline(page) if isinstance(page, str) else page
    data = {name: text for name, text in outline.blocks.items() if name != "lineage"}
    digests = [_of_markup(piece, version) for piece in outline.pieces if piece.kind in ("header", "footer")]
    for section in dict.fromkeys(piece.section for piece in outline.pieces):
        digests += _section([piece for piece in outline.pieces if piece.section == section], data, version)
    digests += [PieceDigest(PAGE, name, f"data “{name}”", digest(name, text)) for name, text in data.items()]
    return tuple(digests)


def digest(name: str, text: str) -> str:
    """The SHA-256 of a data block in canonical JSON: sorted keys, and models numbered in their order.

    Raises:
        ReportError: it is not JSON.
    """
    return _sha256(json.dumps(canonical_data(name, text), sort_keys=True, separators=(",", ":")))


def canonical_data(name: str, text: str) -> Any:
    """The value of a data block, its Bokeh models numbered in their order.

    Raises:
        ReportError: it is not JSON.
    """
    try:
        value = json.loads(text)  # a label may be half of a character there
    except (ValueError, RecursionError) as error:
        raise ReportError(f"the page's data block {name!r} is not JSON ({error})") from None
    return numbered(value, "m")


def _section(pieces: list[Piece], data: dict[str, str], version: int) -> Iterator[PieceDigest]:
    """The text, the tables, the galleries, the figures and the rest, whose data are taken out of `data`."""
    for kind in ("text", "table", "gallery"):
        yield from (_of_markup(piece, version) for piece in pieces if piece.kind == kind)
    for kind in ("figure", "place"):
        for piece in pieces:
            if piece.kind == kind and piece.name in data:
                heading = piece.heading if kind == "figure" else f"data of “{piece.name}”"
                yield PieceDigest(piece.section, piece.name, heading, digest(piece.name, data.pop(piece.name)))


def _of_markup(piece: Piece, version: int) -> PieceDigest:
    content = piece.markup if version == 1 else piece.canonical()
    return PieceDigest(piece.section, piece.name, piece.heading, _sha256(content))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
