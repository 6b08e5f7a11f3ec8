"""How well programs are executed: exact outputs, digit by digit, and by what the programs are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedkit.analysis.proportion import NamedProportion, Proportion
from embedkit.errors import UsageError
from embedkit.runs.artefacts import RUN_NAME, Artefact

_PLACES = ("units", "tens", "hundreds", "thousands")
_KINDS: Mapping[str, Callable[[str], bool]] = {
    "a loop": lambda text: "for " in text,
    "a multiplication": lambda text: "*" in text,
    "a choice": lambda text: " if " in text,
    "an assignment, no loop": lambda text: "=" in text and "for " not in text,
    "+ and - in one line": lambda text: not any(sign in text for sign in ("=", "*", " if ")),
}


@dataclass(frozen=True)
class Cell:
    """The programs of one length and nesting."""

    length: int
    nesting: int
    exact: NamedProportion


@dataclass(frozen=True)
class Execution:
    """A program, what it prints, and the network's output."""

    program: str
    answer: str
    output: str


@dataclass(frozen=True)
class ExecutionScore:
    """How many outputs of held-out programs are right, and examples.

    Attributes:
        name: what a person calls it, such as "sums/test".
        task: "programs" or "addition".
        target: length and nesting of the programs that training aimed at.
        exact: outputs that are right to the last digit, of programs of the target difficulty.
        places: the digits of the answers, counted from the right, and their sign: one outcome a program.
        kinds: exact outputs of the programs with a loop, a multiplication, …; one program may count in several.
        cells: programs drawn for each length and nesting up to the target.
        right, wrong: examples in the order they were drawn.
        seed: draws the programs.
    """

    name: str = field(metadata=RUN_NAME)
    task: str
    target: tuple[int, int]
    exact: NamedProportion
    places: tuple[NamedProportion, ...]
    kinds: tuple[NamedProportion, ...]
    cells: tuple[Cell, ...]
    right: tuple[Execution, ...]
    wrong: tuple[Execution, ...]
    seed: int


EXECUTION_SCORES = Artefact("scores", ExecutionScore, "score sheet")
"""A sheet a split."""


def score_execution(
    name: str,
    task: str,
    target: tuple[int, int],
    executions: Sequence[Execution],
    cells: Mapping[tuple[int, int], Sequence[Execution]],
    *,
    seed: int,
    examples: int = 12,
) -> ExecutionScore:
    """The score sheet of executed programs.

    Args:
        executions: of programs of the target difficulty.
        cells: by length and nesting; those without a program are left out.

    Raises:
        UsageError: there are no executions.
    """
    if not executions:
        raise UsageError(f"{name}: there is no held-out program to score")
    right = [each for each in executions if is_right(each)]
    wrong = [each for each in executions if not is_right(each)]
    return ExecutionScore(
        name=name,
        task=task,
        target=target,
        exact=Proportion.among([is_right(each) for each in executions]).named("exact"),
        places=digit_places(executions),
        kinds=() if task == "addition" else kinds(executions),
        cells=tuple(
            Cell(length, nesting, Proportion.among([is_right(each) for each in programs]).named("exact"))
            for (length, nesting), programs in cells.items()
            if programs
        ),
        right=tuple(right[:examples]),
        wrong=tuple(wrong[:examples]),
        seed=seed,
    )


def exact_outputs(figures: Mapping[str, Any], split: str) -> Proportion:
    """Exact outputs of held-out programs, from a run's metrics or a line of its history."""
    return Proportion.of(figures[f"{split}_exact"], figures[f"{split}_programs"])


def is_right(execution: Execution) -> bool:
    """Whether the output is right to the last digit."""
    return execution.output == execution.answer


def digit_places(executions: Sequence[Execution]) -> tuple[NamedProportion, ...]:
    """Units, tens, hundreds, … of the answers that have them, and the sign; a digit that the output lacks is wrong.

    >>> [(t.name, t.right, t.n) for t in digit_places([Execution("print((1-12))", "-11", "-1")])]
    [('units', 1, 1), ('tens', 0, 1), ('sign', 1, 1)]
    """
    pairs = [(each.answer.lstrip("-")[::-1], each.output.lstrip("-")[::-1]) for each in executions]
    most = max((len(answer) for answer, _ in pairs), default=0)
    places = [
        Proportion.among(
            [output[place : place + 1] == answer[place] for answer, output in pairs if len(answer) > place]
        ).named(place_name(place))
        for place in range(most)
    ]
    signs = [each.answer.startswith("-") == each.output.startswith("-") for each in executions]
    return (*places, Proportion.among(signs).named("sign"))


def place_name(place: int) -> str:
    """The name of a digit by its place from the right: 0 is "units", 4 "10^4"."""
    return _PLACES[place] if place < len(_PLACES) else f"10^{place}"


def kinds(executions: Sequence[Execution]) -> tuple[NamedProportion, ...]:
    """Exact outputs by what a program is made of; kinds without a program are left out."""
    by_kind = {name: [is_right(each) for each in executions if holds(each.program)] for name, holds in _KINDS.items()}
    return tuple(Proportion.among(outcomes).named(name) for name, outcomes in by_kind.items() if outcomes)
