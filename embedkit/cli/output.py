"""What commands print: tables for people, JSON for programs. Results go to stdout, everything else to stderr."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import category

from cyclopts import Parameter

if TYPE_CHECKING:
    from embedkit.analysis.intervals import Interval

_WIDEST = 10_000
_TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON and nothing else on stdout.")]


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def note(text: str) -> None:
    """A line that is no result, such as what was written where."""
    print(text, file=sys.stderr)


def printable(text: str) -> str:
    """Text that nothing but a person reads: control characters, which a terminal would obey, and marks that turn the
    direction of writing become �; line ends and tabs stay."""
    return "".join(c if c in "\n\t" or not _obeyed(c) else "�" for c in text)


def _obeyed(character: str) -> bool:
    return category(character) in ("Cc", "Cs") or character in _TURNING


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
            Text(column.removeprefix(">")),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=number < len(columns),
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDEST)
    if title:
        print(title)
    console.print(table)


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def nats(value: float) -> str:
    """A log-probability to two decimals; one that is all but certain is 0.00 and not -0.00."""
    return f"{value:z.2f}"


def ends(interval: "Interval | None", form: str = ".3f", *, scale: float = 1) -> str:
    """Both ends of an interval, `form` being a format of one of them: with "+.1f" and a scale of 100 +24.6 – +31.5."""
    return "–" if interval is None else f"{scale * interval.low:{form}} – {scale * interval.high:{form}}"


def size(count: int | None) -> str:
    """Bytes for people: 1,234,567 → 1.2 MB."""
    if count is None:
        return "–"
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def duration(seconds: float) -> str:
    """Seconds for people: 8.2 s, 3 min 05 s, 2 h 10 min."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
