"""A figure that Bokeh draws."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from embedkit.controls import printable
from embedkit.report.ledger import Ledger
from embedkit.report.numbering import numbered
from embedkit.report.parts.part import Part


@dataclass(frozen=True, eq=False)
class Figure(Part):
    """A Bokeh model with a description for those who do not see it.

    Attributes:
        height: pixels.
        min_width: pixels under which the figure scrolls rather than shrinks.
        legend: what is drawn and the CSS variable of its colour, such as ("train", "series-1").
        heading: what stands above it.
        behaviour: the name of the page's own script that attends to it, and `data`, JSON-ready, what that needs.
    """

    template: ClassVar[str] = "figure.html"
    counted_as: ClassVar[str] = "figure"

    model: Any
    description: str
    height: int
    min_width: int = 0
    legend: tuple[tuple[str, str], ...] = ()
    behaviour: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    heading: str = ""

    def context(self, page: Ledger) -> Mapping[str, Any]:
        return self.placed(page)

    def block(self) -> dict[str, Any]:
        """What the page's scripts draw it from. Its labels, tips and names are for reading: what a page would obey in
        them is made visible; `data` stay as they are."""
        from bokeh.embed import json_item

        return {
            "item": _printable(json_item(self.model)),
            "behaviour": self.behaviour,
            "data": dict(self.data),
            "legend": [[printable(name), colour] for name, colour in self.legend],
        }

    def placed(self, page: Ledger) -> dict[str, str]:
        """Puts the figure's data into the page: its name, and its address, which links lead to."""
        number = page.number("figure") - 1
        name = f"figure-{number}"
        block = self.block()
        page.add_block(name, block | {"item": numbered(block["item"], f"p{number}-")})
        return {"name": name, "address": f"{page.section}-figure-{page.number_in_section('figure')}"}


def _printable(value: Any) -> Any:
    """JSON with every text in it printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return {key: _printable(each) for key, each in value.items()} if isinstance(value, Mapping) else value
