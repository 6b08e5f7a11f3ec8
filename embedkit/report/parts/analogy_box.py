"""Where a reader asks for analogies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class AnalogyBox(Part):
    """Where a reader types `king - man + woman`. `spaces` are keys of the report's spaces, `example` is answered
    first; empty where none fits."""

    template: ClassVar[str] = "analogy_box.html"

    spaces: tuple[str, ...]
    example: str

    def context(self, page: Ledger) -> Mapping[str, Any]:
        page.add_block("analogies", {"spaces": list(self.spaces), "example": self.example})
        return {}
