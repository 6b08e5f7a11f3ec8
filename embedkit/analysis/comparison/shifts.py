"""How far each word moved between two spaces, who moved most, and what frequency has to do with it."""

from dataclasses import dataclass

import numpy as np

FLOOR = 50
"""Words that stand less often than this in a training text are left out of the tables of moved words: they always
move."""


@dataclass(frozen=True, eq=False)
class WordShifts:
    """How far each of N shared words moved, in the order of the first space.

    Attributes:
        ranks: (N, 2) places in the two spaces, from 1.
        counts: (N, 2) how often each stands in the text of either space, NaN where that is not known.
        jaccard: (N,) of its k nearest in both.
        shift: (N,) 1 − its cosine after the alignment.
        second_order: (N,) its second-order shift, by which words that moved are ranked.
        near_a, near_b: (N, k) numbers of its nearest among these words, nearest first.

    Raises:
        ValueError: the shapes disagree.
    """

    labels: tuple[str, ...]
    ranks: np.ndarray
    counts: np.ndarray
    jaccard: np.ndarray
    shift: np.ndarray
    second_order: np.ndarray
    near_a: np.ndarray
    near_b: np.ndarray

    def __post_init__(self) -> None:
        count = len(self.labels)
        shapes = {name: getattr(self, name).shape for name in self.__dataclass_fields__ if name != "labels"}
        for name, shape in shapes.items():
            if shape[:1] != (count,):
                raise ValueError(f"{name} of shape {shape} for {count} words")
        if self.near_a.shape != self.near_b.shape or self.counts.shape != (count, 2) or self.ranks.shape != (count, 2):
            raise ValueError(f"shapes disagree: {shapes}")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def common(self) -> np.ndarray:
        """(N,) how many of a word's nearest are the same in both spaces."""
        return np.rint(2 * self.near_a.shape[1] * self.jaccard / (1 + self.jaccard)).astype(np.int64)

    @property
    def frequency(self) -> np.ndarray:
        """(N,) the lower of a word's two counts, or the one that is known, or NaN."""
        return np.fmin(self.counts[:, 0], self.counts[:, 1])

    def eligible(self, floor: int = FLOOR) -> np.ndarray:
        """(N,) whether a word is frequent enough to speak of: `floor` times in both texts; where no count is known,
        whether it is in the first half of the shared words. With a floor of 0 every word is."""
        if floor <= 0:
            return np.ones(len(self), dtype=bool)
        frequency = self.frequency
        if np.isnan(frequency).all():
            return np.arange(len(self)) < max(1, len(self) // 2)
        return np.nan_to_num(frequency, nan=0.0) >= floor

    def moved_most(self, most: int = 15, *, floor: int = FLOOR) -> np.ndarray:
        """Numbers of the words whose second-order shift is largest, among those that are frequent enough."""
        return self._ranked(-self.second_order, most, floor)

    def moved_least(self, most: int = 15, *, floor: int = FLOOR) -> np.ndarray:
        """Numbers of those whose second-order shift is smallest, likewise."""
        return self._ranked(self.second_order, most, floor)

    def _ranked(self, key: np.ndarray, most: int, floor: int) -> np.ndarray:
        rows = np.flatnonzero(self.eligible(floor))
        return rows[np.argsort(key[rows], kind="stable")][:most]

    def nearest(self, row: int, most: int | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A word's nearest in the first space and in the second."""
        first, second = (tuple(self.labels[i] for i in near[row][:most]) for near in (self.near_a, self.near_b))
        return first, second

    def index_of(self, label: str) -> int | None:
        """The number of a word, or None where it is not shared."""
        return self.labels.index(label) if label in self.labels else None


@dataclass(frozen=True)
class FrequencyBand:
    """Words of like frequency: how much they moved.

    Attributes:
        low, high: the lowest and the highest count; of ranks where no count is known.
        median, lower, upper: of their second-order shifts, the 50th, 10th and 90th percentile.
        jaccard: mean neighbourhood overlap.
    """

    low: float
    high: float
    words: int
    median: float
    lower: float
    upper: float
    jaccard: float


BANDS = 12


def by_frequency(words: WordShifts, most: int = BANDS) -> tuple[FrequencyBand, ...]:
    """Shifts by bands of equally many words, the rarest first. Words of one count are in one band."""
    rarity = -_commonness(words)
    edges = np.quantile(rarity, np.linspace(0, 1, most + 1)[1:-1], method="higher")
    number = np.searchsorted(np.unique(edges), rarity, side="right")
    bands = []
    for band in range(int(number.max()), -1, -1):
        rows = np.flatnonzero(number == band)
        if not len(rows):
            continue
        lower, median, upper = np.percentile(words.second_order[rows], (10, 50, 90))
        ends = np.abs(rarity[rows])
        bands.append(
            FrequencyBand(
                low=float(ends.min()),
                high=float(ends.max()),
                words=len(rows),
                median=float(median),
                lower=float(lower),
                upper=float(upper),
                jaccard=float(words.jaccard[rows].mean()),
            )
        )
    return tuple(bands)


def correlation_with_frequency(words: WordShifts) -> float | None:
    """Spearman's rank correlation of frequency and second-order shift; below 0 where rarer words moved more. None
    where all words are equally frequent, or have not moved at all."""
    from scipy.stats import spearmanr

    commonness, shift = _commonness(words), words.second_order
    if np.ptp(commonness) == 0 or np.ptp(shift) == 0:
        return None
    return float(spearmanr(commonness, shift).statistic)


def _commonness(words: WordShifts) -> np.ndarray:
    """(N,) counts, or ranks below zero where no count is known: the more frequent, the higher."""
    frequency = words.frequency
    return -words.ranks[:, 0].astype(np.float64) if np.isnan(frequency).any() else frequency
