"""How well an echo is given back: by position in the chunk, with the state carried from chunk to chunk and reset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from embedkit.analysis.proportion import Proportion
from embedkit.runs.artefacts import RUN_NAME, Artefact
from embedkit.tasks.echo.data import EchoSeries

LEARNED = 0.95
"""An echo with at least this accuracy counts as learned."""

_STRIP = 60  # steps that a strip shows at least, in whole chunks


@dataclass(frozen=True)
class PositionAccuracies:
    """The accuracy at each position in the chunk, from 0 on, and over all."""

    positions: tuple[Proportion, ...]
    overall: Proportion


@dataclass(frozen=True)
class Strip:
    """Some steps of one series from step `start` on: the bits, the targets, and the predicted probabilities of a 1."""

    start: int
    inputs: tuple[int, ...]
    targets: tuple[int, ...]
    carried: tuple[float, ...]
    reset: tuple[float, ...]


@dataclass(frozen=True)
class EchoScore:
    """An echo run on held-out series, twice: with the state carried from chunk to chunk, and reset at each.

    Attributes:
        trained_carried: the state was carried in training.
    """

    name: str = field(metadata=RUN_NAME)
    delay: int
    chunk: int
    trained_carried: bool
    carried: PositionAccuracies
    reset: PositionAccuracies
    strip: Strip

    @property
    def unknowable(self) -> int:
        """Positions, from 0 on, whose target lies before the chunk: without the state it cannot be known."""
        return min(self.delay, self.chunk)


ECHO_SCORES = Artefact("scores", EchoScore, "score sheet")
"""A sheet a split."""


def score_echo(
    name: str, series: EchoSeries, chunk: int, carried: np.ndarray, reset: np.ndarray, *, trained_carried: bool
) -> EchoScore:
    """Score (L, B) probabilities of a 1, once with the state carried and once with it reset."""
    return EchoScore(
        name=name,
        delay=series.delay,
        chunk=chunk,
        trained_carried=trained_carried,
        carried=by_position(series, carried, chunk),
        reset=by_position(series, reset, chunk),
        strip=_strip(series, chunk, carried, reset),
    )


def by_position(series: EchoSeries, chance: np.ndarray, chunk: int) -> PositionAccuracies:
    """The accuracy of (L, B) probabilities by position in the chunk; steps without a target do not count.

    Raises:
        UsageError: the series are shorter than a chunk and its delay, so that a position has no target.
    """
    right = series.right(chance)
    position = np.flatnonzero(series.has_target) % chunk
    return PositionAccuracies(
        tuple(_accuracy(right[position == place]) for place in range(chunk)),
        _accuracy(right),
    )


def right_bits(metrics: Mapping[str, Any], split: str) -> Proportion:
    """The right bits of a split, from a run's metrics."""
    return Proportion.of(metrics[f"{split}_right"], metrics[f"{split}_bits"])


def expected_reset(score: EchoScore) -> float:
    """The accuracy that a network reset at each chunk has at best, on average: half where nothing is known."""
    bits = [position.n for position in score.reset.positions]
    unknown = sum(bits[: score.unknowable])
    return 1 - unknown / 2 / sum(bits)


def _accuracy(right: np.ndarray) -> Proportion:
    return Proportion.of(int(right.sum()), right.size)


def _strip(series: EchoSeries, chunk: int, carried: np.ndarray, reset: np.ndarray) -> Strip:
    """Whole chunks of the first series, from the first one on in which every step has a target."""
    start = -(-series.delay // chunk) * chunk
    rows = slice(start, start + -(-_STRIP // chunk) * chunk)
    return Strip(
        start=start,
        inputs=tuple(series.inputs[rows, 0].tolist()),
        targets=tuple(series.targets[rows, 0].tolist()),
        carried=tuple(np.round(carried[rows, 0], 4).tolist()),
        reset=tuple(np.round(reset[rows, 0], 4).tolist()),
    )
