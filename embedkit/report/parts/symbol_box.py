"""Where a reader types symbols or bits, and watches a small network decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from embedkit.report.embedded_network import EmbeddedNetwork
from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part


@dataclass(frozen=True, eq=False)
class SymbolBox(Part):
    """A network that reads symbols one by one and tells a class, or bits and gives each back some steps later."""

    template: ClassVar[str] = "symbol_box.html"

    network: EmbeddedNetwork

    def context(self, page: Ledger) -> Mapping[str, Any]:
        name = f"network-{page.number('network')}"
        page.add_last_block(f"{name}-weights", self.network.to_json())
        page.add_block(name, {"kind": self.network.kind, "example": self.network.example})
        return {"name": name, "settings": self.network.settings, "kilobytes": self.bytes / 1e3}

    @property
    def bytes(self) -> int:
        """What the network takes in a page."""
        return self.network.bytes
