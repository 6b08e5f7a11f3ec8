"""Signal echo: the network, how it is trained, and what its capacity is measured by."""

from dataclasses import dataclass
from typing import get_args

from embedkit.config.architecture import Cell
from embedkit.config.bounds import Count, Positive
from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation
from embedkit.errors import UsageError, unknown


@dataclass(frozen=True)
class EchoModel(Checked):
    """The shape of a network that gives a binary signal back, some steps later."""

    cell: Cell = "gru"
    "The recurrent cell."
    layers: Count = 1
    "Recurrent layers."
    hidden_size: Count = 32
    "Units of each recurrent layer."


@dataclass(frozen=True)
class EchoTraining(Optimisation):
    """The signal, and how a network is trained on its echo."""

    UNUSED = ("embedding_rate_scale",)

    learning_rate: Positive = 1e-2
    "Peak learning rate."
    delay: Count = 3
    "The target is the input N steps earlier."
    chunk: Count = 10
    "Steps per chunk: truncated back-propagation through time reaches no further."
    batch_size: Count = 32
    "Series in parallel."
    length: Count = 2_500
    "Bits of each training series."
    held_out_length: Count = 1_000
    "Bits of each validation and each test series."
    carry_state: bool = True
    "Carry the state from chunk to chunk; otherwise every chunk starts from zeros."


@dataclass(frozen=True)
class EchoCapacityOptions(Checked):
    """How long an echo networks of several sizes learn: one training a cell, size, delay and seed."""

    cells: tuple[Cell, ...] = ("lstm", "gru", "rnn-tanh")
    "The recurrent cells."
    hidden_sizes: tuple[int, ...] = (2, 4, 8, 16)
    "Units of the single recurrent layer."
    delays: tuple[int, ...] = (1, 2, 4, 8, 12, 16)
    "Delay of the echo, in steps."
    seeds: Count = 3
    "Trainings of each combination, with seeds 1, 2, …"
    steps: Count = 400
    "Optimiser steps of each training."
    chunk: Count = 24
    "Steps of truncated back-propagation through time; the state is carried from chunk to chunk."
    batch_size: Count = 32
    "Series in parallel."
    held_out_length: Count = 500
    "Bits of each test series."
    learning_rate: Positive = 3e-2
    "Peak learning rate."

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("cells", "hidden_sizes", "delays"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise UsageError(
                    f"--{name.replace('_', '-')} {' '.join(map(str, values))}: give at least one, each once"
                )
        for cell in self.cells:
            if cell not in get_args(Cell):
                raise unknown("cell", cell, get_args(Cell))
        if min(self.hidden_sizes + self.delays) < 1:
            raise UsageError("--hidden-sizes and --delays must be at least 1")


def run_name(model: EchoModel, training: EchoTraining) -> str:
    """Made from the delay and the cell."""
    return f"echo-{training.delay}-{model.cell}"
