"""Maps of spaces, with all that a reader does on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from embedkit.numerals import with_article
from embedkit.report.ledger import Ledger
from embedkit.report.parts.figure import Figure
from embedkit.report.parts.part import Part


@dataclass(frozen=True, eq=False)
class WordMap(Part):
    """The maps of some of the report's spaces, with search, selection and fidelity.

    Attributes:
        maps: JSON-ready.
        noun: what a point is called.
        colorings: JSON-ready, by the key of a space: columns to colour by, beside frequency where there are counts.
    """

    template: ClassVar[str] = "word_map.html"
    counted_as: ClassVar[str] = "map"

    figure: Figure
    maps: tuple[Mapping[str, Any], ...]
    noun: str = "word"
    colorings: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def context(self, page: Ledger) -> Mapping[str, Any]:
        # All maps of a page share one selection, which stands under the first of them.
        return {"selection": not page.count("map"), "map": self.placed(page)}

    def placed(self, page: Ledger) -> dict[str, Any]:
        """Puts the maps' data into the page: its name, which sets its elements apart, and what else it is drawn by."""
        number = page.number("map")
        name = "map" if number == 1 else f"map-{number}"
        page.add_block(name, {"noun": self.noun, "maps": list(self.maps), "colorings": dict(self.colorings)})
        figure = self.figure.placed(page)
        return {
            "name": name,
            "number": number,
            "noun": self.noun,
            "a_noun": with_article(self.noun),
            "figure": self.figure,
            "figure_place": figure,
        }
