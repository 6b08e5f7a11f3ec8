"""The budget of a training run, and the learning rate over it."""

import math
from dataclasses import dataclass

from embedkit.config import Optimisation, Schedule

DEFAULT_EPOCHS = 4.0
"""Passes over the text where no budget is given."""


@dataclass(frozen=True)
class Budget:
    """How long to train: the first limit that is reached ends it. `steps` covers epochs too."""

    steps: int | None
    seconds: float | None

    @classmethod
    def of(cls, config: Optimisation, steps_per_epoch: int) -> "Budget":
        """The budget of a configuration; `DEFAULT_EPOCHS` where none is set."""
        limits = [] if config.steps is None else [config.steps]
        epochs = config.epochs if (config.epochs or config.steps or config.minutes) else DEFAULT_EPOCHS
        if epochs is not None:
            limits.append(max(1, math.ceil(epochs * steps_per_epoch)))
        return cls(min(limits, default=None), None if config.minutes is None else config.minutes * 60)

    def share(self, steps: int, seconds: float) -> float:
        """How much of the budget is spent, from 0 to 1."""
        by_steps = steps / self.steps if self.steps else 0.0
        by_seconds = seconds / self.seconds if self.seconds else 0.0
        return min(1.0, max(by_steps, by_seconds))


def parts_done(share: float, parts: int) -> int:
    """How many of so many equal parts of a budget are over; a share that rounding leaves a little below one's end is
    at it."""
    return math.floor(share * parts + 1e-9)


def learning_rate(schedule: Schedule, peak: float, warmup: float, share: float) -> float:
    """The learning rate after `share` of the budget: a linear rise over `warmup`, then the schedule.

    Cosine falls from the peak to zero at the end; constant and plateau stay (a plateau's cuts are in `peak`).
    """
    if share < warmup:
        return peak * share / warmup
    if schedule == "cosine":
        through = (share - warmup) / (1 - warmup)
        return peak * 0.5 * (1 + math.cos(math.pi * through))
    return peak
