"""What commands print: tables for people, JSON for programs. Results go to stdout, everything else to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from cyclopts import Parameter

from embedkit.cli.terminal import json_escaped, printable, unguarded

_WIDEST = 10_000

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON and nothing else on stdout.")]


def print_json(value: Any) -> None:
    print(json_escaped(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)))


def note(text: str) -> None:
    """A line that is no result, such as what was written where."""
    print(text, file=sys.stderr)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """A table for reading; a column whose name starts with ">" is aligned to the right.

    Cells are shown as they are: corpus text such as "[red]" is no markup. Only the last column is broken into lines
    where the terminal is too narrow; where the output is no terminal nothing is.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns, 1):
        right = column.startswith(">")
        table.add_column(
            Text(printable(column.removeprefix(">"))),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=number < len(columns),
        )
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(file=unguarded(sys.stdout), highlight=False)
    if not console.is_terminal:
        console = Console(file=unguarded(sys.stdout), highlight=False, width=_WIDEST)
    if title:
        print(title)
    console.print(table)
