"""Batches of inputs, and what came of those that are done: kept in a file, for a campaign that was stopped to go on."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.hostile_inputs.formats import SHARES
from benchmarks.hostile_inputs.trial import OUTCOMES, Outcome

HELD = ("read", "refused")
"""What may come of an input."""
_AT_ONCE = 50


@dataclass(frozen=True)
class Batch:
    """Inputs of one format by their seeds."""

    format: str
    seeds: range


def batches_of(formats: list[str], count: int, first: int) -> list[Batch]:
    """`count` inputs in batches, a part of every format early on."""
    total = sum(SHARES[format] for format in formats)
    batches = []
    for format in formats:
        number = round(count * SHARES[format] / total)
        for at in range(0, number, _AT_ONCE):
            seeds = range(first + at, first + min(at + _AT_ONCE, number))
            batches.append((at / number, Batch(format, seeds)))
    return [batch for _, batch in sorted(batches, key=lambda each: each[0])]


def batches_with(format: str, seeds: Iterable[int]) -> list[Batch]:
    """These seeds, those that follow each other in one batch."""
    parts: list[range] = []
    for seed in sorted(set(seeds)):
        if parts and parts[-1].stop == seed and len(parts[-1]) < _AT_ONCE:
            parts[-1] = range(parts[-1].start, seed + 1)
        else:
            parts.append(range(seed, seed + 1))
    return [Batch(format, part) for part in parts]


@dataclass(frozen=True)
class Met:
    """An input of which something came that may not."""

    format: str
    seed: int
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.format} {self.seed}: {self.what} {self.why}"


@dataclass
class Tally:
    """Of a batch or a format: how many came to what, how many were compared, and what may not come."""

    counts: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    met: list[Met] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.counts += other.counts
        self.compared += other.compared
        self.met += other.met

    def row(self, name: str) -> str:
        figures = (self.counts.total(), *(self.counts[what] for what in OUTCOMES), self.compared)
        return f"{name:>11}" + "".join(f"{figure:>11,}" for figure in figures)


def tally(format: str, outcomes: Sequence[tuple[int, str, Outcome]]) -> Tally:
    """Of seeds, what was done to their files, and what came of it."""
    return Tally(
        Counter(outcome.what for _, _, outcome in outcomes),
        sum(outcome.compared for _, _, outcome in outcomes),
        [Met(format, seed, o.what, f"({how}) {o.why}") for seed, how, o in outcomes if o.what not in HELD],
    )


class Ledger:
    """A file with a line of JSON for each batch that is done.

    Args:
        path: None for one that keeps nothing.
        again: batches in which something was met are not done.
    """

    def __init__(self, path: Path | None, *, again: bool = False) -> None:
        self._path = path
        self.done: dict[Batch, Tally] = {}
        for batch, kept in _lines(path) if path is not None and path.exists() else ():
            self.done[batch] = kept
        if again:
            self.done = {batch: kept for batch, kept in self.done.items() if not kept.met}

    def add(self, batch: Batch, kept: Tally) -> None:
        self.done[batch] = kept
        if self._path is not None:
            row = {
                "batch": [batch.format, batch.seeds.start, batch.seeds.stop],
                "counts": kept.counts,
                "compared": kept.compared,
                "met": [[each.seed, each.what, each.why] for each in kept.met],
            }
            with open(self._path, "a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")

    def by_format(self) -> dict[str, Tally]:
        tallies: dict[str, Tally] = {}
        for batch, kept in self.done.items():
            tallies.setdefault(batch.format, Tally()).add(kept)
        return tallies


def _lines(path: Path) -> Iterator[tuple[Batch, Tally]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except ValueError:  # cut short when the campaign was stopped
            continue
        format, start, stop = row["batch"]
        met = [Met(format, *each) for each in row["met"]]
        yield Batch(format, range(start, stop)), Tally(Counter(row["counts"]), row["compared"], met)
