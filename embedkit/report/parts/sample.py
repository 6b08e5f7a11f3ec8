"""Text that a model wrote."""

from dataclasses import dataclass
from typing import ClassVar

from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Sample(Part):
    """Text drawn from a model, set off from the prompt it continues."""

    template: ClassVar[str] = "sample.html"
    counted_as: ClassVar[str] = "sample"

    prompt: str
    text: str
    temperature: float
    seed: int
