"""Signal echo: binary series, and as the target of each step the bit of some steps before."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.echo.config import EchoTraining


@dataclass(frozen=True, eq=False)
class EchoChunk:
    """Some steps of all series: `inputs` and `targets` (T, B) bits; `has_target` (T,), which steps have one at all."""

    inputs: np.ndarray
    targets: np.ndarray
    has_target: np.ndarray


@dataclass(frozen=True, eq=False)
class EchoSeries:
    """Binary series side by side: `inputs` (L, B) uint8, time runs down. With a delay of 2:

        inputs   1 0 1 1 0 …
        targets  – – 1 0 1 …

    A target that would be from before the series starts is 0 and does not count: `has_target` is False there.
    """

    inputs: np.ndarray
    delay: int

    @property
    def targets(self) -> np.ndarray:
        """(L, B) bits."""
        shifted = np.zeros_like(self.inputs)
        shifted[self.delay :] = self.inputs[: len(self.inputs) - self.delay]
        return shifted

    @property
    def has_target(self) -> np.ndarray:
        """(L,) whether a step has a target."""
        return np.arange(len(self.inputs)) >= self.delay

    @property
    def target_count(self) -> int:
        """Targets in all series together."""
        return int(self.has_target.sum()) * self.inputs.shape[1]

    def right(self, chance: np.ndarray) -> np.ndarray:
        """(L, B) probabilities of a 1 → (L − delay, B), whether the likelier bit is the target."""
        return ((chance > 0.5) == (self.targets == 1))[self.has_target]


def echo_series(*, length: int, held_out_length: int, columns: int, delay: int, seed: int) -> Mapping[str, EchoSeries]:
    """Fair coin tosses as series for "train", "valid" and "test", each split drawn from a generator of its own.

    Args:
        length, held_out_length: bits of each training series, and of each series of valid and test.
        columns: series of each split.

    Raises:
        UsageError: the series are too short for the delay.
    """
    shortest = min(length, held_out_length)
    if shortest <= delay:
        raise UsageError(f"series of {shortest:,} bits have no echo after {delay:,}; take longer ones")
    lengths = {"train": length, "valid": held_out_length, "test": held_out_length}
    generators = [np.random.default_rng([seed, number]) for number in range(len(lengths))]
    return {
        split: EchoSeries(rng.integers(2, size=(size, columns), dtype=np.uint8), delay)
        for rng, (split, size) in zip(generators, lengths.items(), strict=True)
    }


def chunks(series: EchoSeries, steps: int, start: int = 0) -> Iterator[EchoChunk]:
    """Cut series into chunks of `steps` rows, from the `start`-th chunk on; the last may be shorter."""
    targets, has_target = series.targets, series.has_target
    for top in range(start * steps, len(has_target), steps):
        rows = slice(top, top + steps)
        yield EchoChunk(series.inputs[rows], targets[rows], has_target[rows])


def chunk_count(series: EchoSeries, steps: int) -> int:
    """How many chunks `chunks` gives."""
    return -(-len(series.inputs) // steps)


def checksum(series: Mapping[str, EchoSeries]) -> str:
    """A SHA-256 over the bits of all splits and the delay."""
    digest = hashlib.sha256()
    for split, part in series.items():
        digest.update(f"{split} {part.inputs.shape} {part.delay}\n".encode())
        digest.update(np.packbits(part.inputs).tobytes())
    return f"sha256:{digest.hexdigest()}"


def corpus_facts(name: str, series: Mapping[str, EchoSeries]) -> dict[str, str | None]:
    """The corpus of a run's provenance: name, source, checksum, licence, citation."""
    return {
        "name": name,
        "source": "made here",
        "checksum": checksum(series),
        "licence": "none: coin tosses",
        "citation": None,
    }


def series_of(training: EchoTraining) -> Mapping[str, EchoSeries]:
    """The series of every split, as a configuration describes them.

    Raises:
        UsageError: they are too short for the delay.
    """
    return echo_series(
        length=training.length,
        held_out_length=training.held_out_length,
        columns=training.batch_size,
        delay=training.delay,
        seed=training.seed,
    )


def checksum_of(run: Run) -> str:
    """The checksum of the series that this version makes for a run."""
    return checksum(series_of(configurations(run)[1]))
