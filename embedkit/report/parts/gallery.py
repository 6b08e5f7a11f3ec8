"""Small pictures, or sounds, with what a model answered."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Picture:
    """A small picture, or a sound that the page can play, with what a model answered to it.

    Attributes:
        png: the file's bytes; None where there is no picture, as of a vector.
        alt: what is in it, for those who do not see it, or do not hear it.
        answer: such as a caption that was written of it.
        verdict: "right", or what kind of mistake was made.
        meant: the right answer; empty where that was given.
    """

    png: bytes | None
    alt: str
    answer: str
    verdict: str
    meant: str = ""
    note: str = ""
    wav: bytes | None = None
    """A small WAV file; None where there is nothing to hear."""

    @property
    def base64(self) -> str:
        return "" if self.png is None else base64.b64encode(self.png).decode("ascii")

    @property
    def wav_base64(self) -> str:
        return "" if self.wav is None else base64.b64encode(self.wav).decode("ascii")


@dataclass(frozen=True)
class Gallery(Part):
    """Pictures or sounds side by side."""

    template: ClassVar[str] = "gallery.html"
    counted_as: ClassVar[str] = "gallery"

    heading: str
    pictures: tuple[Picture, ...]

    def context(self, page: Ledger) -> Mapping[str, Any]:
        return {"name": f"{page.section}/gallery-{page.number_in_section('gallery')}"}
