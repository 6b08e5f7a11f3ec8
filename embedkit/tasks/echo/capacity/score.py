"""How long an echo a network of some size learns, from many small trainings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from embedkit.tasks.echo.score import LEARNED

Record = Mapping[str, Any]
"""A trial: `settings` (cell, hidden_size, delay, seed) and its `result` (right, bits)."""


@dataclass(frozen=True)
class Capacity:
    """What the trainings of one cell and size came to.

    Attributes:
        accuracies: by delay, the accuracy of each seed.
        longest: by seed, the longest delay with at least `LEARNED`; 0 where none was learned.
    """

    cell: str
    hidden_size: int
    accuracies: Mapping[int, tuple[float, ...]]
    longest: tuple[int, ...]

    @property
    def typical(self) -> float:
        """The median over seeds of the longest delay learned."""
        return float(median(self.longest))


def capacities(records: Iterable[Record]) -> list[Capacity]:
    """One a cell and size, in the order in which they come first."""
    found: dict[tuple[str, int], dict[int, dict[int, float]]] = {}
    for record in records:
        at, result = record["settings"], record["result"]
        by_seed = found.setdefault((at["cell"], at["hidden_size"]), {}).setdefault(at["seed"], {})
        by_seed[at["delay"]] = result["right"] / result["bits"]
    return [
        Capacity(
            cell,
            size,
            {delay: tuple(of[delay] for of in seeds.values() if delay in of) for delay in _delays(seeds.values())},
            tuple(max((delay for delay, share in of.items() if share >= LEARNED), default=0) for of in seeds.values()),
        )
        for (cell, size), seeds in found.items()
    ]


def _delays(seeds: Iterable[Mapping[int, float]]) -> list[int]:
    return sorted({delay for of in seeds for delay in of})
