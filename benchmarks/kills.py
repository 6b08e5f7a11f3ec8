"""Commands that are killed, run again, and killed again: what is lost, half-written, another or left behind?

    python -m benchmarks.faults --parts kills --count 1000

Half of the kills come at random times, half at moments that were chosen from all that the command comes by: a file is
open for writing, a temporary file is about to be renamed, has been renamed, a folder is made, a file removed. After one
to three kills the command is run to its end, a training with `--resume` where there is something to go on with. Then
every file must be there, no other, and each as after a command that was never killed, but for what is of the clock.
"""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks import forks
from benchmarks.folders import contents, difference, half_written
from benchmarks.inputs import Place, prepared

RANDOM = "random time"
MOST_KILLS = 3  # of one case
OPEN_SECONDS = 0.003  # within which a file that was opened is written, or about


@dataclass(frozen=True)
class Kind:
    """A command to be killed.

    Attributes:
        name: the command as a person calls it.
        trains: whether a folder with a config is what was wanted, or the beginning of it.
        resumes: whether such a beginning is gone on with.
    """

    name: str
    words: str
    trains: bool = False
    resumes: bool = False


KINDS = (
    Kind(
        "train lm",
        "train lm --corpus text.txt --embedding-size 8 --hidden-size 8 --batch-size 8 --bptt 10 --steps 12 "
        "--evaluations 4 --snapshots 2",
        trains=True,
        resumes=True,
    ),
    Kind(
        "train seq2seq",
        "train seq2seq --corpus copy --pairs 120 --longest 3 --embedding-size 8 --hidden-size 8 --bottleneck-size 4 "
        "--steps 6 --evaluations 3",
        trains=True,
        resumes=True,
    ),
    Kind(
        "train speech",
        "train speech --mels 12 --hidden-size 8 --layers 1 --strings 40 --longest 2 --held-out 8 --steps 3 "
        "--evaluations 3",
        trains=True,
        resumes=True,
    ),
    Kind("train word2vec", "train word2vec --corpus text.txt --dimensions 8 --epochs 1 --workers 1", trains=True),
    Kind("report", "report vectors.txt --points 60"),
    Kind("map", "map vectors.txt --points 60 --seed 1"),
    Kind("corpora fetch", "corpora fetch tiny"),
    Kind("repair", "neighbors w1 --space damaged.txt --repair"),
)


@dataclass
class Tally:
    """What came of the kills of a kind.

    Attributes:
        kills: by where they came.
        lost: cases with a file that is gone, or whose command no longer ends well.
        faults: what each of them was, in words.
    """

    cases: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    half_written: int = 0
    different: int = 0
    leftovers: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reference:
    """A command that was never killed: what it comes by and leaves, and how long it takes."""

    moments: tuple[forks.Moment, ...]
    contents: dict[str, str]
    seconds: float


def _reference(place: Place, kind: Kind) -> Reference:
    """Two commands that were never killed, which must leave the same.

    Raises:
        RuntimeError: they do not, or one has failed.
    """
    both = []
    log = place.beside("moments.jsonl")
    for _ in range(2):
        place.clear()
        log.unlink(missing_ok=True)
        command = place.start(kind.words, log=log)
        if command.ended():
            raise RuntimeError(command.printed())
        seconds = time.monotonic() - command.started
        lines = log.read_text(encoding="utf-8").splitlines()
        moments = tuple(forks.Moment(*json.loads(line)) for line in lines)
        both.append(Reference(moments, contents(place.folder), seconds))
    if both[0].contents != both[1].contents:
        raise RuntimeError(f"{kind.name} never ends the same: {difference(both[0].contents, both[1].contents)}")
    return both[1]


def _next_words(place: Place, kind: Kind) -> str:
    """What a person types after a kill; nothing where what was wanted is there."""
    begun = next((place.folder / "runs").glob("[!.]*/config.toml"), None)
    if not (kind.trains and begun):
        return kind.words
    return f"{' '.join(kind.words.split()[:2])} --resume {begun.parent.name}" if kind.resumes else ""


def _case(place: Place, kind: Kind, reference: Reference, rng: Random, tally: Tally) -> None:
    """A command that is killed once or several times, and then ends."""
    place.clear()
    words, where = kind.words, []
    for _ in range(rng.randint(1, MOST_KILLS)):
        command, moment = _killed(place, words, reference, rng)
        if moment is None:
            break
        where.append(f"{moment.name} {moment.file}".strip())
        tally.kills[moment.name] += 1
        if moment.name == forks.AFTER:
            tally.files[Path(moment.file).name] += 1
        if broken := half_written(place.folder, reference.contents):
            tally.half_written += 1
            tally.faults.append(f"{kind.name}: killed at {where}: half-written {broken}")
        words = _next_words(place, kind)
        if not words:
            break
    else:
        command = place.start(words)
    tally.cases += bool(where)
    failed = words and command.ended() and "has finished" not in command.printed()
    failure = " ".join(command.printed().split())[-300:] if failed else ""
    _judge(kind, reference, tally, where, contents(place.folder), failure)


def _killed(place: Place, words: str, reference: Reference, rng: Random) -> tuple[forks.Command, forks.Moment | None]:
    """A command, and the moment at which it was killed; None where it ended before."""
    if rng.random() < 0.5:
        command = place.start(words)
        command.kill_after(rng.uniform(0, reference.seconds))
        moment: forks.Moment | None = forks.Moment(0, RANDOM, "")
    else:
        name = rng.choice(forks.MOMENTS)
        at = rng.choice([moment.number for moment in reference.moments if moment.name == name])
        command = place.start(words, at=at)
        moment = command.kill_at_moment(rng.uniform(0, OPEN_SECONDS))
    return command, moment if command.ended() < 0 else None


def _judge(kind: Kind, reference: Reference, tally: Tally, where: list[str], now: dict[str, str], failure: str) -> None:
    """Count what is not as it would be without a kill."""
    gone = sorted(reference.contents.keys() - now.keys())
    more = sorted(now.keys() - reference.contents.keys())
    other = sorted(name for name in now.keys() & reference.contents.keys() if now[name] != reference.contents[name])
    tally.lost += bool(gone or failure)
    tally.different += bool(other)
    tally.leftovers += bool(more)
    if gone or failure or more or other:
        what = f"lost {gone}, left {more}, different {other}, failed with {failure!r}"
        tally.faults.append(f"{kind.name}: killed at {where}: {what}")


def measure(count: int, seed: int = 0, kinds: Sequence[Kind] = KINDS) -> dict[str, Tally]:
    """By the name of a kind what its share of `count` kills left."""
    tallies = {}
    with prepared([kind.words for kind in kinds]) as place:
        for number, kind in enumerate(kinds):
            share = count * (number + 1) // len(kinds) - count * number // len(kinds)
            rng, tally, reference = Random(f"{seed} {kind.name}"), Tally(), _reference(place, kind)
            while tally.kills.total() < share:
                _case(place, kind, reference, rng, tally)
            tallies[kind.name] = tally
            print("\n  ".join([_row(kind.name, tally), *tally.faults]), flush=True)
    return tallies


def _row(name: str, tally: Tally) -> str:
    moments = [str(tally.kills[moment]) for moment in (RANDOM, *forks.MOMENTS)]
    figures = [tally.lost, tally.half_written, tally.different, tally.leftovers]
    return " | ".join([name, str(tally.kills.total()), *moments, *map(str, figures)])


def main(count: int) -> None:
    """Print a line for each command: its kills, by where they came, and what they did."""
    columns = ["command", "kills", RANDOM, *forks.MOMENTS, "lost", "half-written", "different", "left behind"]
    print(" | ".join(columns))
    tallies = measure(count)
    total = Tally()
    for tally in tallies.values():
        total.kills += tally.kills
        total.files += tally.files
        for name in ("lost", "half_written", "different", "leftovers"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    print(_row("all", total))
    named = ("weights.safetensors", "state.safetensors", "metrics.json", "config.toml")
    print("right after a rename of: " + ", ".join(f"{name} {total.files[name]}" for name in named))
