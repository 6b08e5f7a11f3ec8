"""Rows and columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from embedkit.report.ledger import Ledger
from embedkit.report.markup import safe
from embedkit.report.parts.part import Part

NARROW = 3
"""So many columns have room side by side on a phone."""


@dataclass(frozen=True)
class Table(Part):
    """Rows of cells; one whose first cell is empty belongs to the row above.

    Columns from `numbers_from` on are set as numbers, those in `prose` as text that runs over several lines. A `strong`
    row, by its number, is set in bold: a total. The `heading` stands above, the caption below.
    """

    template: ClassVar[str] = "table.html"
    counted_as: ClassVar[str] = "table"

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numbers_from: int = 1
    strong: frozenset[int] = frozenset()
    prose: frozenset[int] = frozenset()
    heading: str = ""

    def context(self, page: Ledger) -> Mapping[str, Any]:
        width = max(map(len, (self.columns, *self.rows)))
        wide = width > NARROW
        return {
            "wide": wide,
            # A list of cells is no table to who cannot see it unless it is said to be one.
            "role": lambda name: safe(f' role="{name}"') if wide else "",
            "number": page.number("table"),
            "name": f"{page.section}/table-{page.number_in_section('table')}",
            "kinds": [self._kind(column) for column in range(width)],
        }

    def _kind(self, column: int) -> str:
        """The class of a column's cells."""
        return "prose" if column in self.prose else "number" if column >= self.numbers_from else ""
