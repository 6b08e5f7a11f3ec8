"""Verdicts on results computed again: equal to the stored ones within rounding, different, or why not checked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from math import isclose, isnan
from typing import Any

from embedkit.runs.artefacts import FROM_COUNTS, RUN_NAME, lacking
from embedkit.runs.folder import Run

MATCH, DIFFERS, UNCHECKED = "match", "differs", "not checked"

ROUNDING = 1e-4
"""Numbers may be off by this share of their size: other processors sum in another order."""
MEASURED = 1e-3
"""The same for what a network measures on held-out text: a graphics card rounds to fewer digits than a processor."""
EXACT = 1e-9
"""The same for what follows from whole numbers and a seed: it has no other digits on another machine."""
COURSE = "it is of the course of training, which is not gone through again"

_LATER, _RENAMED = "what files of an earlier version do not keep", "the name that the run had"

Verdict = tuple[str, str]
"""MATCH, DIFFERS or UNCHECKED, and why."""


@dataclass(frozen=True)
class Remade:
    """Artefacts of a run that verification makes again.

    Attributes:
        folder, suffix: of the artefacts in the run; "" is the run's own folder.
        make: (run, name) → the verdict.
        about: what of an artefact is made again, where another entry makes the rest.
        quick: whether a quick verification makes it again too.
        only: the name of the single artefact that is meant; all of the folder where it is empty.
    """

    folder: str
    suffix: str
    make: Callable[[Run, str], Verdict]
    about: str = ""
    quick: bool = False
    only: str = ""

    @property
    def kind(self) -> str:
        """What its artefacts are called together: "maps", "fidelity of maps", "metrics"."""
        kind = self.folder or self.only or f"*{self.suffix}"
        return f"{self.about} of {kind}" if self.about else kind

    def names(self, run: Run) -> list[str]:
        """The names of the artefacts that are there."""
        return [name for name in run.artefacts(self.folder, self.suffix) if self.only in ("", name)]


def verdict(fits: bool, so: str, otherwise: str) -> Verdict:
    """MATCH with the words `so`, or DIFFERS with the words `otherwise`."""
    return (MATCH, so) if fits else (DIFFERS, otherwise)


def same_figures(
    stored: Any, computed: Any, so: str, again: str = "", *, relative: float = ROUNDING, absolute: float = 1e-6
) -> Verdict:
    """Whether two dataclasses, or values of them, have the same figures.

    A field that the file of `stored` lacks is one that stands at its default there. Where files of earlier versions
    lack it too, which its metadata says, it is not checked, unless that is what was computed; nor is the name of a run
    whose folder was renamed since (`RUN_NAME`).

    Args:
        so: what is said where they have.
        again: what was computed again, where they differ.
        relative, absolute: by which numbers that are no counts may be off.
    """
    differences = list(_differing(stored, computed, relative, absolute))
    others = [where for where, reason in differences if not reason]
    if others:
        return DIFFERS, f"{again}{len(others)} figures are others, first {others[0]}"
    unchecked = []
    for reason in dict.fromkeys(reason for _, reason in differences):
        names = dict.fromkeys(where.rpartition(".")[2] for where, each in differences if each == reason)
        unchecked.append(f"{reason}: {', '.join(names)}")
    return (UNCHECKED, f"{so}, but for {' and '.join(unchecked)}") if unchecked else (MATCH, so)


def brief(error: Exception) -> str:
    """An error's message up to its first semicolon: what is wrong, without the advice."""
    return str(error).split(";")[0]


def _differing(one: Any, other: Any, relative: float, absolute: float, where: str = "") -> Iterator[tuple[str, str]]:
    """Where two nested values differ by more than may be, and why that is none: the file of the first only lacks it, as
    files of earlier versions do, or it is the run's name that is another now; "" where it is one."""
    if is_dataclass(one) and type(one) is type(other):
        later = lacking(one) & {each.name for each in fields(one) if "since" in each.metadata}
        counted = [each.name for each in fields(one) if each.metadata == FROM_COUNTS]
        named = [each.name for each in fields(one) if each.metadata == RUN_NAME]
        one, other = ({each.name: getattr(value, each.name) for each in fields(value)} for value in (one, other))
        for name in later:
            left, right = one.pop(name), other.pop(name)
            if any(_differing(left, right, relative, absolute)):
                yield f"{where}.{name}".lstrip("."), _LATER
        for name in counted:
            yield from _differing(one.pop(name), other.pop(name), EXACT, EXACT, f"{where}.{name}".lstrip("."))
        for name in named:
            left, right = one.pop(name), other.pop(name)
            if left != right:
                same = left.rpartition("/")[1:] == right.rpartition("/")[1:] or "/" not in left + right
                yield f"{where}.{name}".lstrip("."), _RENAMED if same else ""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        for key in one:
            yield from _differing(one[key], other[key], relative, absolute, f"{where}.{key}".lstrip("."))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _differing(left, right, relative, absolute, f"{where}[{number}]")
    elif hasattr(one, "dtype") and hasattr(other, "dtype"):
        if not _same_array(one, other, relative, absolute):
            yield where, ""
    elif isinstance(one, bool) is not isinstance(other, bool):  # to Python 0 and False are equal
        yield where, ""
    elif isinstance(one, float) and isinstance(other, float):  # a count is a whole number, and no other is near it
        if not (isclose(one, other, rel_tol=relative, abs_tol=absolute) or (isnan(one) and isnan(other))):
            yield where, ""
    elif one != other:
        yield where, ""


def _same_array(one: Any, other: Any, relative: float, absolute: float) -> bool:
    import numpy as np

    if one.shape != other.shape:
        return False
    if one.dtype.kind != "f" or other.dtype.kind != "f":
        return bool(np.array_equal(one, other))
    largest = float(np.abs(np.nan_to_num(other)).max(initial=0))
    return bool(np.allclose(one, other, rtol=0, atol=max(absolute, relative * largest), equal_nan=True))
