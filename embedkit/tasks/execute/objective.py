"""Train a network to execute programs: characters in, through one vector, digits out."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.models.recurrent import State
from embedkit.progress import Progress
from embedkit.runs.folder import Run, require_kind
from embedkit.runs.options import configurations
from embedkit.tasks.execute.config import ExecuteModel, ExecuteTraining
from embedkit.tasks.execute.data import Program, distinct, draw, origin
from embedkit.tasks.execute.difficulty import DIFFICULTIES
from embedkit.tasks.execute.interpreter import ALPHABET, MOST_DIGITS
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.tasks.seq2seq.objective import PairTensors, embedding_tables, greedy_texts, measure
from embedkit.tasks.seq2seq.vocabularies import save_vocabularies
from embedkit.text.pairs import EncodedPairs, line_ids
from embedkit.text.vocabulary import UNK, Vocabulary
from embedkit.training.checkpoint import load_weights
from embedkit.training.driver import Fitting, Trainer
from embedkit.training.objective import Evaluation, Step
from embedkit.training.precision import autocast

EPOCH = 1_000
"""Batches of an epoch; programs have no end, so it only says how `epochs` are counted."""
LONGEST_OUTPUT = MOST_DIGITS
"""Characters after which an output that does not end is cut."""
WORTH_CUTTING = 0.85
"""A batch is cut in two by length where that leaves so much of its padded characters, or less."""


def characters(letters: str) -> Vocabulary:
    """A vocabulary without counts: these characters and the end of line."""
    tokens = (UNK, *sorted({*letters, "\n"}))
    return Vocabulary("char", tokens, np.zeros(len(tokens), dtype=np.int64))


SOURCE, TARGET = characters(ALPHABET), characters("-0123456789")


def as_read(text: str, reading: str) -> str:
    """A program as the encoder reads it."""
    return {"forward": text, "reversed": text[::-1], "doubled": f"{text}\n{text}"}[reading]


def as_written(answer: str, writing: str) -> str:
    """An answer as the decoder writes it; of what the decoder wrote, the answer again: it is its own inverse."""
    return answer if writing == "forward" else answer[::-1]


def encoded(programs: Sequence[Program], config: ExecuteTraining) -> EncodedPairs:
    """Programs and what they print, as ids."""
    sources = [line_ids(SOURCE, as_read(program.text, config.reading)) for program in programs]
    targets = [line_ids(TARGET, as_written(program.answer, config.writing)) for program in programs]
    return EncodedPairs(sources, targets)


def by_length(lengths: Sequence[int]) -> list[np.ndarray]:
    """The rows of a batch in one part, or in two where much padding is saved: the short programs and the long ones."""
    order = np.argsort(lengths, kind="stable")
    halves = np.array_split(order, 2)
    if len(order) < 2:
        return [order]
    padded = sum(len(half) * lengths[half[-1]] for half in halves)
    return halves if padded <= WORTH_CUTTING * len(order) * lengths[order[-1]] else [order]


class ProgramObjective:
    """Training on what each program prints, from its characters; every batch is new, drawn from its number."""

    def __init__(self, model: EncoderDecoder, config: ExecuteTraining) -> None:
        self.model: nn.Module = model
        self._network, self._config = model, config
        self._device = next(model.parameters()).device
        self._difficulty = DIFFICULTIES[config.curriculum]
        self._valid = self.held_out("valid", config.held_out)
        self._valid_pairs = encoded(self._valid, config)
        self.batches_per_epoch = EPOCH
        # About: as if all programs were of the target difficulty.
        self.tokens_per_epoch = EPOCH * config.batch_size * self._valid_pairs.target_tokens // len(self._valid)

    def tables(self) -> Sequence[Tensor]:
        return embedding_tables(self._network)

    def initial_state(self) -> State:
        return ()

    def batches(self, epoch: int, start: int) -> Iterator[tuple[int, int]]:
        return ((epoch, number) for number in range(start, EPOCH))

    def programs(self, batch: tuple[int, int], share: float) -> list[Program]:
        """The programs of a batch, of the difficulties that the curriculum has at this share of the budget."""
        config = self._config
        random = Random(f"{config.seed} {batch[0]} {batch[1]}")
        return [
            draw(config.task, random, *self._difficulty(config.target, share, random), "train")
            for _ in range(config.batch_size)
        ]

    def step(self, batch: Any, state: State, share: float) -> Step:
        pairs = encoded(self.programs(batch, share), self._config)
        total = 0.0
        for rows in by_length([len(source) for source in pairs.sources]):
            tensors = PairTensors.of(pairs.batch(rows), TARGET.line_end, self._device)
            with autocast(self._device, self._config.precision):
                encoding = self._network.encode(tensors.source, tensors.lengths)
                decoded = self._network.decode(encoding, tensors.inputs, self._network.start(encoding.code))
                nats = self._network.nats(decoded, tensors.targets, tensors.known)
            (nats / pairs.target_tokens).backward()
            total += nats.item()
        return Step(total / pairs.target_tokens, pairs.target_tokens, ())

    def held_out(self, split: str, count: int) -> list[Program]:
        """Programs of the target difficulty that are in no batch."""
        config = self._config
        return distinct(config.task, Random(f"{config.seed} {split}"), *config.target, split, count)

    def evaluate(self, share: float) -> Evaluation:
        programs = self._valid
        loss = measure(self._network, self._valid_pairs, TARGET.line_end)
        exact = exact_matches(self._network, programs, self._config)
        figures = {
            "valid_token_accuracy": loss.token_accuracy,
            "valid_exact_match": exact / len(programs),
            "valid_exact": exact,
            "valid_programs": len(programs),
        }
        return Evaluation(loss.nats_per_token, loss.tokens, loss.nats_per_token, figures)


def exact_matches(network: EncoderDecoder, programs: Sequence[Program], config: ExecuteTraining) -> int:
    """The number of programs whose output is right to the last digit."""
    # What is longer than every answer is wrong already; early in training nothing would end it.
    longest = max(len(program.answer) for program in programs) + 1
    outputs = execute(network, [program.text for program in programs], config, longest=longest)
    return sum(output == program.answer for output, program in zip(outputs, programs, strict=True))


def execute(
    network: EncoderDecoder, texts: Sequence[str], config: ExecuteTraining, *, longest: int = LONGEST_OUTPUT
) -> list[str]:
    """The network's output of each program, by the likeliest character at every step, cut after `longest`."""
    sources = [line_ids(SOURCE, as_read(text, config.reading)) for text in texts]
    outputs = greedy_texts(network, sources, TARGET, longest)
    return [as_written(text, config.writing) for text in outputs]


def _held_out_metrics(
    network: EncoderDecoder, objective: ProgramObjective, training: ExecuteTraining, split: str
) -> dict[str, Any]:
    """The headline figures of twice as many held-out programs as an evaluation measures."""
    programs = objective.held_out(split, 2 * training.held_out)
    pairs = encoded(programs, training)
    loss = measure(network, pairs, TARGET.line_end)
    exact = exact_matches(network, programs, training)
    figures = {
        "nats_per_token": loss.nats_per_token,
        "tokens": loss.tokens,
        "token_accuracy": loss.token_accuracy,
        "exact_match": exact / len(programs),
        "exact": exact,
        "programs": len(programs),
    }
    return {f"{split}_{name}": value for name, value in figures.items()}


def load_executor(run: Run) -> EncoderDecoder:
    """The network of a finished run, ready to execute programs.

    Raises:
        UsageError: the run is of another kind.
    """
    require_kind(run, "execute")
    with torch.random.fork_rng(devices=[]):
        model = EncoderDecoder(configurations(run)[0].network, SOURCE.counts, TARGET.counts)
    load_weights(run, model)
    return model.eval()


class ExecuteTrainer(Trainer[ExecuteModel, ExecuteTraining, None]):
    """Programs are drawn as they are needed, from the options and the seed alone."""

    source = "the generator of programs"

    def open(self, progress: Progress) -> None:
        return None

    def about(self, material: None) -> Mapping[str, Any]:
        return origin(self.training.task)

    def keep(self, run: Run, material: None, progress: Progress) -> ExecuteModel:
        save_vocabularies(run, SOURCE, TARGET)
        return self.model

    def prepare(self, run: Run, material: None, device: torch.device, progress: Progress) -> Fitting:
        network = EncoderDecoder(self.model.network, SOURCE.counts, TARGET.counts).to(device)
        objective = ProgramObjective(network, self.training)

        def measure() -> dict[str, Any]:
            metrics: dict[str, Any] = {}
            for split in ("valid", "test"):
                progress(None, f"measuring {split} programs")
                metrics |= _held_out_metrics(network, objective, self.training, split)
            return metrics

        return Fitting(objective, measure)
