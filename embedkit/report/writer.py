"""Writes the sections of a page and their parts, each by its template."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedkit.numerals import counted
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
        finding, caption = self.explain(section.finding), self.explain(section.caption)
        parts = self.write_parts(section.parts)
        html = fill(
            TEMPLATES,
            "section.html",
            section=section,
            finding=finding,
            caption=caption,
            parts=parts,
            contents=contents_of(section.parts),
        )
        self.section = "page"
        return html

    def write_parts(self, parts: Sequence[Part]) -> "Markup":
        """Parts one after the other, as HTML."""
        return safe("".join(self.write_part(part) for part in parts))

    def write_part(self, part: Part) -> "Markup":
        """A part by its template, as HTML; what it adds for the page's scripts goes into `blocks`."""
        return fill(TEMPLATES, f"parts/{part.template}", part=part, explain=self.explain, **part.context(self))


def contents_of(parts: Sequence[Part]) -> str:
    """What stands below a finding that is folded: "The evidence: 2 figures, 1 table"."""
    kinds = Counter(part.counted_as for part in parts if part.counted_as)
    listed_kinds = ", ".join(counted(number, noun) for noun, number in kinds.items())
    return f"The evidence: {listed_kinds}" if listed_kinds else "The evidence"
