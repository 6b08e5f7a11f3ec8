"""Gradients that were followed back through time: how fast they vanish or explode, by cell, level and training step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedkit.analysis.proportion import Proportion


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A network after some training steps.

    Attributes:
        hidden: (K,) the median norm of the loss's gradient with respect to the hidden state at lags 0 to K − 1, over
            held-out sequences; lag 0 is the last step.
        cell: the same of an LSTM's cell state, from lag 1 on; None elsewhere.
        radii: by gate, the spectral radius of its recurrent matrix.
        right: of `n` held-out sequences.
    """

    step: int
    hidden: np.ndarray
    cell: np.ndarray | None
    radii: Mapping[str, float]
    right: int
    n: int

    @property
    def accuracy(self) -> Proportion:
        return Proportion.of(self.right, self.n)

    @property
    def decades_per_10(self) -> float | None:
        """Powers of ten that the hidden state's gradient gains in ten steps back; below 0 where it vanishes."""
        return decades_per_10(self.hidden)


@dataclass(frozen=True, eq=False)
class Training:
    """One training: its snapshots, and the norm of its gradient at each step before clipping.

    Attributes:
        clip: the norm that larger gradients were scaled down to; None without clipping.
        gain: what the recurrent matrix was multiplied by before training.
        diverged: the step at which the gradient was no longer a number, and training ended; None where it never was.
    """

    cell: str
    level: str
    seed: int
    clip: float | None
    gain: float
    snapshots: tuple[Snapshot, ...]
    norms: np.ndarray
    diverged: int | None

    @property
    def largest_norm(self) -> float | None:
        """The largest norm of a gradient; None where the first was no number."""
        return float(self.norms.max()) if len(self.norms) else None


@dataclass(frozen=True, eq=False)
class Planted:
    """A planted matrix: all its eigenvalues have the absolute value `ratio`. `norms` (K,) at lags from 0 on."""

    ratio: float
    norms: np.ndarray

    @property
    def off(self) -> float:
        """The largest relative error against the textbook's ratioᵏ."""
        return float(np.abs(self.norms / self.ratio ** np.arange(len(self.norms)) - 1).max())


def decades_per_10(norms: np.ndarray) -> float | None:
    """The slope of log₁₀ of (K,) norms over their lags, by least squares, times ten; None of fewer than two.

    >>> float(round(decades_per_10(0.1 ** np.arange(5)), 6))
    -10.0
    """
    lags = np.flatnonzero(norms > 0)
    if len(lags) < 2:
        return None
    return 10 * float(np.polyfit(lags, np.log10(norms[lags]), 1)[0])


def trainings(records: Iterable[Mapping[str, Any]]) -> list[Training]:
    """The trainings among the trials."""
    return [_training(record) for record in records if "cell" in record["settings"]]


def planted(records: Iterable[Mapping[str, Any]]) -> list[Planted]:
    """The planted matrices among the trials."""
    return [
        Planted(each["settings"]["planted"], np.array(each["result"]["norms"]))
        for each in records
        if "planted" in each["settings"]
    ]


def _training(record: Mapping[str, Any]) -> Training:
    settings, result = record["settings"], record["result"]
    snapshots = tuple(
        Snapshot(
            step=each["step"],
            hidden=np.array(each["hidden"]),
            cell=None if each["cell"] is None else np.array(each["cell"]),
            radii=each["radii"],
            right=each["right"],
            n=each["n"],
        )
        for each in result["snapshots"]
    )
    return Training(
        cell=settings["cell"],
        level=settings["level"],
        seed=settings["seed"],
        clip=settings["clip"],
        gain=settings["gain"],
        snapshots=snapshots,
        norms=np.array(result["norms"]),
        diverged=result["diverged"],
    )


def levels_of(trainings: Sequence[Training]) -> list[str]:
    """The levels of the trainings, each once, in the order in which they first come."""
    return list(dict.fromkeys(each.level for each in trainings))
