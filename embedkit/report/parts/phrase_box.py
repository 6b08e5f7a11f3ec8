"""Where a reader types to an encoder-decoder of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from embedkit.analysis.maps.principal import PrincipalAxes
from embedkit.report.embedded_network import EmbeddedNetwork, embedded_bytes, embedded_matrix
from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part


@dataclass(frozen=True, eq=False)
class PhraseBox(Part):
    """An encoder-decoder that writes what it makes of a text.

    Attributes:
        example: what stands in the box at first, and `other` in the second one of a network that gives back.
        gives_back: whether it gives its source back, and its codes can be decoded: the box then has the way between two
            texts, and marks them on maps.
        space: the key of the space on whose maps typed texts stand; empty where there is none.
        codes: (N, D) the vectors of the first words of that space in the page, among which the nearest are looked for.
        axes: by the method of a map of that space, what places a code on it exactly.
    """

    template: ClassVar[str] = "phrase_box.html"

    network: EmbeddedNetwork
    example: str
    gives_back: bool
    other: str = ""
    space: str = ""
    codes: np.ndarray | None = None
    axes: Mapping[str, PrincipalAxes] | None = None

    def context(self, page: Ledger) -> Mapping[str, Any]:
        name = f"network-{page.number('network')}"
        page.add_last_block(f"{name}-weights", self.network.to_json())
        if self.codes is not None:
            page.add_last_block(f"{name}-codes", embedded_matrix(self.codes))
        axes = {
            method: {"mean": _rounded(each.mean), "loadings": [_rounded(row) for row in each.loadings]}
            for method, each in (self.axes or {}).items()
        }
        block = {"kind": self.network.kind, "example": self.example, "other": self.other, "givesBack": self.gives_back}
        page.add_block(name, block | {"space": self.space, "axes": axes, "typed": self.network.settings["typed"]})
        return {"name": name, "megabytes": self.bytes / 1e6, "typed": self.network.settings["typed"]}

    @property
    def bytes(self) -> int:
        """What the network and the vectors take in a page."""
        return self.network.bytes + (0 if self.codes is None else embedded_bytes(self.codes))


def _rounded(values: np.ndarray) -> list[float]:
    """To so many digits that a point stands where it does on the map."""
    return [float(f"{value:.8g}") for value in values]
