"""What has been numbered of a page while it is written, and the data blocks of what has been."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedkit.report.glossary import explained
from embedkit.report.markup import json_block

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass
class Ledger:
    """Numbers and data blocks of one page, in the order in which its parts are written.

    Attributes:
        blocks: the data blocks of the parts that have been written, as HTML.
        last_blocks: those of several megabytes, which stand at the end of the page: it is drawn while they are read.
        section: the anchor of the section that is being written; "page" outside of sections.
        terms: those of the glossary that have been explained, with what they mean.
    """

    blocks: list[str] = field(default_factory=list)
    last_blocks: list[str] = field(default_factory=list)
    section: str = "page"
    terms: dict[str, str] = field(default_factory=dict)
    _explained: dict[str, dict[str, str]] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)

    def add_block(self, name: str, value: Any) -> None:
        """JSON for the page's scripts, which find it by its name."""
        self.blocks.append(json_block(name, value))

    def add_last_block(self, name: str, value: Any) -> None:
        """As `add_block`, of what is large and not needed before a reader asks for it."""
        self.last_blocks.append(json_block(name, value))

    def explain(self, text: str) -> "Markup":
        """A text as HTML, in which a term of the field is explained where the section has it first."""
        return explained(text, self._explained.setdefault(self.section, {}), self.terms)

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
