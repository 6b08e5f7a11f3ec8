"""What a decoder writes on the way between two phrases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from embedkit.errors import ReportError
from embedkit.report.ledger import Ledger
from embedkit.report.parts.part import Part


@dataclass(frozen=True)
class Interpolations(Part):
    """What a decoder writes on the way between two phrases, for pairs of a few landmarks.

    Attributes:
        phrases: the landmarks, each once.
        steps: points on the way, both ends with them.
        texts: by the numbers (i, j) of two phrases, i < j: the `steps` texts from phrase i to phrase j.
        space: the key of the space of these phrases, whose map rings them; empty where the page shows none.
        given_back: the decoder is meant to write each phrase again at its end, and a note says where it does not.

    Raises:
        ReportError: there is no pair, a phrase stands twice, or a pair is not i < j with `steps` texts.
    """

    template: ClassVar[str] = "interpolations.html"
    counted_as: ClassVar[str] = "interpolation"

    phrases: tuple[str, ...]
    steps: int
    texts: Mapping[tuple[int, int], tuple[str, ...]]
    space: str = ""
    given_back: bool = True

    def __post_init__(self) -> None:
        if self.steps < 2 or not self.texts:
            raise ReportError("interpolations need a pair of phrases and two steps: its ends")
        if len(set(self.phrases)) != len(self.phrases):
            raise ReportError("interpolations: a phrase stands twice")
        for (i, j), texts in self.texts.items():
            if not 0 <= i < j < len(self.phrases):
                raise ReportError(f"interpolations: ({i}, {j}) is no pair i < j of {len(self.phrases)} phrases")
            if len(texts) != self.steps:
                raise ReportError(f"interpolations: {len(texts)} texts for ({i}, {j}), where {self.steps} are needed")

    def context(self, page: Ledger) -> Mapping[str, Any]:
        number = page.number("interpolations")
        name = "between" if number == 1 else f"between-{number}"
        page.add_block(name, self._block())
        return {"name": name}

    def _block(self) -> dict[str, Any]:
        """What the page's script reads. Texts come back in many pairs, so each is written once."""
        number = {text: i for i, text in enumerate(dict.fromkeys(t for texts in self.texts.values() for t in texts))}
        return {
            "phrases": list(self.phrases),
            "steps": self.steps,
            "texts": list(number),
            "pairs": [[i, j, [number[text] for text in texts]] for (i, j), texts in sorted(self.texts.items())],
            "space": self.space,
            "givenBack": self.given_back,
        }
