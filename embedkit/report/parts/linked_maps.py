"""Two maps side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part
from embedkit.report.parts.word_map import WordMap


@dataclass(frozen=True, eq=False)
class LinkedMaps(Part):
    """Two maps of the same words side by side: what is selected, sought or pointed at in one shows in the other.

    Attributes:
        names: what a reader calls the two.
    """

    template: ClassVar[str] = "linked_maps.html"
    counted_as: ClassVar[str] = "map"

    names: tuple[str, str]
    maps: tuple[WordMap, WordMap]

    def context(self, page: Ledger) -> Mapping[str, Any]:
        return {"selection": not page.count("map"), "placed": [each.placed(page) for each in self.maps]}
