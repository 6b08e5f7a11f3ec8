"""What is malformed in an embedding file: refused with its line, or with `--repair` left out or mended and counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedkit.errors import SpaceError

FIRST = 3
"""So many places of each kind of fault are kept."""


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    Attributes:
        name: what it is.
        mends: what `--repair` does, as in "--repair leaves it out".
        mended: what was done, as in "left out".
    """

    name: str
    mends: str
    mended: str


FAULTS: Mapping[str, Fault] = {
    "zero": Fault("zero vector", "leaves it out", "left out"),
    "not finite": Fault("value that is not finite", "leaves the row out", "left out"),
    "twice": Fault("label that stands twice", "keeps the first", "the first kept"),
    "label missing": Fault("row without a label", "leaves the row out", "left out"),
    "short": Fault("row with too few values", "leaves the row out", "left out"),
    "long": Fault("row with too many values", "leaves the row out", "left out"),
    "not numbers": Fault("row whose values are not numbers", "leaves the row out", "left out"),
    "vector missing": Fault("row without a vector", "leaves the row out", "left out"),
    "not text": Fault("label in no known encoding", "writes its bytes as escapes", "bytes written as escapes"),
    "control": Fault("label with a NUL", "writes it as an escape", "NUL written as an escape"),
    "cut": Fault("file that ends within a row", "leaves that row out", "left out"),
    "broken": Fault("compressed file that breaks off", "takes what comes before", "what comes before taken"),
    "header": Fault("header that counts wrong", "takes the rows that are there", "the rows that are there taken"),
}
"""Every kind of fault, and the rule by which it is mended."""


@dataclass
class _Kept:
    count: int = 0
    first: list[str] = field(default_factory=list)


class Repairs:
    """The faults that were met while a file was read.

    Args:
        path: of the file, named in errors.
        repair: go on after a fault, by its rule; otherwise the first is an error.
        place: what numbers of places count: "line", "row" or "point".
    """

    def __init__(self, path: Path, *, repair: bool = False, place: str = "line") -> None:
        self.path, self.repair, self.place = path, repair, place
        self._kept: dict[str, _Kept] = {}

    def meet(self, kind: str, number: int | None, message: str, *, excerpt: str = "", advice: str = "") -> None:
        """A fault: an error, or counted where faults are repaired. The caller mends it by the rule of its kind.

        Args:
            kind: one of `FAULTS`.
            number: of the line, row or point; None where the fault is of the whole file.
            message: what is wrong.
            excerpt: what is there, for the list of what was repaired.
            advice: what else could be done than to repair.

        Raises:
            SpaceError: faults are not repaired.
        """
        if not self.repair:
            by_hand = f"{advice}, or " if advice else ""
            raise SpaceError(f"{self.where(number)}: {message}; {by_hand}--repair {FAULTS[kind].mends}")
        kept = self._kept.setdefault(kind, _Kept())
        kept.count += 1
        if len(kept.first) < FIRST:
            at = "" if number is None else f"{self.place} {number:,}"
            kept.first.append(": ".join(part for part in (at, excerpt or ("" if number else message)) if part))

    def met(self, kind: str) -> bool:
        """Whether a fault of this kind was met."""
        return kind in self._kept

    def where(self, number: int | None) -> str:
        """A place as errors name it: "file:12" for a line, "file: row 12" for a row."""
        if number is None:
            return str(self.path)
        return f"{self.path}:{number}" if self.place == "line" else f"{self.path}: {self.place} {number:,}"

    def to_json(self) -> list[dict[str, Any]]:
        """What was repaired, JSON-ready: kind, rule, count, and the first places."""
        return [
            {"kind": FAULTS[kind].name, "rule": FAULTS[kind].mended, "count": kept.count, "first": kept.first}
            for kind, kept in self._kept.items()
        ]
