"""Text with a colour behind each token."""

from dataclasses import dataclass
from typing import ClassVar

from embedkit.errors import ReportError
from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Strip(Part):
    """Text with a colour behind each token, such as what a unit did after it.

    Attributes:
        texts: the tokens as they stand in the text; `glue` goes between them.
        levels: from −1 to 1, blue to red.
        marked: which tokens are underlined.

    Raises:
        ReportError: they differ in length.
    """

    template: ClassVar[str] = "strip.html"
    counted_as: ClassVar[str] = "coloured text"

    heading: str
    texts: tuple[str, ...]
    glue: str
    levels: tuple[float, ...]
    marked: tuple[bool, ...]
    caption: str = ""

    def __post_init__(self) -> None:
        if not len(self.texts) == len(self.levels) == len(self.marked):
            raise ReportError(f"strip: {len(self.texts)} texts, {len(self.levels)} levels, {len(self.marked)} marks")
