"""The sentences about scenes: the one that describes some digits, and a sentence read back into its parts."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 3
"""Digits of a scene, at most."""
SIZES = ("small", "large")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PLURALS = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
COUNTS = ("a", "two", "three")
RELATIONS = ("above", "below", "left of", "right of")


@dataclass(frozen=True)
class Digit:
    """A digit in a scene: its value, "small" or "large", its centre in pixels from the upper left corner, and the
    number of the original that it was copied from."""

    value: int
    size: str
    x: float
    y: float
    original: int = -1


@dataclass(frozen=True)
class Mention:
    """A parsed caption: its (count, size, value) in their order, and the relations of the first to the others."""

    items: tuple[tuple[int, str, int], ...]
    relations: tuple[str, ...]

    @property
    def digits(self) -> int:
        """How many digits it speaks of."""
        return sum(count for count, _, _ in self.items)


def describe(digits: Sequence[Digit]) -> str:
    """The sentence about a scene; there is one for every scene.

    Digits of one value and size are counted together: "two small sevens". They are named by rising value, and of one
    value the large first. Where no two are alike, it is said how the first-named lies to each of the others, by the
    direction in which their centres are farther apart:

    >>> describe([Digit(7, "large", 20, 30), Digit(3, "small", 21, 8)])
    'a small three above a large seven'
    >>> describe([Digit(7, "small", 5, 5), Digit(4, "large", 30, 30), Digit(7, "small", 5, 30)])
    'a large four and two small sevens'
    >>> describe([Digit(1, "small", 20, 8), Digit(2, "small", 20, 30), Digit(9, "large", 35, 8)])
    'a small one above a small two and left of a large nine'
    """
    ordered = sorted(digits, key=lambda digit: (digit.value, digit.size))  # "large" stands before "small"
    counts = Counter((digit.size, digit.value) for digit in ordered)
    if len(counts) < len(ordered) or len(ordered) == 1:
        return " and ".join(_phrase(count, size, value) for (size, value), count in counts.items())
    first, *others = ordered
    phrases = [f"{relation(first, other)} {_phrase(1, other.size, other.value)}" for other in others]
    return f"{_phrase(1, first.size, first.value)} {' and '.join(phrases)}"


def _phrase(count: int, size: str, value: int) -> str:
    return f"{COUNTS[count - 1]} {size} {WORDS[value] if count == 1 else PLURALS[value]}"


def relation(one: Digit, other: Digit) -> str:
    """How one digit lies to another, by the direction in which their centres are farther apart."""
    across, down = other.x - one.x, other.y - one.y
    if abs(down) > abs(across):
        return "above" if down > 0 else "below"
    return "left of" if across > 0 else "right of"


_ITEM = rf"({'|'.join(COUNTS)}) ({'|'.join(SIZES)}) ({'|'.join((*WORDS, *PLURALS))})\b"
_JOIN = rf"(?:and )?({'|'.join(RELATIONS)})|and"
_CAPTION = re.compile(rf"{_ITEM}(?: (?:{_JOIN}) {_ITEM}){{0,{MOST - 1}}}")


def parse(caption: str) -> Mention | None:
    """A caption as its parts; None where it is no sentence of this grammar, as "two small seven" is none."""
    if _CAPTION.fullmatch(caption) is None:
        return None
    items = []
    for count, size, name in re.findall(_ITEM, caption):
        number, names = COUNTS.index(count) + 1, WORDS if count == "a" else PLURALS
        if name not in names:
            return None
        items.append((number, size, names.index(name)))
    return Mention(tuple(items), tuple(re.findall("|".join(RELATIONS), caption)))
