"""Writes the sections of a page and their parts, each by its template."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedkit.report.ledger import Ledger
from embedkit.report.markup import fill, safe
from embedkit.report.parts.part import Part

if TYPE_CHECKING:
    from markupsafe import Markup

    from embedkit.report.page import Section

TEMPLATES = "embedkit.report"


class PageWriter(Ledger):
    """Writes one page from its top to its end, and keeps its ledger."""

    def write_section(self, section: "Section") -> "Markup":
        """A section with its heading, caption, finding and parts, as HTML."""
        self.section = section.name
        html = fill(TEMPLATES, "section.html", section=section, parts=self.write_parts(section.parts))
        self.section = "page"
        return html

    def write_parts(self, parts: Sequence[Part]) -> "Markup":
        """Parts one after the other, as HTML."""
        return safe("".join(self.write_part(part) for part in parts))

    def write_part(self, part: Part) -> "Markup":
        """A part by its template, as HTML; what it adds for the page's scripts goes into `blocks`."""
        return fill(TEMPLATES, f"parts/{part.template}", part=part, **part.context(self))
