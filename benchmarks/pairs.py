"""Two commands at once on one run, report, corpus or file: is what comes of them that of one after the other?

    python -m benchmarks.faults --parts pairs --count 200

Each pair starts in either order, both at once or the second at a random time while the first runs. What lies there in
the end must be what lies there when one has run after the other, and a command that is refused says so in one line.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks.folders import contents, difference, half_written
from benchmarks.inputs import Place, prepared

_LM = (
    "train lm --corpus text.txt --embedding-size 8 --hidden-size 8 --batch-size 8 --bptt 10 --steps 12 --evaluations 4"
)
_WORDS = "train word2vec --corpus text.txt --dimensions 8 --epochs 1 --workers 1"
_READ = "neighbors w1 --space vectors.txt"
BEGUN = 60
"""What a training does to files before it is killed for others to go on with: it has a state then, and goes on."""


@dataclass(frozen=True)
class Pair:
    """Two commands that run at once.

    Attributes:
        name: what both work on.
        before: a training that is killed on its way, for the two to go on with.
        free: a file that may be of any moment of the other command; it must be whole.
    """

    name: str
    one: str
    other: str
    before: str = ""
    free: str = ""


PAIRS = (
    Pair("trainings of one name", f"{_LM} --name a --seed 1", f"{_LM} --name a --seed 2"),
    Pair("trainings without a name", f"{_LM} --seed 1", f"{_LM} --seed 2"),
    Pair("word vectors of one name", f"{_WORDS} --name a --seed 1", f"{_WORDS} --name a --seed 2"),
    Pair("a run gone on with twice", "train lm --resume a", "train lm --resume a", before=f"{_LM} --name a"),
    Pair("a training and an export", f"{_LM} --name a", "export a --out a.txt --format text", free="a.txt"),
    Pair("a training and a file of its name", f"{_WORDS} --name vectors", _READ),
    Pair("a report twice", "report vectors.txt --points 60", "report vectors.txt --points 60"),
    Pair("a corpus twice", "corpora fetch tiny", "corpora fetch tiny"),
    Pair("a corpus, and a training on it", "corpora fetch tiny", _LM.replace("text.txt", "tiny") + " --name a"),
    Pair("a file twice", _READ, "neighbors w2 --space vectors.txt"),
)


@dataclass
class Tally:
    """What came of the pairs of a kind.

    Attributes:
        refused: commands that were refused, in one line.
        mixed: pairs whose end is that of neither order.
        half_written: pairs that left a file which cannot be read to its end.
        unsaid: commands that failed in another way than by one line.
        faults: what each of them was, in words.
    """

    pairs: int = 0
    refused: int = 0
    mixed: int = 0
    half_written: int = 0
    unsaid: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reference:
    """What a pair leaves when one command runs after the other, in both orders; by a command the seconds it takes."""

    ends: tuple[dict[str, str], ...]
    seconds: dict[str, float]


def measure(count: int, seed: int = 0, pairs: Sequence[Pair] = PAIRS) -> dict[str, Tally]:
    """By the name of a kind what its share of `count` pairs came to."""
    tallies = {}
    commands = [words for pair in pairs for words in (pair.before, pair.one, pair.other) if words]
    with prepared(commands) as place:
        for number, pair in enumerate(pairs):
            share = count * (number + 1) // len(pairs) - count * number // len(pairs)
            rng, tally, reference = Random(f"{seed} {pair.name}"), Tally(), _reference(place, pair)
            for _ in range(share):
                _run(place, pair, reference, rng, tally)
            tallies[pair.name] = tally
            print("\n  ".join([_row(pair.name, tally), *tally.faults]), flush=True)
    return tallies


def _reference(place: Place, pair: Pair) -> Reference:
    ends, seconds = [], dict[str, float]()
    for words in ((pair.one, pair.other), (pair.other, pair.one)):
        _begin(place, pair)
        for each in words:
            command = place.start(each)
            command.ended()
            seconds[each] = max(seconds.get(each, 0), time.monotonic() - command.started)
        ends.append(_contents(place, pair))
    return Reference(tuple(ends), seconds)


def _begin(place: Place, pair: Pair) -> None:
    """Only the inputs are there, and what was left of the command that is killed before."""
    place.clear()
    if pair.before:
        command = place.start(pair.before, at=BEGUN)
        command.kill_at_moment(0)
        command.ended()


def _contents(place: Place, pair: Pair) -> dict[str, str]:
    return {name: content for name, content in contents(place.folder).items() if name != pair.free}


def _run(place: Place, pair: Pair, reference: Reference, rng: Random, tally: Tally) -> None:
    _begin(place, pair)
    order = rng.sample((pair.one, pair.other), 2)
    first = place.start(order[0], number=1)
    time.sleep(rng.choice((0, rng.uniform(0, reference.seconds[order[0]]))))
    second = place.start(order[1], number=2)
    tally.pairs += 1
    for words, command in zip(order, (first, second), strict=True):
        if command.ended():
            lines = [line for line in command.printed().splitlines() if line.startswith(("error: ", "Traceback"))]
            one_line = len(lines) == 1 and lines[0].startswith("error: ")
            tally.refused += one_line
            tally.unsaid += not one_line
            if not one_line:
                tally.faults.append(f"{words}: {' '.join(command.printed().split())[-300:]!r}")
    end = _contents(place, pair)
    if end not in reference.ends:
        tally.mixed += 1
        apart = min((difference(end, one) for one in reference.ends), key=len)
        tally.faults.append(f"{order}: differs in {apart}")
    broken = half_written(place.folder, end)
    if pair.free and (place.folder / pair.free).exists() and _is_torn(place.folder / pair.free):
        broken.append(pair.free)
    if broken:
        tally.half_written += 1
        tally.faults.append(f"{order}: half-written {broken}")


def _is_torn(path: Path) -> bool:
    """Whether a table's last line is cut short."""
    text = path.read_text(encoding="utf-8")
    return not text.endswith("\n") or len({line.count(" ") for line in text.splitlines()[1:]}) != 1


def _row(name: str, tally: Tally) -> str:
    figures = (tally.pairs, tally.refused, tally.mixed, tally.half_written, tally.unsaid)
    return " | ".join([name, *map(str, figures)])


def main(count: int) -> None:
    """Print a line for each kind of pair."""
    print("what both work on | pairs | refused in one line | mixed | half-written | failed without one line")
    total = Tally()
    for tally in measure(count).values():
        for name in ("pairs", "refused", "mixed", "half_written", "unsaid"):
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    print(_row("all", total))
