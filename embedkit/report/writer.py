"""Writes the sections of a page, and counts and gathers what their parts need: numbers, addresses, data blocks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedkit.report.markup import fill, json_block, safe
from embedkit.report.parts.part import Part

if TYPE_CHECKING:
    from markupsafe import Markup

    from embedkit.report.page import Section

TEMPLATES = "embedkit.report"


@dataclass
class PageWriter:
    """Writes one page from its top to its end.

    Attributes:
        blocks: the data blocks of the parts that have been written.
        section: the anchor of the section that is being written; "page" outside of sections.
    """

    blocks: list[str] = field(default_factory=list)
    section: str = "page"
    _counts: Counter[str] = field(default_factory=Counter)

    def write_section(self, section: "Section") -> "Markup":
        self.section = section.name
        html = fill(TEMPLATES, "section.html", section=section, parts=self.write_parts(section.parts))
        self.section = "page"
        return html

    def write_parts(self, parts: Sequence[Part]) -> "Markup":
        return safe("".join(self.write_part(part) for part in parts))

    def write_part(self, part: Part) -> "Markup":
        return fill(TEMPLATES, f"parts/{part.template}", part=part, **part.context(self))

    def add_block(self, name: str, value: Any) -> None:
        """JSON for the page's scripts, which find it by its name."""
        self.blocks.append(json_block(name, value))

    def number(self, kind: str) -> int:
        """1 for the first of its kind in the page, 2 for the next."""
        self._counts[kind] += 1
        return self._counts[kind]

    def count(self, kind: str) -> int:
        """How many of a kind have been numbered."""
        return self._counts[kind]

    def number_in_section(self, kind: str) -> int:
        """1 for the first of its kind in the section that is being written."""
        return self.number(f"{self.section}/{kind}")
