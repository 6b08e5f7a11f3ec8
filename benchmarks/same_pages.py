"""Whether pages show the same: of each section its text, tables, galleries and figures, and all data blocks.

    python -m benchmarks.same_pages OLD.html NEW.html              # and more pairs
    python -m benchmarks.same_pages reports/old reports/html       # pages of two folders by their names

A line for each section says what is the same in it, and where it first differs. What makes no difference: white space
that nobody sees, the order of attributes and of classes, data-part names, the last digits of a figure's numbers, and in
the lineage versions, the command and the digests, which follow from the rest. The exit status is 1 where pages differ
or one has no counterpart.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from embedkit.report.digests import canonical_data
from embedkit.report.outline import Outline, Piece, read_outline

_VERSION = re.compile(r"(?<=Rendered by embedkit )[\w.+]+")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
DIGITS = 1e-12
"""By which two numbers may be apart, relatively."""
FREE = ("version", "embedkit", "command")
"""Of the lineage, what may differ."""


def compare(one: str, other: str) -> dict[str, list[str]]:
    """Section → what differs between two pages, a line each; empty where it is the same. "page" is what stands in no
    section."""
    outlines = read_outline(one), read_outline(other)
    names = [dict.fromkeys(piece.section for piece in outline.pieces) for outline in outlines]
    differences: dict[str, list[str]] = {"page": [], **{name: [] for names_ in names for name in names_}}
    if list(names[0]) != list(names[1]):
        differences["page"].append(f"sections: {', '.join(names[0])} ≠ {', '.join(names[1])}")
    titles = [match[1] if (match := _TITLE.search(page)) else "" for page in (one, other)]
    if titles[0] != titles[1]:
        differences["page"].append(f"title: {titles[0]!r} ≠ {titles[1]!r}")
    placed: set[str] = set()
    for section in differences:
        pieces = [[piece for piece in outline.pieces if piece.section == section] for outline in outlines]
        differences[section] += _pieces(*pieces)
        for name in dict.fromkeys(piece.name for side in pieces for piece in side if _has_data(piece, outlines)):
            placed.add(name)
            differences[section] += _data(name, *outlines)
    for name in dict.fromkeys([*outlines[0].blocks, *outlines[1].blocks]):
        if name not in placed:
            differences["page"] += _data(name, *outlines)
    return differences


def _has_data(piece: Piece, outlines: tuple[Outline, Outline]) -> bool:
    return any(piece.name in outline.blocks for outline in outlines)


def _pieces(ones: list[Piece], others: list[Piece]) -> Iterator[str]:
    for one, other in zip_longest(ones, others):
        if one is None or other is None or one.name != other.name:
            yield f"{getattr(one, 'name', 'nothing')} ≠ {getattr(other, 'name', 'nothing')}"
            return
        if one.heading != other.heading:
            yield f"{one.name}: heading {one.heading!r} ≠ {other.heading!r}"
        difference = first_difference(_content(one), _content(other))
        if difference:
            yield f"{one.name}: {difference}"


def _content(piece: Piece) -> Any:
    text = piece.canonical()
    return json.loads(_VERSION.sub("…", text) if piece.kind == "footer" else text)


def _data(name: str, one: Outline, other: Outline) -> Iterator[str]:
    missing = [name not in outline.blocks for outline in (one, other)]
    if any(missing):
        yield f"data “{name}”: only in the {'second' if missing[0] else 'first'} page"
        return
    values = [canonical_data(name, outline.blocks[name]) for outline in (one, other)]
    if name == "lineage":
        values = [_lineage(value) for value in values]
    difference = first_difference(*values)
    if difference:
        yield f"data “{name}”: {difference}"


def _lineage(value: Mapping[str, Any]) -> dict[str, Any]:
    """A lineage without what may differ."""
    pieces = [{key: each for key, each in piece.items() if key != "sha256"} for piece in value["shown"]]
    return {**{key: each for key, each in value.items() if key not in FREE}, "shown": pieces}


def first_difference(one: Any, other: Any, path: str = "") -> str:
    """Where two values of JSON first differ and how, as ".items[3].name: 1 ≠ 2"; empty where they are the same."""
    inner: Iterator[tuple[str, Any, Any]]
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        inner = ((f"{path}.{key}", one[key], other[key]) for key in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        inner = ((f"{path}[{i}]", *each) for i, each in enumerate(zip(one, other, strict=True)))
    elif type(one) is type(other) and (one == other or (isinstance(one, float) and _near(one, other))):
        return ""
    elif isinstance(one, list) and isinstance(other, list):
        least = min(len(one), len(other))
        at = next((i for i in range(least) if one[i] != other[i]), least)
        sizes = f"{len(one)} ≠ {len(other)} items, from [{at}]"
        return f"{path} {sizes}: {_short(one[at : at + 3])} ≠ {_short(other[at : at + 3])}".strip()
    else:
        return f"{path} {_short(one)} ≠ {_short(other)}".strip()
    return next((text for where, a, b in inner if (text := first_difference(a, b, where))), "")


def _near(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=DIGITS)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:159]}…"


def pairs(paths: list[Path]) -> list[tuple[Path, Path]]:
    """Pairs of files; two folders are the pages of both by their names, and one that is missing is an error."""
    if len(paths) == 2 and all(path.is_dir() for path in paths):
        names = sorted({page.name for folder in paths for page in folder.glob("*.html")})
        return [(paths[0] / name, paths[1] / name) for name in names]
    if not paths or len(paths) % 2:
        raise SystemExit("same_pages: name pages in pairs, OLD.html NEW.html, or two folders")
    return list(zip(paths[::2], paths[1::2], strict=True))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Whether pages show the same.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="OLD NEW")
    different = 0
    for one, other in pairs(parser.parse_args(arguments).paths):
        print(f"{one} and {other}")
        missing = [path for path in (one, other) if not path.is_file()]
        if missing:
            print(f"  no such page: {', '.join(map(str, missing))}")
            different += 1
            continue
        sections = compare(one.read_text(encoding="utf-8"), other.read_text(encoding="utf-8"))
        different += any(sections.values())
        for name, lines in sections.items():
            print(f"  {name}: {'differs' if lines else 'the same'}")
            for line in lines:
                print(f"    {line}")
    print(f"{different} of the pairs differ." if different else "All show the same.")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
