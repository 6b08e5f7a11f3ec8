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
    """The trainings of one cell and size.

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
    """The trials by cell and size, in the order in which these first come."""
    networks: dict[tuple[str, int], dict[int, dict[int, float]]] = {}
    for record in records:
        settings, result = record["settings"], record["result"]
        seeds = networks.setdefault((settings["cell"], settings["hidden_size"]), {})
        seeds.setdefault(settings["seed"], {})[settings["delay"]] = result["right"] / result["bits"]
    return [
        Capacity(
            cell,
            size,
            _by_delay(seeds.values()),
            tuple(_longest(accuracies) for accuracies in seeds.values()),
        )
        for (cell, size), seeds in networks.items()
    ]


def _by_delay(seeds: Iterable[Mapping[int, float]]) -> dict[int, tuple[float, ...]]:
    """Each seed's accuracies by delay → by delay the accuracy of each seed that has it."""
    seeds = list(seeds)
    delays = sorted({delay for accuracies in seeds for delay in accuracies})
    return {delay: tuple(accuracies[delay] for accuracies in seeds if delay in accuracies) for delay in delays}


def _longest(accuracies: Mapping[int, float]) -> int:
    """The longest delay that one seed learned; 0 where it learned none."""
    return max((delay for delay, accuracy in accuracies.items() if accuracy >= LEARNED), default=0)
