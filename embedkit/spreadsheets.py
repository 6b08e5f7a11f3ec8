"""Tables for spreadsheets: CSV in which a text is a text, whatever it begins with."""

import csv
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any, TextIO

import regex

_FORMULA = regex.compile(r"[\t\r]|(?:[=@]|[+\-](?![\d.,]+\s?%?$))(?=.*[\p{L}\p{N}])", regex.DOTALL)


def write_csv(handle: TextIO, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table as CSV; True is 1, None is empty, numbers are exact.

    A text that a spreadsheet would take for a formula gets an apostrophe before it. Signs alone are left as they are,
    as in what a page hands over. Nothing is written before the first row is there: rows that cannot be made leave no
    heading behind.
    """
    rows = iter(rows)
    first = list(islice(rows, 1))
    writer = csv.writer(handle, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in chain(first, rows))


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
