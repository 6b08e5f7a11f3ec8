"""Names and values."""

from dataclasses import dataclass
from typing import ClassVar

from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Facts(Part):
    """Names and values, such as a provenance; folded away under its heading where `folded`."""

    template: ClassVar[str] = "facts.html"
    counted_as: ClassVar[str] = "list"

    heading: str
    items: tuple[tuple[str, str], ...]
    folded: bool = False
