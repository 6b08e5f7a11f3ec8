"""Sets of words for association tests: those that come along, and files of one's own."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedkit.errors import UsageError, unknown
from embedkit.files import read_toml, require_file
from embedkit.hints import fits

CALISKAN = "caliskan2017"
"""The ten tests of Caliskan et al. 2017, by the name of the file here that holds them."""
SIDES = ("X", "Y", "A", "B")
"""Two sets of targets and two of attributes."""


@dataclass(frozen=True)
class WordSet:
    """Words with a name; the same word twice is a mistake.

    Raises:
        UsageError: there are fewer than two words, one is empty, or one stands twice.
    """

    name: str
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        twice = next((word for word, count in Counter(self.words).items() if count > 1), None)
        if len(self.words) < 2 or not all(self.words) or twice is not None:
            why = f"{twice!r} stands twice" if twice else "it takes two words or more, none of them empty"
            raise UsageError(f"{self.name}: {why}")


@dataclass(frozen=True)
class AssociationTest:
    """Are the targets `x` nearer to the attributes `a` than to `b`, and the targets `y` the other way round?

    Attributes:
        published: the effect size that its source gives for other vectors; None where there is none.
        source: where the sets are from.
    """

    name: str
    x: WordSet
    y: WordSet
    a: WordSet
    b: WordSet
    published: float | None = None
    source: str = ""

    @property
    def sets(self) -> tuple[WordSet, ...]:
        return self.x, self.y, self.a, self.b


def association_tests(source: str) -> tuple[AssociationTest, ...]:
    """The tests that `source` names: caliskan2017 for all that come along, one of them, or a file of one's own.

    Raises:
        UsageError: there is no such test or file, or the file is malformed; the test is named.
    """
    if source.lower().endswith(".toml"):
        require_file(source)
    if Path(source).is_file():
        return read_tests(Path(source))
    tests = read_tests(Path(__file__).with_name(f"{CALISKAN}.toml"))
    if source == CALISKAN:
        return tests
    chosen = tuple(test for test in tests if test.name == source)
    if not chosen:
        names = [CALISKAN, *(test.name for test in tests)]
        raise unknown("set of words", source, names, hint="(or name a TOML file of your own)")
    return chosen


def read_tests(path: Path) -> tuple[AssociationTest, ...]:
    """Read [[tests]] with a name and X, Y, A and B, each a table of a name and words.

    Raises:
        UsageError: the file cannot be read, or is malformed.
    """
    try:
        table = read_toml(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path}: not TOML ({error})") from None
    rows = table.get("tests")
    if not isinstance(rows, list) or not rows:
        raise UsageError(f"{path}: there are no [[tests]] in it; a test has a name, and X, Y, A and B with words")
    return tuple(_test(path, number, row, str(table.get("source", ""))) for number, row in enumerate(rows, 1))


def _test(path: Path, number: int, row: Any, source: str) -> AssociationTest:
    if not isinstance(row, Mapping) or not isinstance(row.get("name"), str):
        raise UsageError(f"{path}: test {number} has no name")
    published = row.get("published")
    if published is not None and not (fits(published, float) and math.isfinite(published)):
        raise UsageError(f"{path}: {row['name']}: published is {published!r:.40}; it must be a number")
    x, y, a, b = (_words(path, row, side) for side in SIDES)
    return AssociationTest(row["name"], x, y, a, b, published=published, source=source)


def _words(path: Path, row: Mapping[str, Any], side: str) -> WordSet:
    value = row.get(side)
    where = f"{path}: {row['name']}: {side}"
    name, words = (value.get("name", side), value.get("words")) if isinstance(value, Mapping) else (side, value)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise UsageError(f"{where} must be a list of words, or a table with a name and words")
    try:
        return WordSet(str(name), tuple(word.strip() for word in words))
    except UsageError as error:
        raise UsageError(f"{where.removesuffix(f': {name}')}: {error}") from None
