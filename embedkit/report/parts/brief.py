"""The first page: what was asked, what was found, how far it can be trusted, and what could not be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part

if TYPE_CHECKING:
    from embedkit.report.findings import Finding


@dataclass(frozen=True)
class Brief(Part):
    """Findings in plain words, each with a small picture and a link to its evidence.

    Attributes:
        question: what was asked.
        results: the strongest first.
        trust: how far maps and figures can be trusted.
        unanswered: what could not be said, with its reason.
        linked: the evidence is in the same page.
    """

    template: ClassVar[str] = "brief.html"

    question: str
    results: "tuple[Finding, ...]" = ()
    trust: "tuple[Finding, ...]" = ()
    unanswered: "tuple[Finding, ...]" = ()
    linked: bool = True

    def context(self, page: Ledger) -> Mapping[str, Any]:
        return {"scales": [None if each.measure is None else each.measure.places for each in self.results]}
