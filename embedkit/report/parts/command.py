"""A command line."""

from dataclasses import dataclass
from typing import ClassVar

from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Command(Part):
    """A command line to copy."""

    template: ClassVar[str] = "command.html"

    text: str
