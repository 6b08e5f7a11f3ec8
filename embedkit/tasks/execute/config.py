"""Networks that learn to execute programs: their shape, what they are trained on, and the defaults by task."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from embedkit.config.architecture import Attention, Cell
from embedkit.config.bounds import Count, Positive, Share
from embedkit.config.checked import Checked
from embedkit.config.optimisation import Optimisation
from embedkit.errors import UsageError
from embedkit.tasks.seq2seq.config import Seq2SeqModel

ExecuteTask = Literal["programs", "addition"]
Curriculum = Literal["none", "naive", "mix", "combined"]
Reading = Literal["forward", "reversed", "doubled"]
Writing = Literal["forward", "reversed"]
CURRICULA: tuple[Curriculum, ...] = ("none", "naive", "mix", "combined")

LENGTH, NESTING, DIGITS = 2, 1, 3
"""Defaults: length and nesting of programs, digits of the numbers of a sum."""
MOST_LENGTH, MOST_NESTING, MOST_DIGITS = 9, 9, 50


@dataclass(frozen=True)
class ExecuteModel(Checked):
    """The shape of an encoder-decoder that reads a program, character by character, and writes what it prints."""

    cell: Cell = "lstm"
    "The recurrent cell of encoder and decoder."
    layers: Count = 1
    "Recurrent layers of each."
    bidirectional: bool = False
    "Read the program from both ends."
    embedding_size: Count = 32
    "Length of a character's vector."
    hidden_size: Count = 128
    "Units of each recurrent layer."
    bottleneck_size: Count = 128
    "Length of the vector that a program is condensed into."
    attention: Attention = "dot"
    "Let the decoder attend to the program; with none, it sees only the vector."
    dropout: Share = 0.0
    "Share of activations dropped in training; every batch is new, so there is nothing to memorise."

    @property
    def network(self) -> Seq2SeqModel:
        """The same as the shape of an encoder-decoder of characters."""
        return Seq2SeqModel(
            source_level="char",
            target_level="char",
            min_count=1,
            cell=self.cell,
            layers=self.layers,
            bidirectional=self.bidirectional,
            embedding_size=self.embedding_size,
            hidden_size=self.hidden_size,
            bottleneck_size=self.bottleneck_size,
            attention=self.attention,
            dropout=self.dropout,
            tied=False,
            softmax="full",
        )


@dataclass(frozen=True)
class ExecuteTraining(Optimisation):
    """What a network that executes programs is trained on, and how."""

    task: ExecuteTask = "programs"
    "Small Python programs, or the sum of two numbers."
    length: int | None = None
    "Programs: digits of their integers; 2 by default."
    nesting: int | None = None
    "Programs: how many operations are combined; 1 by default."
    digits: int | None = None
    "Addition: digits of the two numbers; 3 by default."
    curriculum: Curriculum = "none"
    "Always the target difficulty (none), raised to it (naive), drawn up to it (mix), or half of either (combined)."
    reading: Reading = "reversed"
    "How the program is read: forward, from its end, or twice."
    writing: Writing = "reversed"
    "How the answer is written: forward, or units first, as in arithmetic on paper."
    batch_size: Count = 64
    "Programs per batch, generated afresh for each one."
    learning_rate: Positive = 6e-3
    "Peak learning rate."
    embedding_rate_scale: Positive = 1.0
    "The embeddings' learning rate under AdamW, as a multiple."
    evaluations: Count = 20
    "How many times held-out programs are scored over the budget."
    patience: Count = 20
    "Stop after this many evaluations without improvement."
    held_out: Count = 1_000
    "Held-out programs of the target difficulty scored each time; at the end twice as many, and of every difficulty."

    def __post_init__(self) -> None:
        super().__post_init__()
        programs = self.task == "programs"
        for name, most, fits in (
            ("length", MOST_LENGTH, programs),
            ("nesting", MOST_NESTING, programs),
            ("digits", MOST_DIGITS, not programs),
        ):
            value = getattr(self, name)
            if value is not None and not fits:
                other = "--length and --nesting" if programs else "--digits"
                raise UsageError(f"--{name} does not go with --task {self.task}, which has {other}")
            if value is not None and not 1 <= value <= most:
                raise UsageError(f"--{name} {value}: must be at least 1 and at most {most}")

    @property
    def target(self) -> tuple[int, int]:
        """The difficulty that is to be learned: length, nesting. A sum of two numbers is one operation."""
        if self.task == "addition":
            return self.digits or DIGITS, 1
        return self.length or LENGTH, self.nesting or NESTING


@dataclass(frozen=True)
class CurriculaOptions(Checked):
    """The four curricula side by side: the same network, task and budget for each."""

    task: ExecuteTask = "programs"
    "Small Python programs, or the sum of two numbers."
    length: int | None = None
    "Programs: digits of their integers; 2 by default."
    nesting: int | None = None
    "Programs: how many operations are combined; 1 by default."
    digits: int | None = None
    "Addition: digits of the two numbers; 3 by default."
    attention: Attention = "dot"
    "As of `train execute`."
    steps: Count = 2_500
    "Budget of each training in optimiser steps."
    seeds: Count = 2
    "Trainings of each curriculum."
    batch_size: Count = 64
    "Programs per batch."
    hidden_size: Count = 128
    "Units of encoder and decoder, and size of the bottleneck."
    learning_rate: Positive = 6e-3
    "Peak learning rate."
    evaluations: Count = 16
    "How many times held-out programs are scored over the budget."
    held_out: Count = 500
    "Held-out programs of the target difficulty scored each time; at the end twice as many."

    def __post_init__(self) -> None:
        super().__post_init__()
        self.training("none", 1)

    def training(self, curriculum: Curriculum, seed: int) -> ExecuteTraining:
        """How one of the trainings goes; none is stopped before its budget is spent."""
        return ExecuteTraining(
            task=self.task,
            length=self.length,
            nesting=self.nesting,
            digits=self.digits,
            curriculum=curriculum,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            steps=self.steps,
            evaluations=self.evaluations,
            patience=self.evaluations + 1,
            held_out=self.held_out,
            seed=seed,
            device="cpu",
        )

    @property
    def model(self) -> ExecuteModel:
        return ExecuteModel(hidden_size=self.hidden_size, bottleneck_size=self.hidden_size, attention=self.attention)


EXECUTE_PRESETS: dict[str, tuple[ExecuteModel, ExecuteTraining]] = {
    "programs": (ExecuteModel(), ExecuteTraining(minutes=10.0)),
    "addition": (ExecuteModel(), ExecuteTraining(task="addition", minutes=5.0)),
}
"""The defaults by task."""


def preset(option: Callable[[str], str | None]) -> tuple[str, tuple[ExecuteModel, ExecuteTraining] | tuple[()]]:
    """The task and its preset; an empty preset of a task that does not exist."""
    task = option("task") or ExecuteTraining.task
    return task, EXECUTE_PRESETS.get(task, ())


def run_name(model: ExecuteModel, training: ExecuteTraining) -> str:
    """Made from the task and its difficulty."""
    length, nesting = training.target
    return f"{training.task}-{length}" if training.task == "addition" else f"{training.task}-{length}-{nesting}"
