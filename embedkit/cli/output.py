"""What commands print: tables for people, JSON for programs. Results go to stdout, everything else to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from embedkit.addresses import masked
from embedkit.cli.terminal import in_one_line, json_escaped, unguarded
from embedkit.numerals import shortened

_WIDEST = 10_000
_BETWEEN, _AROUND = 3, 2  # what stands between two columns of a table, and at its ends
_LINES = 4  # lines of a terminal that a text has at most
_NARROW = 8  # a narrower column of texts is not broken into lines but cut

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON and nothing else on stdout.")]


def print_json(value: Any) -> None:
    print(json_escaped(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)))


def note(text: str) -> None:
    """A line that is no result, such as what was written where, without what is secret in an address."""
    print(in_one_line(masked(text)), file=sys.stderr)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """A table for reading; a column whose name starts with ">" is aligned to the right.

    Corpus text such as "[red]" is no markup, and an end of a line in it stands as \\n, so that no cell looks like rows.
    A table is no wider than the terminal: numbers stand whole, the last column of texts is broken into lines, and texts
    before it that are wider than their share are cut, which "…" says, as is a text of more than a few lines. Where the
    output is no terminal nothing is cut or broken.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = [in_one_line(column) for column in columns]
    cells = [[in_one_line(cell) for cell in row] for row in rows]
    console = Console(file=unguarded(sys.stdout), highlight=False)
    if not console.is_terminal:
        console = Console(file=unguarded(sys.stdout), highlight=False, width=_WIDEST)
    else:
        cells = [[shortened(cell, _LINES * console.width) for cell in row] for row in cells]
    last = max((number for number, column in enumerate(columns) if not column.startswith(">")), default=-1)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, (column, width) in enumerate(zip(columns, _widths(columns, cells, console.width), strict=True)):
        right, folds = column.startswith(">"), number == last and width >= _NARROW
        table.add_column(
            Text(column.removeprefix(">")),
            justify="right" if right else "left",
            overflow="fold" if right or folds else "ellipsis",
            no_wrap=not (right or folds),
            min_width=width if right else None,
            max_width=width,
        )
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    if title:
        print(in_one_line(title))
    console.print(table)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """How wide each column is in a terminal so wide: columns of numbers have what they need, and the texts share what
    is left, those that need less than their share giving the rest to the others. Where little is left, the headings of
    numbers are broken."""
    from rich.cells import cell_len

    texts = [n for n, column in enumerate(columns) if not column.startswith(">")]
    cells = [max((cell_len(row[n]) for row in rows), default=1) for n in range(len(columns))]
    headings = [cell_len(column.removeprefix(">")) for column in columns]
    room = width - _BETWEEN * (len(columns) - 1) - _AROUND
    widths = [max(each) for each in zip(cells, headings, strict=True)]
    if room - sum(widths[n] for n in range(len(columns)) if n not in texts) < _NARROW * len(texts):
        widths = [widths[n] if n in texts else max(1, cells[n]) for n in range(len(columns))]
    left = room - sum(widths[n] for n in range(len(columns)) if n not in texts)
    for done, number in enumerate(sorted(texts, key=lambda n: widths[n])):
        widths[number] = max(1, min(widths[number], left // (len(texts) - done)))
        left -= widths[number]
    return widths
