"""Curricula: how difficult the programs of a batch are as training goes on (Zaremba & Sutskever 2014, section 4)."""

from collections.abc import Callable, Mapping
from random import Random

from embedkit.tasks.execute.config import Curriculum

RAMP = 0.5
"""The stages of the naive curriculum have equal parts of this share of the budget; the target has the rest too."""

Difficulty = tuple[int, int]
"""Length and nesting."""


def stages(target: Difficulty) -> list[Difficulty]:
    """The way of the naive curriculum: the length is raised to its target, then the nesting by one, from length 1 on.

    >>> stages((2, 2))
    [(1, 1), (2, 1), (1, 2), (2, 2)]
    """
    length, nesting = target
    return [(digits, depth) for depth in range(1, nesting + 1) for digits in range(1, length + 1)]


def none(target: Difficulty, _share: float, _random: Random) -> Difficulty:
    """The target from the start."""
    return target


def naive(target: Difficulty, share: float, _random: Random) -> Difficulty:
    """One stage after the other. In the paper a stage ends when validation stalls; here a budget is
    divided, so that four curricula can be compared at the same one."""
    steps = stages(target)
    return steps[min(int(share / RAMP * len(steps)), len(steps) - 1)]


def mix(target: Difficulty, _share: float, random: Random) -> Difficulty:
    """Length and nesting are drawn evenly up to the target, whatever the share."""
    return random.randint(1, target[0]), random.randint(1, target[1])


def combined(target: Difficulty, share: float, random: Random) -> Difficulty:
    """Half of the programs come from `mix`, half from `naive`."""
    return (mix if random.random() < 0.5 else naive)(target, share, random)


DIFFICULTIES: Mapping[Curriculum, Callable[[Difficulty, float, Random], Difficulty]] = {
    "none": none,
    "naive": naive,
    "mix": mix,
    "combined": combined,
}
"""By name: the target, the share of the budget that is spent, and a generator → the difficulty of the next program."""
