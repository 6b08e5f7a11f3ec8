"""Where a reader types, and the page's own network reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from embedkit.report.embedded_network import EmbeddedNetwork
from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part


@dataclass(frozen=True, eq=False)
class NetworkBox(Part):
    """A network that reads what is typed.

    Attributes:
        example: what stands in the box at first.
        unit: what a token is called.
        called: whose network it is, where a page has several.
    """

    template: ClassVar[str] = "network_box.html"

    network: EmbeddedNetwork
    example: str
    unit: str
    called: str = ""

    def context(self, page: Ledger) -> Mapping[str, Any]:
        name = f"network-{page.number('network')}"
        # Of several megabytes: it stands at the end of the page, and is decoded when somebody types.
        page.add_last_block(f"{name}-weights", self.network.to_json())
        page.add_block(name, {"kind": self.network.kind, "unit": self.unit, "example": self.example})
        return {"name": name, "megabytes": self.bytes / 1e6}

    @property
    def bytes(self) -> int:
        """What the network takes in a page."""
        return self.network.bytes
