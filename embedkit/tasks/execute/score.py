"""How well programs are executed: exact outputs, digit by digit, and by what the programs are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from embedkit.analysis.generation import wilson
from embedkit.analysis.intervals import Interval
from embedkit.errors import UsageError

_PLACES = ("units", "tens", "hundreds", "thousands")
_KINDS: Mapping[str, Callable[[str], bool]] = {
    "a loop": lambda text: "for " in text,
    "a multiplication": lambda text: "*" in text,
    "a choice": lambda text: " if " in text,
    "an assignment, no loop": lambda text: "=" in text and "for " not in text,
    "+ and - in one line": lambda text: not any(sign in text for sign in ("=", "*", " if ")),
}


@dataclass(frozen=True)
class Tally:
    """So many right of n, with Wilson's 95 % interval; `name` is what they have in common."""

    name: str
    n: int
    right: int
    interval: Interval

    @property
    def share(self) -> float:
        return self.right / self.n

    @classmethod
    def of(cls, name: str, outcomes: Sequence[bool]) -> "Tally":
        """Raises:
        UsageError: there are no outcomes.
        """
        return cls(name, len(outcomes), sum(outcomes), wilson(sum(outcomes), len(outcomes)))


@dataclass(frozen=True)
class Cell:
    """The programs of one length and nesting."""

    length: int
    nesting: int
    exact: Tally


@dataclass(frozen=True)
class Execution:
    """A program, what it prints, and what the network said."""

    program: str
    answer: str
    output: str


@dataclass(frozen=True)
class ExecutionScore:
    """What a network said of held-out programs.

    Attributes:
        name: what a person calls it, such as "sums/test".
        task: "programs" or "addition".
        target: the length and the nesting that were to be learned.
        exact: outputs that are right to the last digit, of programs of the target difficulty.
        places: the digits of the answers, counted from the right, and their sign: one outcome a program.
        kinds: exact outputs by what stands in a program; one program may count in several.
        cells: programs drawn for each length and nesting up to the target.
        right, wrong: examples in the order they were drawn.
        seed: draws the programs.
    """

    name: str
    task: str
    target: tuple[int, int]
    exact: Tally
    places: tuple[Tally, ...]
    kinds: tuple[Tally, ...]
    cells: tuple[Cell, ...]
    right: tuple[Execution, ...]
    wrong: tuple[Execution, ...]
    seed: int


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
    """Count what is right.

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
        exact=Tally.of("exact", [is_right(each) for each in executions]),
        places=digit_places(executions),
        kinds=() if task == "addition" else kinds(executions),
        cells=tuple(
            Cell(length, nesting, Tally.of("exact", [is_right(each) for each in drawn]))
            for (length, nesting), drawn in cells.items()
            if drawn
        ),
        right=tuple(right[:examples]),
        wrong=tuple(wrong[:examples]),
        seed=seed,
    )


def is_right(execution: Execution) -> bool:
    return execution.output == execution.answer


def digit_places(executions: Sequence[Execution]) -> tuple[Tally, ...]:
    """Units, tens, hundreds, … of the answers that have them, and the sign; a digit that the output lacks is wrong.

    >>> [(t.name, t.right, t.n) for t in digit_places([Execution("print((1-12))", "-11", "-1")])]
    [('units', 1, 1), ('tens', 0, 1), ('sign', 1, 1)]
    """
    pairs = [(each.answer.lstrip("-")[::-1], each.output.lstrip("-")[::-1]) for each in executions]
    most = max((len(wanted) for wanted, _ in pairs), default=0)
    found = [
        Tally.of(
            place_name(place),
            [said[place : place + 1] == wanted[place] for wanted, said in pairs if len(wanted) > place],
        )
        for place in range(most)
    ]
    signs = [each.answer.startswith("-") == each.output.startswith("-") for each in executions]
    return (*found, Tally.of("sign", signs))


def place_name(place: int) -> str:
    return _PLACES[place] if place < len(_PLACES) else f"10^{place}"


def kinds(executions: Sequence[Execution]) -> tuple[Tally, ...]:
    """Exact outputs by what a program is made of; kinds without a program are left out."""
    by_kind = {name: [is_right(each) for each in executions if holds(each.program)] for name, holds in _KINDS.items()}
    return tuple(Tally.of(name, outcomes) for name, outcomes in by_kind.items() if outcomes)
