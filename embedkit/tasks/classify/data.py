"""Temporal order: which of X and Y came first and which second, told at the end of a long sequence.

Experiment 6a of Hochreiter & Schmidhuber (1997), with the easier levels of the teaching notebooks that follow it. A
sequence begins with B, ends with E, and is made of the distractors a, b, c and d but for an X or Y at each of two
places t1 and t2. XX, XY, YX and YY are the classes Q, R, S and U.

    place    0 1 2 3 4 5 6 7
             B X a d Y c a E    → R      (easy: t1 is 1 or 2, t2 is 4 or 5)

Nothing is stored: a level has sequences without end, and a hash of each says whether it is for training or held out.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from embedkit.corpora.parallel import held_out_split
from embedkit.errors import unknown
from embedkit.runs.folder import Run

NAME = "temporal-order"
SYMBOLS = "XYabcdBE"
RELEVANT, DISTRACTORS = "XY", "abcd"
PADDING = len(SYMBOLS)
"""The id that stands before a sequence; one-hot it is a vector of zeros."""
CLASSES = "QRSU"
PAIRS = ("XX", "XY", "YX", "YY")
"""What stands at t1 and t2 in the classes, in their order."""

Split = Literal["train", "valid", "test"]

CITATION = "Hochreiter & Schmidhuber (1997), Long short-term memory, Neural Computation 9 (8), experiment 6a"

_FIRST_DISTRACTOR, _BEGIN, _END = SYMBOLS.index("a"), SYMBOLS.index("B"), SYMBOLS.index("E")
_BYTES = np.frombuffer((SYMBOLS + " ").encode(), dtype=np.uint8)
CHECKED = 100
"""Sequences of each split that a level's checksum is over."""
_AT_ONCE = 4_096
_ENUMERABLE = 100_000
"""A level with at most so many sequences is gone through whole where some are held out."""


@dataclass(frozen=True)
class Level:
    """How long sequences are and where the two relevant symbols stand: first and last value, B being at place 0."""

    length: tuple[int, int]
    t1: tuple[int, int]
    t2: tuple[int, int]

    @property
    def width(self) -> int:
        """Columns of a batch: one more than the longest sequence, as in the notebooks."""
        return self.length[1] + 1

    @property
    def distinct(self) -> int:
        """How many different sequences there are: all but B, E, t1 and t2 is any of four distractors."""
        places = (self.t1[1] - self.t1[0] + 1) * (self.t2[1] - self.t2[0] + 1)
        fillings = sum(len(DISTRACTORS) ** (length - 4) for length in range(self.length[0], self.length[1] + 1))
        return len(CLASSES) * places * fillings


LEVELS: Mapping[str, Level] = {
    "easy": Level((7, 8), (1, 2), (4, 5)),
    "normal": Level((30, 40), (2, 5), (20, 27)),
    "moderate": Level((60, 80), (10, 20), (45, 54)),
    "hard": Level((100, 110), (10, 20), (50, 60)),
    "nightmare": Level((300, 500), (10, 80), (250, 290)),
}
"""By name; "hard" is the original experiment."""


class Sequences(NamedTuple):
    """(N, T) ids of SYMBOLS, PADDING on the left, and the (N,) class of each as an index of CLASSES; both int64."""

    ids: np.ndarray
    labels: np.ndarray

    def take(self, rows: slice) -> "Sequences | None":
        """Some of the sequences; None where that is none."""
        ids = self.ids[rows]
        return Sequences(ids, self.labels[rows]) if len(ids) else None


def level_of(name: str) -> Level:
    """The level of this name.

    Raises:
        UsageError: there is no such level; the nearest is named.
    """
    if name not in LEVELS:
        raise unknown("level", name, LEVELS)
    return LEVELS[name]


def corpus_facts(*levels: str) -> dict[str, str | None]:
    """The corpus of a run's provenance; the checksum is over a few sequences of each split of the levels.

    Raises:
        UsageError: there is no such level.
    """
    splits: tuple[Split, ...] = ("train", "valid", "test")
    samples = (draw(level, CHECKED, 0, split) for level in levels for split in splits)
    text = "\n".join(line for sample in samples for line in texts(sample.ids))
    return {
        "name": f"{NAME}-{'-'.join(levels)}",
        "source": "made here",
        "checksum": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}",
        "licence": None,
        "citation": CITATION,
    }


def draw(level: str, size: int, seed: int | Sequence[int], split: Split = "train") -> Sequences:
    """Sequences of a level and a split.

    No sequence is in two splits, whatever the seeds: a hash of it puts some 90 % into train and 5 % each into valid
    and test. Lengths, t1, t2 and classes are drawn evenly. Training sequences may come twice, which happens at the
    easy level alone. Held-out ones do not: where a level has fewer than `size` of them, they are all there is.

    Args:
        size: how many.
        seed: what they are drawn with, such as a run's seed and the number of the epoch.

    Raises:
        UsageError: there is no such level.
    """
    spec, rng = level_of(level), np.random.default_rng(seed)
    if split != "train" and spec.distinct <= _ENUMERABLE:
        pool = _of_split(every(level), split)
        order = rng.permutation(len(pool.labels))[:size]
        return Sequences(pool.ids[order], pool.labels[order])
    parts: list[Sequences] = []
    seen: set[bytes] = set()
    missing = size
    while missing > 0:
        draws = min(_AT_ONCE, 2 * missing if split == "train" else 25 * missing)
        part = _of_split(_random(spec, draws, rng), split)
        if split != "train":
            part = _new(part, seen)
        parts.append(Sequences(part.ids[:missing], part.labels[:missing]))
        missing -= len(parts[-1].labels)
    return Sequences(np.concatenate([part.ids for part in parts]), np.concatenate([part.labels for part in parts]))


def every(level: str) -> Sequences:
    """All sequences of a level, each once: for the easy one alone, the others have more than memory holds.

    Raises:
        UsageError: there is no such level.
    """
    spec = level_of(level)
    examples = list(_every(spec))
    return Sequences(encode([text for text, _ in examples], spec.width), np.array([label for _, label in examples]))


def _every(level: Level) -> Iterator[tuple[str, int]]:
    """Each sequence and its class."""
    for length, t1, t2, label in product(_values(level.length), _values(level.t1), _values(level.t2), range(4)):
        first, second = tuple(PAIRS[label])
        for filling in product(DISTRACTORS, repeat=length - 4):
            rest = "".join(filling)
            yield f"B{rest[: t1 - 1]}{first}{rest[t1 - 1 : t2 - 2]}{second}{rest[t2 - 2 :]}E", label


def encode(texts: Sequence[str], width: int) -> np.ndarray:
    """Sequences as a person writes them → (N, width) int64 ids, padded on the left."""
    return np.array([[PADDING] * (width - len(text)) + [SYMBOLS.index(symbol) for symbol in text] for text in texts])


def one_hot(ids: np.ndarray) -> np.ndarray:
    """(…) ids → (…, 8) float32: zeros where there is padding. A batch of the easy level is (32, 9, 8)."""
    return np.eye(PADDING + 1, PADDING, dtype=np.float32)[ids]


def texts(ids: np.ndarray) -> list[str]:
    """(N, T) ids as a person writes them, without padding: ["BXadYcaE", …]."""
    return [row.tobytes().decode().lstrip() for row in _BYTES[ids]]


def _random(level: Level, size: int, rng: np.random.Generator) -> Sequences:
    """`size` random sequences, whatever their split."""
    length, t1, t2 = (rng.integers(*span, size, endpoint=True) for span in (level.length, level.t1, level.t2))
    labels = rng.integers(len(CLASSES), size=size)
    ids = rng.integers(_FIRST_DISTRACTOR, _FIRST_DISTRACTOR + len(DISTRACTORS), (size, level.width))
    begin, rows = level.width - length, np.arange(size)
    ids[np.arange(level.width) < begin[:, None]] = PADDING
    ids[rows, begin], ids[:, -1] = _BEGIN, _END
    ids[rows, begin + t1], ids[rows, begin + t2] = np.divmod(labels, len(RELEVANT))
    return Sequences(ids, labels)


def _of_split(sequences: Sequences, split: Split) -> Sequences:
    return _where(sequences, [held_out_split(text) == split for text in texts(sequences.ids)])


def _new(sequences: Sequences, seen: set[bytes]) -> Sequences:
    """The sequences that are not in `seen`, which they are added to."""
    fresh = []
    for row in sequences.ids:
        fresh.append((key := row.tobytes()) not in seen)
        seen.add(key)
    return _where(sequences, fresh)


def _where(sequences: Sequences, keep: Sequence[bool]) -> Sequences:
    mask = np.array(keep, dtype=bool)
    return Sequences(sequences.ids[mask], sequences.labels[mask])


def _values(span: tuple[int, int]) -> range:
    return range(span[0], span[1] + 1)


def checksum_of(run: Run) -> str | None:
    """The checksum of the sequences that this version makes for a run."""
    return corpus_facts(run.config["training"]["level"])["checksum"]
