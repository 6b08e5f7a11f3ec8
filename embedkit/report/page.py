"""What a report is made of: ordered sections with a heading, a caption and parts. No HTML yet, and no run any more.

Every string here is text, not markup: it is escaped where the page is written. Parts are in embedkit.report.parts.
"""

from dataclasses import dataclass

from embedkit.notebook import Displayed
from embedkit.report.embedded import EmbeddedSpace
from embedkit.report.lineage import Lineage
from embedkit.report.parts import Brief, Headlines, Part


@dataclass(frozen=True, eq=False)
class Section:
    """`name` is its anchor in the page, `finding` one sentence of what its data say, `caption` how it is read. What
    stands below the finding is closed where it is `folded`, until a reader, a link or a printer opens it."""

    name: str
    heading: str
    caption: str
    parts: tuple[Part, ...]
    finding: str = ""
    folded: bool = False


@dataclass(frozen=True, eq=False)
class Report(Displayed):
    """An ordered page, the spaces that its maps and its analogy box share, and what it was made from.

    Attributes:
        brief: what was asked and found, which stands above all else.
        headlines: the few figures that matter.
    """

    title: str
    summary: str
    sections: tuple[Section, ...]
    spaces: tuple[EmbeddedSpace, ...] = ()
    footer: tuple[Part, ...] = ()
    lineage: Lineage | None = None
    headlines: Headlines | None = None
    brief: Brief | None = None

    def __repr__(self) -> str:
        return f"Report({self.title!r}, {len(self.sections)} sections)"
