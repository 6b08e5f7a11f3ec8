"""Verdicts on results computed again: equal to the stored ones within rounding, different, or why not checked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from math import isclose
from typing import Any

from embedkit.runs.folder import Run

MATCH, DIFFERS, UNCHECKED = "match", "differs", "not checked"

ROUNDING = 1e-4
"""Numbers may be off by this share of their size: other processors sum in another order."""

Verdict = tuple[str, str]
"""MATCH, DIFFERS or UNCHECKED, and why."""


@dataclass(frozen=True)
class Remade:
    """Artefacts of a run that verification makes again.

    Attributes:
        folder, suffix: of the artefacts in the run.
        make: (run, name) → the verdict.
    """

    folder: str
    suffix: str
    make: Callable[[Run, str], Verdict]


def verdict(fits: bool, so: str, otherwise: str) -> Verdict:
    """MATCH with the words `so`, or DIFFERS with the words `otherwise`."""
    return (MATCH, so) if fits else (DIFFERS, otherwise)


def same_figures(stored: Any, computed: Any, so: str, again: str = "") -> Verdict:
    """Whether two dataclasses have the same figures; `again` says what was computed again, where they differ."""
    others = list(_differing(asdict(stored), asdict(computed)))
    first = f", first {others[0]}" if others else ""
    return verdict(not others, so, f"{again}{len(others)} figures are others{first}")


def brief(error: Exception) -> str:
    """An error's message up to its first semicolon: what is wrong, without the advice."""
    return str(error).split(";")[0]


def _differing(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Where two nested values differ by more than rounding."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        for key in one:
            yield from _differing(one[key], other[key], f"{where}.{key}".lstrip("."))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differing(left, right, f"{where}[{number}]")
    elif isinstance(one, float) and isinstance(other, float | int):
        if not isclose(one, other, rel_tol=ROUNDING, abs_tol=1e-6):
            yield where
    elif one != other:
        yield where
