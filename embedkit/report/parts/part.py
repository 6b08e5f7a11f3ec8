"""What every part is."""

from collections.abc import Mapping
from typing import Any, ClassVar

from embedkit.report.ledger import Ledger


class Part:
    """A piece of a section: a frozen dataclass with a template of its own.

    Every string of it is text, not markup: the template escapes it. The template is given the part as `part`, and what
    `context` returns.

    Attributes:
        template: its file in templates/parts/.
        counted_as: what a reader counts it as; "" of what says something about others.
    """

    template: ClassVar[str]
    counted_as: ClassVar[str] = ""

    def context(self, page: Ledger) -> Mapping[str, Any]:
        """What the template needs beside the part itself: numbers in the page, values that are calculated.

        Data for the page's scripts are added to the page here. Called once each time that the part is written.
        """
        return {}
