"""Sequence classifiers: their shape, how they are trained, and the defaults by level."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from embedkit.config.architecture import Cell
from embedkit.config.bounds import Count, Positive
from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation

Initialisation = Literal["orthogonal", "uniform", "identity", "chrono"]
Difficulty = Literal["easy", "normal", "moderate", "hard", "nightmare"]


@dataclass(frozen=True)
class ClassifierModel(Checked):
    """The shape of a recurrent sequence classifier."""

    cell: Cell = "lstm"
    "The recurrent cell."
    hidden_size: Count = 32
    "Units of each recurrent layer."
    layers: Count = 1
    "Recurrent layers."
    initialisation: Initialisation = "chrono"
    "Recurrence at first: orthogonal, uniform (torch's own), identity, or chrono: orthogonal with gates that hold on."


@dataclass(frozen=True)
class ClassifierTraining(Optimisation):
    """What a sequence classifier is trained on, and how."""

    level: Difficulty = "easy"
    "How long sequences are: 7 to 8 symbols, 30 to 40, 60 to 80, 100 to 110, or 300 to 500."
    curriculum: tuple[Difficulty, ...] = ()
    "Levels to train on first, each for as many epochs as the level itself; needs a budget in epochs."
    batch_size: Count = 32
    "Sequences per batch."
    epoch_sequences: Count = 992
    "Sequences per epoch, drawn afresh each time."
    held_out: Count = 1_000
    "Sequences in each of valid and test, or all that the level holds out if there are fewer."
    learning_rate: Positive = 5e-3
    "Peak learning rate."
    epochs: Positive | None = None
    "Budget in epochs."
    evaluations: Count = 50
    "How many times validation is measured over the budget."
    patience: Count = 1_000
    "Stop after this many evaluations without improvement."


_EASY = ClassifierTraining(
    level="easy", optimiser="rmsprop", learning_rate=2e-3, schedule="constant", warmup=0.0, epochs=30.0
)
CLASSIFIER_PRESETS: dict[str, tuple[ClassifierModel, ClassifierTraining]] = {
    "easy": (ClassifierModel(hidden_size=4, initialisation="orthogonal"), _EASY),
    "normal": (ClassifierModel(), ClassifierTraining(level="normal", epochs=30.0)),
    "moderate": (ClassifierModel(), ClassifierTraining(level="moderate", epochs=24.0)),
    "hard": (ClassifierModel(), ClassifierTraining(level="hard", epochs=36.0)),
    "nightmare": (ClassifierModel(), ClassifierTraining(level="nightmare", epochs=48.0)),
}
"""The defaults by level. The easy one is that of the teaching notebooks, with twice their learning rate."""

_RECIPES: dict[str, tuple[float, tuple[Difficulty, ...]]] = {
    "easy": (2e-3, ()),
    "normal": (1e-3, ()),
    "moderate": (1e-3, ("normal",)),
    "hard": (1e-3, ("normal", "moderate")),
    "nightmare": (3e-4, ("normal", "moderate", "hard")),
}
RECIPES: dict[str, tuple[ClassifierModel, ClassifierTraining]] = {
    level: (
        replace(CLASSIFIER_PRESETS[level][0], cell="rnn-tanh", initialisation="identity"),
        replace(CLASSIFIER_PRESETS[level][1], learning_rate=rate, curriculum=curriculum),
    )
    for level, (rate, curriculum) in _RECIPES.items()
}
"""By level, what gets a plain network there: it hands its state on as it is at first, goes through shorter sequences
before the long ones, and takes smaller steps. A step too large makes the sum over a long sequence overflow its tanh."""


def preset(option: Callable[[str], str | None]) -> tuple[str, tuple[ClassifierModel, ClassifierTraining] | tuple[()]]:
    """The level and its preset; an empty preset of a level that does not exist."""
    level = option("level") or ClassifierTraining.level
    return level, CLASSIFIER_PRESETS.get(level, ())


def run_name(model: ClassifierModel, training: ClassifierTraining) -> str:
    """Made from the level and the cell."""
    return f"temporal-order-{training.level}-{model.cell}"
