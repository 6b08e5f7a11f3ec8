"""Small pictures with what was said of them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Picture:
    """A small picture with what was said of it.

    Attributes:
        png: the file's bytes; None where there is no picture, as of a vector.
        alt: what is in it, for those who do not see it.
        verdict: "right", or what kind of mistake was made.
        meant: what should have been said; empty where that was said.
    """

    png: bytes | None
    alt: str
    said: str
    verdict: str
    meant: str = ""
    note: str = ""

    @property
    def base64(self) -> str:
        return "" if self.png is None else base64.b64encode(self.png).decode("ascii")


@dataclass(frozen=True)
class Gallery(Part):
    """Pictures side by side."""

    template: ClassVar[str] = "gallery.html"

    heading: str
    pictures: tuple[Picture, ...]

    def context(self, page: Ledger) -> Mapping[str, Any]:
        return {"name": f"{page.section}/gallery-{page.number_in_section('gallery')}"}
