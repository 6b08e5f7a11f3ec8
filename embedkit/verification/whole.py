"""All of a page against what its artefacts give: the first character that is another is found, and its place named.

Two pages are cut at their data blocks. What stands between the blocks (text, tags, styles, scripts, the
Content-Security-Policy) has to be the same to the byte. A block has to be so too, or to hold the same values to
rounding, written in the page's own way. No character of a block can end it, so that nothing hides in one.
"""

import json
import re
from collections.abc import Mapping
from itertools import zip_longest

from embedkit.report.digests import digest
from embedkit.report.lineage import BLOCK
from embedkit.report.markup import json_text
from embedkit.verification.rounding import nearly

_BLOCK = re.compile(r'(<script type="application/json" id="data-[^"<>]*">)([^<]*)')
_SECTION = re.compile(r'<section id="([^"]*)"|(</section>)')
_PART = re.compile(r'data-part="([^"]*)"')
_PLACES = (
    ("<head>", "what stands before its head"),
    ('<meta http-equiv="Content-Security-Policy"', "its head"),
    (">", "its Content-Security-Policy"),
    ("<title>", "its head"),
    ("</title>", "its title"),
    ("<style>", "its head"),
    ("</style>", "its style sheet"),
    ("<header", "what stands before the header"),
    ("</header>", "the header"),
    ("<section ", "what stands before the first section"),
)
"""What begins, in the order of a page, and what everything before it is called."""
_SHOWN = 50  # characters of what differs


def difference(page: str, again: str) -> str | None:
    """Where a page first differs from the one that was rendered again, and in what; None where it does not.

    Raises:
        ReportError: a data block of a figure is not JSON.
    """
    pieces, others = _BLOCK.split(page), _BLOCK.split(again)
    rounded: dict[str, str] = {}
    lineages: list[tuple[str, str]] = []
    start = 0
    for number, (piece, other) in enumerate(zip_longest(pieces, others, fillvalue="")):
        if piece != other:
            name = _name(others[number - 1]) if number % 3 == 2 else ""
            if name == BLOCK:
                lineages.append((piece, other))
            elif name and _same_block(name, piece, other):
                rounded[name] = piece
            else:
                return _told(piece, other, again, start, name)
        start += len(other)
    # Last: it has the digests of the blocks behind it too.
    wrong = next((pair for pair in lineages if not _same_lineage(*pair, rounded)), None)
    return None if wrong is None else _told(*wrong, again, 0, BLOCK)


def _same_block(name: str, block: str, other: str) -> bool:
    """Whether a block holds what the other does to rounding, and is written as the page writes it."""
    try:
        return json_text(json.loads(block)) == block and nearly(name, block, other)
    except (ValueError, RecursionError):
        return False


def _same_lineage(block: str, other: str, rounded: Mapping[str, str]) -> bool:
    """Whether two lineages are the same but for the digests of blocks that are rounded otherwise."""
    expected = json.loads(other)
    rows = [
        {**row, "sha256": digest(row["name"], rounded[row["name"]])} if row["name"] in rounded else row
        for row in expected["shown"]
    ]
    # As text: to Python 1, 1.0 and true are equal.
    return block == json_text({**expected, "shown": rows})


def _told(piece: str, other: str, again: str, start: int, block: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(piece, other, strict=False)) if a != b), min(len(piece), len(other)))
    where = f"the data {block!r}" if block else place(again, start + at)
    return f"first in {where}: the page has {_excerpt(piece, at)}, and its artefacts give {_excerpt(other, at)}"


def place(page: str, at: int) -> str:
    """What a reader calls the place of a character in a page that was rendered here."""
    end = 0
    for mark, name in _PLACES:
        begin = page.find(mark, end)
        if begin < 0 or at < begin + len(mark):
            return name
        end = begin + len(mark)
    if at > (footer := page.find("<footer")) >= 0:
        return "the footer" if at < page.find("</footer>", footer) else "its scripts and data, after the footer"
    inside, before = "", ""
    for match in _SECTION.finditer(page, 0, at):
        inside, before = (match[1], before) if match[1] else ("", inside)
    if not inside:
        return f"what stands after the section {before!r}"
    parts = _PART.findall(page, page.rfind("<section ", 0, at), at)
    return f"the section {inside!r}" + (f", after {parts[-1]!r}" if parts else "")


def _name(tag: str) -> str:
    """The name of a data block, of the tag before it."""
    return tag.rpartition('id="data-')[2].partition('"')[0]


def _excerpt(text: str, at: int) -> str:
    """What stands at a place of a text, from a little before it, in quotation marks."""
    begin = max(0, at - 15)
    shown = " ".join(text[begin : begin + _SHOWN].replace("\r", "\\r").split())
    return f"“{'…' if begin else ''}{shown}{'…' if begin + _SHOWN < len(text) else ''}”" if shown else "nothing"
