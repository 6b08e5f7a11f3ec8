"""What is malformed in an embedding file: refused with its line, or with `--repair` left out or mended and counted."""

from collections.abc import Iterator, Mapping
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
        names: what several of it are.
        mends: what `--repair` does, as in "--repair leaves it out".
        mended: what was done, as in "left out".
    """

    name: str
    names: str
    mends: str
    mended: str


def _row(what: str) -> Fault:
    return Fault(f"row {what}", f"rows {what}", "leaves the row out", "left out")


FAULTS: Mapping[str, Fault] = {
    "zero": Fault("zero vector", "zero vectors", "leaves it out", "left out"),
    "not finite": Fault(
        "value that is not finite", "vectors with values that are not finite", "leaves the row out", "left out"
    ),
    "too large": _row("of values too large"),
    "too small": _row("of values too small"),
    "twice": Fault("label that stands twice", "labels that stand twice", "keeps the first", "the first kept"),
    "label missing": _row("without a label"),
    "short": _row("with too few values"),
    "long": _row("with too many values"),
    "not numbers": Fault(
        "row whose values are not numbers",
        "rows whose values are not numbers",
        "leaves the row out",
        "left out",
    ),
    "vector missing": _row("without a vector"),
    "not text": Fault(
        "label in no known encoding",
        "labels in no known encoding",
        "writes its bytes as escapes",
        "bytes written as escapes",
    ),
    "control": Fault("label with a NUL", "labels with a NUL", "writes it as an escape", "NUL written as an escape"),
    "cut": Fault(
        "file that ends within a row", "files that end within a row", "leaves that row out", "that row left out"
    ),
    "broken": Fault(
        "compressed file that breaks off",
        "compressed files that break off",
        "takes what comes before",
        "what comes before taken",
    ),
    "header": Fault(
        "header that counts wrong",
        "headers that count wrong",
        "takes the rows that are there",
        "the rows that are there taken",
    ),
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
            kept.first.append(
                ": ".join(part for part in (at, _excerpt(excerpt) or ("" if number else message)) if part)
            )

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


def repair_notes(repairs: Any) -> list[str]:
    """What `Repairs.to_json` gives in a line a kind; what is of another form, as a file may have it, is left out.

    >>> repair_notes([{"kind": "zero vector", "rule": "left out", "count": 4, "first": ["line 2: <pad>", "line 9: a"]}])
    ['4 zero vectors: left out (line 2: <pad>; line 9: a; …)']
    """
    names = {fault.name: fault.names for fault in FAULTS.values()}
    notes = []
    for kind, rule, count, first in _mended(repairs):
        places = "; ".join(first + ["…"] * (count > len(first)))
        noun = kind if count == 1 else names.get(kind, kind)
        notes.append(f"{count:,} {noun}: {rule}" + (f" ({places})" if places else ""))
    return notes


def mended_faults(repairs: Any) -> int:
    """How many faults were mended in all."""
    return sum(count for _, _, count, _ in _mended(repairs))


def _mended(repairs: Any) -> Iterator[tuple[str, str, int, list[str]]]:
    for each in repairs if isinstance(repairs, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("count"), int) and isinstance(each.get("first"), list):
            first = [str(place) for place in each["first"][:FIRST]]
            yield str(each.get("kind")), str(each.get("rule")), each["count"], first


def _excerpt(text: str) -> str:
    """At most 60 characters, those that nobody can see as escapes."""
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:60])
    return visible + "…" * (len(text) > 60)
