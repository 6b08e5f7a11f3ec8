"""The temporal-order lab: which networks at which levels with how many seeds, and how each is set up."""

from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, get_args

from embedkit.config.architecture import Cell
from embedkit.config.bounds import Count, Positive
from embedkit.config.checked import Checked
from embedkit.errors import UsageError, unknown
from embedkit.tasks.classify.config import (
    CLASSIFIER_PRESETS,
    RECIPES,
    ClassifierModel,
    ClassifierTraining,
    Difficulty,
)

Network = Literal["rnn", "gru", "lstm", "rnn-recipe"]
"""A plain network, the two gated ones, and a plain one by a recipe of its own: see RECIPES."""

CELLS: dict[Network, Cell] = {"rnn": "rnn-tanh", "gru": "gru", "lstm": "lstm", "rnn-recipe": "rnn-tanh"}


@dataclass(frozen=True)
class TemporalOrderOptions(Checked):
    """An experiment: every network at every level with every seed."""

    levels: tuple[Difficulty, ...] = ("easy", "normal")
    "How long the sequences are; one or several levels."
    networks: tuple[Network, ...] = ("rnn", "gru", "lstm", "rnn-recipe")
    "Networks to train: rnn, gru and lstm with the same set-up, rnn-recipe with one that suits a plain network."
    seeds: Count = 3
    "Trainings of each combination, with seeds 1, 2, 3, …"
    epochs: Positive | None = None
    "Epochs of each training; by default the level's own."
    hidden_size: Count | None = None
    "Units of each network; by default the level's own."

    def __post_init__(self) -> None:
        super().__post_init__()
        for names, choices, what in ((self.levels, Difficulty, "level"), (self.networks, Network, "network")):
            if not names or len(set(names)) < len(names):
                raise UsageError(f"--{what}s {' '.join(names) or '(none)'}: give at least one, and each once")
            for name in names:
                if name not in get_args(choices):
                    raise unknown(what, name, get_args(choices))

    def set_up(self, network: Network, level: Difficulty, seed: int) -> tuple[ClassifierModel, ClassifierTraining]:
        """The shape of a network and how it is trained: validation is measured once an epoch."""
        model, training = (RECIPES if network == "rnn-recipe" else CLASSIFIER_PRESETS)[level]
        epochs = self.epochs or training.epochs
        assert epochs is not None, "every preset has a budget in epochs"
        return (
            replace(model, cell=CELLS[network], hidden_size=self.hidden_size or model.hidden_size),
            replace(training, seed=seed, epochs=epochs, evaluations=ceil(epochs), device="cpu"),
        )
