"""Where labels go on a picture so that none lies on another."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

from embedkit.numerals import beginning

LONGEST = 24
"""Characters of a label on a picture; the rest is cut off."""


@dataclass(frozen=True)
class PlacedLabel:
    """A label at (x, y), the left end of its baseline, `width` wide."""

    text: str
    x: float
    y: float
    width: float


def place(
    texts: Sequence[str],
    points: Sequence[tuple[float, float]],
    *,
    width: float,
    height: float,
    size: float = 11.0,
    most: int = 80,
) -> list[PlacedLabel]:
    """The first labels that have room, in their order: right of their point, else left, above or below it.

    Args:
        texts, points: labels and where their points are, in pixels, the most important first.
        width, height: of the picture; a label lies in it whole.
        size: of the letters, in pixels. How wide a text is can only be estimated, on the safe side.
        most: so many labels at most.
    """
    occupied: list[tuple[float, float, float, float]] = []
    placed: list[PlacedLabel] = []
    for text, (x, y) in zip(texts, points, strict=True):
        if len(placed) == most:
            break
        short = text if len(text) <= LONGEST else beginning(text, LONGEST - 1) + "…"
        text_width = estimated_width(short, size)
        for left, base in (
            (x + 5, y + size * 0.35),
            (x - 5 - text_width, y + size * 0.35),
            (x - text_width / 2, y - 5),
            (x - text_width / 2, y + size + 3),
        ):
            box = (left - 1, base - size, left + text_width + 1, base + size * 0.3)
            if box[0] < 0 or box[1] < 0 or box[2] > width or box[3] > height:
                continue
            if any(b[0] < box[2] and box[0] < b[2] and b[1] < box[3] and box[1] < b[3] for b in occupied):
                continue
            occupied.append(box)
            placed.append(PlacedLabel(short, left, base, text_width))
            break
    return placed


def estimated_width(text: str, size: float) -> float:
    """Pixels that a text takes up at most in a common font: East Asian characters are as wide as they are high."""

    def em(character: str) -> float:
        if combining(character):
            return 0.0
        if east_asian_width(character) in "WF" or not character.isprintable() or character == "\ufffd":
            return 1.05
        if character in "mwMW@%—…":
            return 1.0
        return 0.8 if character.isupper() else 0.65

    return size * sum(em(character) for character in text)
