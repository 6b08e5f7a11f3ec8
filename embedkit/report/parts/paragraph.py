"""Running text."""

from dataclasses import dataclass
from typing import ClassVar

from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Paragraph(Part):
    """A paragraph; a `quiet` one is set as a note."""

    template: ClassVar[str] = "paragraph.html"

    text: str
    quiet: bool = False
