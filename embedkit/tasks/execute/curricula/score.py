"""The results of trainings by several curricula: exact outputs at the target difficulty, and at every easier one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embedkit.analysis.proportion import Proportion


@dataclass(frozen=True)
class Trial:
    """One training: its figures over training as in a run's history, and at its end on test programs."""

    seed: int
    history: tuple[Mapping[str, Any], ...]
    exact: Proportion
    cells: Mapping[tuple[int, int], Proportion]
    seconds: float


@dataclass(frozen=True)
class CurriculumScore:
    """All trainings of one curriculum.

    `exact` and `cells` are over the programs of all of them: their intervals are for these networks, and do not say how
    much another seed would change.
    """

    name: str
    trials: tuple[Trial, ...]

    @property
    def exact(self) -> Proportion:
        return Proportion.pooled([trial.exact for trial in self.trials])

    @property
    def cells(self) -> dict[tuple[int, int], Proportion]:
        """By length and nesting."""
        return {
            difficulty: Proportion.pooled([trial.cells[difficulty] for trial in self.trials])
            for difficulty in self.trials[0].cells
        }

    @property
    def seconds(self) -> float:
        """The mean duration of a training."""
        return sum(trial.seconds for trial in self.trials) / len(self.trials)


def score_curricula(records: Sequence[Mapping[str, Any]]) -> tuple[CurriculumScore, ...]:
    """The trials of the lab by curriculum, in the order in which they first come."""
    names = dict.fromkeys(record["settings"]["curriculum"] for record in records)
    return tuple(
        CurriculumScore(name, tuple(_trial(each) for each in records if each["settings"]["curriculum"] == name))
        for name in names
    )


def _trial(record: Mapping[str, Any]) -> Trial:
    result = record["result"]
    cells = {(cell["length"], cell["nesting"]): Proportion.of(cell["right"], cell["n"]) for cell in result["cells"]}
    return Trial(
        record["settings"]["seed"],
        tuple(result["history"]),
        Proportion.of(result["right"], result["n"]),
        cells,
        record["seconds"],
    )
