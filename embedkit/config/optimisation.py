"""How any model is trained."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from embedkit.config.bounds import ABOVE_ZERO, Count, NotNegative, Positive, PositiveOrInfinite, Share
from embedkit.config.checked import Checked
from embedkit.errors import UsageError

Optimiser = Literal["adamw", "rmsprop", "sgd"]
Schedule = Literal["cosine", "plateau", "constant"]
Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True)
class Optimisation(Checked):
    """How any model is trained: optimiser, schedule, budget, measuring.

    Attributes:
        UNUSED: options of this class that a subclass does not look at, and does not offer.
    """

    UNUSED: ClassVar[tuple[str, ...]] = ()

    optimiser: Optimiser = "adamw"
    "AdamW, RMSprop, or plain SGD."
    learning_rate: Positive = 5e-3
    "Peak learning rate."
    embedding_rate_scale: Positive = 4.0
    "The embeddings' learning rate under AdamW, as a multiple: a rare word's vector is seldom updated."
    schedule: Schedule = "cosine"
    "Cosine to zero over the budget, divided by four when validation stalls (plateau), or constant."
    warmup: Share = 0.02
    "Share of the budget in which the learning rate rises from zero."
    weight_decay: NotNegative = 0.0
    "AdamW's decoupled decay."
    clip: PositiveOrInfinite = 1.0
    "Largest norm of the gradient."
    epochs: Positive | None = None
    "Budget in passes over the training text; with no budget given, the preset's, or four passes."
    steps: Annotated[int, ABOVE_ZERO] | None = None
    "Budget in optimiser steps."
    minutes: Positive | None = None
    "Budget in minutes of training; the schedule is fitted to it."
    evaluations: Count = 10
    "How many times validation is measured over the budget."
    patience: Count = 5
    "Stop after this many evaluations without improvement."
    seed: int = 1
    "Seeds the weights, dropout and samples."
    device: str = "auto"
    "cpu, cuda, mps, or auto."
    precision: Precision = "auto"
    "Precision of matrix products: fp32, bf16, or auto: bf16 if the device supports it natively and the model gains."
    bf16: bool | None = None
    "--bf16 is short for --precision bf16, --no-bf16 for --precision fp32."

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bf16 and self.precision == "fp32":
            raise UsageError("--bf16 and --precision fp32: choose one of them")

    @property
    def asked_precision(self) -> Precision:
        """What `precision` and `bf16` ask for together; the former goes first."""
        if self.precision != "auto" or self.bf16 is None:
            return self.precision
        return "bf16" if self.bf16 else "fp32"
