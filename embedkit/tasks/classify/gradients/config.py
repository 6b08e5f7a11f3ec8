"""Vanishing and exploding gradients: what is trained, and how often it is looked at."""

from dataclasses import dataclass
from typing import get_args

from embedkit.config.architecture import Cell
from embedkit.config.bounds import Count, Positive
from embedkit.config.checked import Checked
from embedkit.errors import UsageError, unknown
from embedkit.tasks.classify.config import Difficulty, Initialisation


@dataclass(frozen=True)
class GradientsOptions(Checked):
    """The trainings in which gradients are followed back through time."""

    cells: tuple[Cell, ...] = ("rnn-tanh", "gru", "lstm")
    "The recurrent cells."
    levels: tuple[Difficulty, ...] = ("easy", "normal", "moderate", "hard", "nightmare")
    "Levels of temporal order: sequences of up to 8, 40, 80, 110 and 500 symbols."
    hidden_size: Count = 32
    "Units of the single recurrent layer."
    initialisation: Initialisation = "orthogonal"
    "Recurrence at first: orthogonal, uniform (torch's own), identity, or chrono: orthogonal with gates that hold on."
    seeds: Count = 1
    "Trainings of each combination, with seeds 1, 2, …"
    steps: Count = 200
    "Optimiser steps of each training."
    snapshots: Count = 4
    "How many times gradients are traced back during a training, besides before it."
    batch_size: Count = 32
    "Sequences per batch."
    learning_rate: Positive = 5e-3
    "The same throughout."
    clip: Positive = 1.0
    "Largest norm of the gradient."
    gain: Positive = 1.5
    "Also start a plain network with its recurrent matrix multiplied by this, with and without clipping."
    probes: Count = 64
    "Held-out sequences whose gradients are traced."
    held_out: Count = 256
    "Held-out sequences on which accuracy is measured."
    planted_steps: Count = 60
    "Steps over which a planted matrix is traced back."

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, kind in (("cells", Cell), ("levels", Difficulty)):
            values = getattr(self, name)
            for value in values:
                if value not in get_args(kind):
                    raise unknown(name.removesuffix("s"), value, get_args(kind))
            if not values or len(set(values)) < len(values):
                raise UsageError(f"--{name} {' '.join(values)}: give at least one, and each once")
        if self.snapshots > self.steps:
            raise UsageError(f"--snapshots {self.snapshots}: must be at most --steps {self.steps}")
