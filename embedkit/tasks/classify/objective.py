"""Train a sequence classifier on temporal order, from the level's name to a finished run folder.

There is one prediction a sequence, so what the loop and its history call a token is here a sequence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.errors import UsageError
from embedkit.models.recurrent import State
from embedkit.progress import Progress
from embedkit.runs.folder import Run, require_kind
from embedkit.runs.options import configurations
from embedkit.tasks.classify.config import ClassifierModel, ClassifierTraining
from embedkit.tasks.classify.data import CLASSES, SYMBOLS, Sequences, Split, corpus_facts, draw, level_of
from embedkit.tasks.classify.network import SequenceClassifier
from embedkit.tasks.classify.score import Confusion
from embedkit.training.checkpoint import load_weights
from embedkit.training.driver import Fitting, Trainer
from embedkit.training.objective import Evaluation, Step
from embedkit.training.precision import autocast

HELD_OUT_SEED = 0
"""Every run of a level is measured on the same sequences, whatever its own seed."""
MEASURED_AT_ONCE = 512


def refuse_contradictions(training: ClassifierTraining) -> None:
    """Check options against each other.

    Raises:
        UsageError: some do not go together.
    """
    if training.epoch_sequences < training.batch_size:
        raise UsageError(
            f"--epoch-sequences {training.epoch_sequences}: must be at least a batch of {training.batch_size}"
        )
    for level in training.curriculum:
        level_of(level)
    if training.curriculum and training.epochs is None:
        raise UsageError("--curriculum gives each level its share of the epochs: say how many with --epochs")


def build_classifier(config: ClassifierModel) -> SequenceClassifier:
    """The network of temporal order: 8 symbols, 4 classes. Its weights are drawn from torch's generator."""
    return SequenceClassifier(config, len(SYMBOLS), len(CLASSES))


def load_classifier(run: Run) -> SequenceClassifier:
    """A trained classifier, ready to evaluate.

    Raises:
        UsageError: the run is of another kind.
    """
    require_kind(run, "classifier")
    with torch.random.fork_rng(devices=[]):
        network = build_classifier(configurations(run)[0])
    load_weights(run, network)
    return network.eval()


class ClassifierObjective:
    """Training on temporal order: every epoch draws its sequences anew, from the run's seed and the epoch's number.

    A curriculum's levels and then the level itself have an equal share of the epochs each.
    """

    def __init__(self, model: SequenceClassifier, config: ClassifierTraining) -> None:
        self.model: nn.Module = model
        self._network, self._config = model, config
        self._device = next(model.parameters()).device
        self._held_out = held_out(config.level, "valid", config.held_out)
        self.batches_per_epoch = config.epoch_sequences // config.batch_size
        self.tokens_per_epoch = self.batches_per_epoch * config.batch_size

    def tables(self) -> Sequence[Tensor]:
        return ()

    def initial_state(self) -> State:
        return ()

    def batches(self, epoch: int, start: int) -> Iterator[Sequences]:
        """Batches of equal size; what is left of the epoch's sequences is not used."""
        size = self._config.batch_size
        sequences = draw(level_at(self._config, epoch), self.tokens_per_epoch, [self._config.seed, epoch])
        for start_row in range(start * size, self.tokens_per_epoch, size):
            yield Sequences(sequences.ids[start_row : start_row + size], sequences.labels[start_row : start_row + size])

    def step(self, batch: Any, state: State, share: float) -> Step:
        labels = torch.from_numpy(batch.labels).to(self._device)
        with autocast(self._device, self._config.precision):
            loss = nn.functional.cross_entropy(self._network(columns(batch.ids, self._device)), labels)
        loss.backward()
        return Step(loss.item(), len(labels), ())

    def evaluate(self, share: float) -> Evaluation:
        measurement = measure(self._network, self._held_out)
        confusion = measurement.confusion
        figures = {"valid_accuracy": confusion.right / confusion.n, "valid_right": float(confusion.right)}
        return Evaluation(measurement.nats, confusion.n, criterion=measurement.nats, figures=figures)


def level_at(training: ClassifierTraining, epoch: int) -> str:
    """The level of an epoch's sequences: of nine epochs, a curriculum of two and "hard", three of each."""
    if not training.curriculum:
        return training.level
    assert training.epochs is not None, "refused before"
    levels = (*training.curriculum, training.level)
    return levels[min(len(levels) - 1, int(epoch * len(levels) / training.epochs))]


def columns(ids: np.ndarray, device: torch.device) -> Tensor:
    """(N, T) ids → (T, N): time runs down, as in all models here."""
    return torch.from_numpy(np.ascontiguousarray(ids.T)).to(device)


@dataclass(frozen=True)
class Measurement:
    """A network's loss and predictions of held-out sequences.

    Attributes:
        nats: the mean loss of a sequence.
    """

    nats: float
    confusion: Confusion


@torch.no_grad()
def measure(network: SequenceClassifier, sequences: Sequences) -> Measurement:
    """The loss and the predictions of a network over all of the sequences, dropout off."""
    device, training = next(network.parameters()).device, network.training
    network.eval()
    predictions, nats = [], 0.0
    for start in range(0, len(sequences.labels), MEASURED_AT_ONCE):
        logits = network(columns(sequences.ids[start : start + MEASURED_AT_ONCE], device)).cpu()
        labels = torch.from_numpy(sequences.labels[start : start + MEASURED_AT_ONCE])
        nats += float(nn.functional.cross_entropy(logits, labels, reduction="sum"))
        predictions.append(logits.argmax(1).numpy())
    network.train(training)
    cells = sequences.labels * len(CLASSES) + np.concatenate(predictions)
    table = np.bincount(cells, minlength=len(CLASSES) ** 2).reshape(len(CLASSES), -1)
    confusion = Confusion(tuple(CLASSES), tuple(tuple(row) for row in table.tolist()))
    return Measurement(nats / len(sequences.labels), confusion)


def held_out(level: str, split: Split, most: int) -> Sequences:
    """At most so many held-out sequences of a level: the same for every run."""
    return draw(level, most, HELD_OUT_SEED, split)


def _metrics(network: SequenceClassifier, training: ClassifierTraining) -> dict[str, Any]:
    """The headline figures of the best weights, with the confusion table, by held-out split."""
    metrics: dict[str, Any] = {}
    splits: tuple[Split, ...] = ("valid", "test")
    for split in splits:
        measurement = measure(network, held_out(training.level, split, training.held_out))
        confusion = measurement.confusion
        metrics |= {
            f"{split}_accuracy": confusion.right / confusion.n,
            f"{split}_right": confusion.right,
            f"{split}_sequences": confusion.n,
            f"{split}_nats_per_sequence": measurement.nats,
            f"{split}_confusion": confusion.counts,
        }
    return metrics


class ClassifierTrainer(Trainer[ClassifierModel, ClassifierTraining, None]):
    """The sequences are drawn as they are needed, from the level and the seed alone."""

    validates_all = True
    divisible = True
    counted = "sequences"
    source = "the generator of sequences"

    def check(self) -> None:
        refuse_contradictions(self.training)

    def open(self, progress: Progress) -> None:
        return None

    def about(self, material: None) -> Mapping[str, Any]:
        return corpus_facts(self.training.level)

    def prepare(self, run: Run, material: None, device: torch.device, progress: Progress) -> Fitting:
        network = build_classifier(self.model).to(device)

        def measure() -> Mapping[str, Any]:
            progress(None, "measuring the held-out sequences")
            return _metrics(network, self.training)

        return Fitting(ClassifierObjective(network, self.training), measure)
