"""The few figures that matter."""

from dataclasses import dataclass
from typing import ClassVar

from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Headline:
    """A figure a reader takes away: "132.4", "validation perplexity", "over 217,646 tokens"."""

    value: str
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Headlines(Part):
    """Figures side by side."""

    template: ClassVar[str] = "headlines.html"

    items: tuple[Headline, ...]
