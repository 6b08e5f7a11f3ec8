"""Scenes of one to three handwritten digits with a sentence about each: captioned images without end or network.

The digits are the 1,797 originals of 8 × 8 pixels that come with scikit-learn. A scene is drawn from those of one
split alone, so that no original of a held-out scene was ever seen in training.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from embedkit.errors import UsageError
from embedkit.tasks.caption.corpus import CaptionCorpus, Captioned
from embedkit.tasks.caption.sentences import MOST, WORDS, Digit, describe

SIDE = 40
"""Pixels of a scene's side."""
DIGIT_SIDES = {"small": (9, 10), "large": (15, 16)}
"""Pixels of a digit's side, drawn from these."""
HELD_OUT = {"valid": 1, "test": 2}
"""Seeds of the held-out scenes, which are the same whatever a run's seed is."""

_MARGIN = 3  # pixels by which one direction must outweigh the other where a caption states a relation
_TRIES = 32
_WARPS = 48
_MOST_HELD_OUT = 10_000
_SPLIT_SEED = 0

LICENCE = "CC BY 4.0"
CITATION = (
    "E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, "
    "doi:10.24432/C50P49; through scikit-learn"
)


@dataclass(frozen=True, eq=False)
class Scenes:
    """N scenes: (N, 1, SIDE, SIDE) uint8, 255 the brightest ink, a sentence each, and the digits they are made of."""

    images: np.ndarray
    captions: tuple[str, ...]
    digits: tuple[tuple[Digit, ...], ...]

    def __len__(self) -> int:
        return len(self.captions)


@cache
def originals() -> tuple[np.ndarray, np.ndarray]:
    """The handwritten digits: (1797, 64) float32 ink from 0 to 1, row by row, and their (1797,) values."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return (digits.data / 16).astype(np.float32), digits.target.astype(int)


@cache
def originals_of(split: str) -> np.ndarray:
    """The numbers of the originals of a split: a tenth for valid and for test each, chosen once and for all."""
    count = len(originals()[1])
    order = np.random.default_rng(_SPLIT_SEED).permutation(count)
    edges = {"valid": (0, count // 10), "test": (count // 10, count // 5), "train": (count // 5, count)}
    start, end = edges[split]
    return np.sort(order[start:end])


@cache
def _by_value(split: str) -> tuple[np.ndarray, ...]:
    """The numbers of a split's originals of each value."""
    numbers = originals_of(split)
    return tuple(numbers[originals()[1][numbers] == value] for value in range(len(WORDS)))


def draw_scenes(count: int, split: str, rng: np.random.Generator, *, warped: bool = False) -> Scenes:
    """So many scenes of the originals of a split.

    One, two and three digits are equally frequent. Of two digits half are alike, in value and in size; of three a
    third are all alike, and a third have two alike: counting them is part of the task.

    Args:
        warped: turn, slant and stretch each digit a little at random, as another hand would.
    """
    images = np.zeros((count, 1, SIDE, SIDE), dtype=np.uint8)
    scenes = []
    for image in images[:, 0]:
        digits, sides = _place(_kinds(rng), rng)
        scenes.append(
            tuple(_draw(image, digit, side, split, rng, warped) for digit, side in zip(digits, sides, strict=True))
        )
    return Scenes(images, tuple(describe(digits) for digits in scenes), tuple(scenes))


def held_out_scenes(count: int, split: str) -> Scenes:
    """The first so many scenes of valid or test."""
    return draw_scenes(count, split, np.random.default_rng(HELD_OUT[split]))


def held_out_scene(number: int, split: str) -> tuple[np.ndarray, str]:
    """One of `held_out_scenes` by its number: the (1, SIDE, SIDE) image and its sentence.

    Raises:
        UsageError: the number is beyond what is drawn in a moment.
    """
    if number >= _MOST_HELD_OUT:
        raise UsageError(f"scene {number:,}: numbers go up to {_MOST_HELD_OUT - 1:,}")
    scenes = held_out_scenes(number + 1, split)
    return scenes.images[-1], scenes.captions[-1]


def scene_corpus(held_out: int, seed: int) -> CaptionCorpus:
    """So many scenes in each of valid and test, and as many of those that a run of this seed is trained on."""
    by_split = {"train": training_scenes(held_out, seed, 0, 0)}
    by_split |= {split: held_out_scenes(held_out, split) for split in HELD_OUT}
    return CaptionCorpus(
        name="scenes",
        source="made here",
        checksum=_checksum(by_split.values()),
        licence=LICENCE,
        citation=CITATION,
        splits={split: _captioned(scenes) for split, scenes in by_split.items()},
    )


def training_scenes(count: int, seed: int, epoch: int, batch: int) -> Scenes:
    """The scenes of a batch of a training run: others in every batch, the same whenever they are asked for."""
    return draw_scenes(count, "train", np.random.default_rng((seed, epoch, batch)), warped=True)


def _captioned(scenes: Scenes) -> Captioned:
    return Captioned(
        inputs=scenes.images,
        captions=tuple((caption,) for caption in scenes.captions),
        names=tuple(f"scene {number}" for number in range(len(scenes))),
        originals=tuple(tuple(digit.original for digit in digits) for digits in scenes.digits),
    )


def _checksum(scenes: Iterable[Scenes]) -> str:
    """ "sha256:…" over the pixels and the sentences."""
    digest = hashlib.sha256()
    for part in scenes:
        digest.update(part.images.tobytes())
        digest.update("\n".join(part.captions).encode() + b"\n")
    return f"sha256:{digest.hexdigest()}"


def _kinds(rng: np.random.Generator) -> list[tuple[str, int]]:
    """Size and value of the digits of a scene."""
    digits = int(rng.integers(1, MOST + 1))
    distinct = int(rng.integers(1, digits + 1))
    sizes = list(DIGIT_SIDES)
    kinds: list[tuple[str, int]] = []
    while len(kinds) < distinct:
        kind = sizes[int(rng.integers(len(sizes)))], int(rng.integers(len(WORDS)))
        if kind not in kinds:
            kinds.append(kind)
    return kinds + kinds[-1:] * (digits - distinct)


def _place(kinds: Sequence[tuple[str, int]], rng: np.random.Generator) -> tuple[list[Digit], list[int]]:
    """Centres at random, a pixel between any two digits and, where the caption states relations, no doubt of them."""
    related = len(set(kinds)) == len(kinds) > 1
    first = min(range(len(kinds)), key=lambda i: (kinds[i][1], kinds[i][0]))
    while True:
        sides = np.array([DIGIT_SIDES[size][int(rng.integers(len(DIGIT_SIDES[size])))] for size, _ in kinds])
        corners = rng.integers(0, SIDE - sides[:, None] + 1, size=(_TRIES, len(kinds), 2))
        centres = corners + sides[:, None] / 2
        fits = np.ones(_TRIES, dtype=bool)
        for i, j in combinations(range(len(kinds)), 2):
            apart = np.abs(centres[:, i] - centres[:, j])
            fits &= apart.max(axis=1) >= (sides[i] + sides[j]) / 2 + 1
            if related and first in (i, j):
                fits &= np.abs(apart[:, 0] - apart[:, 1]) >= _MARGIN
        if fits.any():
            places = centres[int(fits.argmax())].tolist()
            digits = [Digit(value, size, x, y) for (size, value), (x, y) in zip(kinds, places, strict=True)]
            return digits, sides.tolist()


def _draw(image: np.ndarray, digit: Digit, side: int, split: str, rng: np.random.Generator, warped: bool) -> Digit:
    """Put an original of the digit's value into an image, at its place."""
    candidates = _by_value(split)[digit.value]
    number = int(candidates[int(rng.integers(len(candidates)))])
    warp = int(rng.integers(1, _WARPS)) if warped else 0
    ink = (originals()[0][number] @ _resampling(side, warp)).reshape(side, side)
    top, left = int(digit.y - side / 2), int(digit.x - side / 2)
    image[top : top + side, left : left + side] = np.rint(255 * np.clip(ink, 0, 1))
    return Digit(digit.value, digit.size, digit.x, digit.y, number)


@cache
def _resampling(side: int, warp: int) -> np.ndarray:
    """(64, side²): what takes an original to `side` pixels by bilinear interpolation. Warp 0 only scales it; any other
    also turns it by up to 15°, slants it by up to a fifth and stretches it by up to a tenth."""
    places = (np.arange(side) + 0.5) / side * 8 - 4
    down, across = (axis.ravel() for axis in np.meshgrid(places, places, indexing="ij"))
    if warp:
        rng = np.random.default_rng(warp)
        angle, slant = np.deg2rad(rng.uniform(-15, 15)), rng.uniform(-0.2, 0.2)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        down, across = turn @ np.array([[1, 0], [slant, 1]]) @ np.diag(rng.uniform(0.9, 1.1, 2)) @ [down, across]
    weights = np.zeros((8, 8, side * side), dtype=np.float32)
    pixels = np.arange(side * side)
    for row, row_share in _neighbours(down + 3.5):
        for column, column_share in _neighbours(across + 3.5):
            inside = (row >= 0) & (row < 8) & (column >= 0) & (column < 8)
            weights[row[inside], column[inside], pixels[inside]] += (row_share * column_share)[inside]
    return weights.reshape(64, side * side)


def _neighbours(place: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The two whole numbers around each place, and the share of each."""
    low = np.floor(place).astype(int)
    return [(low, 1 - (place - low)), (low + 1, place - low)]
