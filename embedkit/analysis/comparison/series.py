"""Spaces of several periods or checkpoints on one alignment: the path of each word, and whether it left the band of its
own seeds.

All spaces are turned onto their mean (generalised Procrustes analysis, Gower 1975), over the words that all of them
have: unit vectors from their mean, as for two spaces. A word's distance between two spaces is 1 − the cosine of its two
vectors there.

Where a period has several spaces, trainings that differ by their seed, a word's *band* reaches up to the largest
distance between two spaces of one and the same period. It has *left* its band at a period where every pair of a space
of the first period and one of that period lies above. With few seeds some words do so by chance. How many is counted
with the spaces dealt out to the periods anew: there a word that moved hardly leaves its band, since some of its periods
are then mixed, and one that did not does so as often as before.

References:
    Gower 1975, Generalized Procrustes analysis. Psychometrika 40(1).
    Dubossarsky, Grossman & Weinshall 2017, Outta control: laws of semantic change and inherent biases in word
    representation models. EMNLP.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise, product

import numpy as np

from embedkit.analysis.comparison.alignment import centred, cross_products, rotation
from embedkit.analysis.comparison.pairing import shared_rows
from embedkit.analysis.comparison.shifts import FLOOR
from embedkit.analysis.comparison.two_spaces import FEWEST
from embedkit.errors import SpaceError, UsageError
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace, of_length_one

ROUNDS = 5
"""Times that all spaces are turned onto their mean."""
PATHS = 15
"""Words whose paths are kept, those that moved most."""
NEAREST = 5
REGROUPED = 20
"""So many other ways to deal the spaces out to the periods, at most, are counted."""


@dataclass(frozen=True)
class PeriodFigures:
    """A period.

    Attributes:
        spaces: how its spaces can be opened again.
        agreement: the mean cosine of a word's vectors in its spaces and in the mean of all.
        typical: the median word's mean distance from the first period; of the first itself that between its spaces,
            None where it has one.
    """

    name: str
    spaces: tuple[str, ...]
    agreement: float
    typical: float | None


@dataclass(frozen=True)
class WordPath:
    """A word's way through the periods.

    Attributes:
        distances: its mean distance at each period from the first; there itself the mean between its spaces, or 0.
        lowest: the smallest of those; 0 for the first period.
        band: the largest distance between two spaces of one period; None where no period has two.
        nearest: its nearest at each period, in the mean of the period's spaces.
    """

    word: str
    count: int | None
    distances: tuple[float, ...]
    lowest: tuple[float, ...]
    band: float | None
    nearest: tuple[tuple[str, ...], ...]

    @property
    def left(self) -> int | None:
        """The number of the first period, from 0, at which it has left its band; None where it has not, or has none."""
        if self.band is None:
            return None
        return next((number for number, low in enumerate(self.lowest) if low > self.band), None)


@dataclass(frozen=True)
class Series:
    """Spaces of several periods on one alignment.

    Attributes:
        words: that all spaces have.
        considered: those of them that are frequent enough to speak of.
        left: how many of those left their band; None where no period has two spaces.
        left_by_chance: the mean number with the spaces dealt out to the periods anew, over `regroupings` ways; None
            where there is no other way.
        paths: of the words that moved most, by how far they left their band, or by distance where there is none.
        asked: of words that somebody asked for.
        counted: whether it is known how often any of the words stands in a text; else the first half is considered.
    """

    periods: tuple[PeriodFigures, ...]
    words: int
    considered: int
    floor: int
    restrict: int | None
    left: int | None
    left_by_chance: float | None
    regroupings: int
    paths: tuple[WordPath, ...]
    asked: tuple[WordPath, ...]
    counted: bool = field(default=True, metadata={"since": "0.3.0"})


@dataclass(frozen=True, eq=False)
class Period:
    """The spaces of a period with how each can be opened again."""

    name: str
    spaces: tuple[EmbeddingSpace, ...]
    keys: tuple[str, ...]


def series(
    periods: Sequence[Period],
    *,
    words: Iterable[str] = (),
    floor: int = FLOOR,
    restrict: int | None = None,
    progress: Progress = no_progress,
) -> Series:
    """Follow the words that all spaces have through the periods.

    Args:
        words: paths that are wanted in any case.
        floor: words that stand less often in a text, where that is known, are not spoken of; where no count is known
            the first half of the words is. 0 for all.
        restrict: only the first so many words of each space.

    Raises:
        UsageError: there are fewer than two periods, too few words that all spaces have, or a wanted one is not among
            them.
        SpaceError: the words of a space all point the same way.
    """
    if len(periods) < 2:
        raise UsageError("a series takes two periods or more; name several spaces, or a run with snapshots")
    spaces = [space for period in periods for space in period.spaces]
    labels, rows = _shared(spaces, restrict)
    words = tuple(words)
    missing = next((word for word in words if word not in labels), None)
    if missing is not None:
        raise UsageError(f"{missing!r} is not among the first words of all spaces; raise --restrict, or 0 for all")
    progress(None, f"align {len(spaces)} spaces over {len(labels):,} words")
    aligned, mean = aligned_to_mean([_unit(space, rows[:, n]) for n, space in enumerate(spaces)])
    distances = _distances(aligned)
    groups = _groups([len(period.spaces) for period in periods])
    counts = _counts(spaces, rows)
    considered = _considered(counts, floor)
    progress(None, "paths")
    measured = _Measured(distances, groups)
    left = None if measured.band is None else measured.left & considered
    regrouped = [_Measured(distances, other) for other in _regroupings(groups)] if left is not None else []
    by_chance = [int((each.left & considered).sum()) for each in regrouped]
    margin = np.where(considered, measured.margin, -np.inf)
    most = [row for row in np.argsort(-margin, kind="stable")[:PATHS].tolist() if np.isfinite(margin[row])]
    places = {label: row for row, label in enumerate(labels)}
    vectors = [of_length_one(sum((aligned[n] for n in group), np.zeros_like(mean))) for group in groups]

    def path(row: int) -> WordPath:
        return WordPath(
            word=labels[row],
            count=None if np.isnan(counts[row]) else int(counts[row]),
            distances=tuple(float(each[row]) for each in measured.means),
            lowest=tuple(float(each[row]) for each in measured.lowest),
            band=None if measured.band is None else float(measured.band[row]),
            nearest=tuple(_nearest(each, row, labels) for each in vectors),
        )

    return Series(
        periods=tuple(
            PeriodFigures(
                period.name,
                period.keys,
                float(np.mean([np.einsum("nd,nd->n", aligned[n], mean).mean() for n in group])),
                float(np.median(each[considered])) if considered.any() and (number or len(group) > 1) else None,
            )
            for number, (period, group, each) in enumerate(zip(periods, groups, measured.means, strict=True))
        ),
        words=len(labels),
        considered=int(considered.sum()),
        floor=floor,
        restrict=restrict,
        left=None if left is None else int(left.sum()),
        left_by_chance=float(np.mean(by_chance)) if by_chance else None,
        regroupings=len(by_chance),
        paths=tuple(path(row) for row in most),
        asked=tuple(path(places[word]) for word in dict.fromkeys(words)),
        counted=not np.isnan(counts).all(),
    )


def aligned_to_mean(rows: Sequence[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    """S spaces (N, D) of the same words, rows of length one → the same turned onto their mean, and its rows (N, D), of
    length one; narrower spaces are padded with zeros."""
    width = max(each.shape[1] for each in rows)
    padded = [np.pad(each, ((0, 0), (0, width - each.shape[1]))) for each in rows]
    mean, aligned = padded[0], padded
    for _ in range(ROUNDS):
        aligned = [each @ rotation(cross_products(each, mean)).astype(np.float32) for each in padded]
        mean = of_length_one(np.mean(aligned, axis=0))
    return aligned, mean


class _Measured:
    """Distances by word for one way to deal the spaces out to periods.

    Attributes:
        means, lowest: by period (N,) the mean and the smallest distance from the first.
        band: (N,); None where no period has two spaces.
    """

    def __init__(self, distances: np.ndarray, groups: Sequence[Sequence[int]]) -> None:
        self.means, self.lowest = [], []
        for number, group in enumerate(groups):
            pairs = list(product(groups[0], group)) if number else list(combinations(group, 2))
            of_pairs = np.array([distances[pair] for pair in pairs]) if pairs else np.zeros((1, distances.shape[2]))
            self.means.append(of_pairs.mean(axis=0))
            self.lowest.append(of_pairs.min(axis=0) if number else np.zeros(distances.shape[2]))
        within = [distances[pair] for group in groups for pair in combinations(group, 2)]
        self.band = np.max(within, axis=0) if within else None

    @property
    def margin(self) -> np.ndarray:
        """(N,) how far a word is above its band at most; where there is none its largest distance."""
        if self.band is None:
            return np.max(self.means, axis=0)
        return np.max(self.lowest, axis=0) - self.band

    @property
    def left(self) -> np.ndarray:
        """(N,) whether a word left its band at some period."""
        return self.margin > 0


def _shared(spaces: Sequence[EmbeddingSpace], restrict: int | None) -> tuple[tuple[str, ...], np.ndarray]:
    """The N words of all spaces, in the order of the first, and (N, S) their places."""
    rows = shared_rows(spaces, restrict)
    if len(rows) < FEWEST:
        raise UsageError(
            f"the {len(spaces)} spaces have {len(rows)} words in common; to follow them {FEWEST} are needed"
        )
    return tuple(spaces[0].labels[row] for row in rows[:, 0].tolist()), rows


def _unit(space: EmbeddingSpace, rows: np.ndarray) -> np.ndarray:
    unit = centred(space.take(rows).unit)
    if not unit.any():
        raise SpaceError(f"{space.name}: all {len(rows)} words point the same way; there is nothing to follow")
    return unit


def _distances(aligned: Sequence[np.ndarray]) -> np.ndarray:
    """(S, S, N) 1 − the cosine of each word in two spaces."""
    count = len(aligned)
    distances = np.zeros((count, count, len(aligned[0])))
    for a, b in combinations(range(count), 2):
        distances[a, b] = distances[b, a] = 1 - np.einsum("nd,nd->n", aligned[a], aligned[b], dtype=np.float64)
    return distances


def _groups(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    """The numbers of the spaces of each period, in order."""
    ends = np.cumsum([0, *sizes]).tolist()
    return [tuple(range(start, end)) for start, end in pairwise(ends)]


def _regroupings(groups: Sequence[tuple[int, ...]]) -> Iterator[list[tuple[int, ...]]]:
    """Other ways to deal the spaces out to periods of these sizes, drawn, each once; the order of periods is no other
    way."""
    spaces = [n for group in groups for n in group]
    sizes = [len(group) for group in groups]
    known = {_parted(groups)}
    rng = np.random.default_rng(0)
    for _ in range(50 * REGROUPED):
        if len(known) > REGROUPED:
            return
        dealt = rng.permutation(spaces).tolist()
        ends = np.cumsum([0, *sizes]).tolist()
        other = [tuple(sorted(dealt[start:end])) for start, end in pairwise(ends)]
        if _parted(other) not in known:
            known.add(_parted(other))
            yield other


def _parted(groups: Sequence[tuple[int, ...]]) -> frozenset[tuple[int, ...]]:
    return frozenset(groups)


def _counts(spaces: Sequence[EmbeddingSpace], rows: np.ndarray) -> np.ndarray:
    """(N,) the lowest of a word's counts that are known, NaN where none is."""
    columns = [
        np.asarray(space.columns["count"], dtype=np.float64)[rows[:, n]]
        for n, space in enumerate(spaces)
        if "count" in space.columns
    ]
    return np.fmin.reduce(columns) if columns else np.full(len(rows), np.nan)


def _considered(counts: np.ndarray, floor: int) -> np.ndarray:
    if floor <= 0:
        return np.ones(len(counts), dtype=bool)
    if np.isnan(counts).all():
        return np.arange(len(counts)) < max(1, len(counts) // 2)
    return np.nan_to_num(counts, nan=0.0) >= floor


def _nearest(vectors: np.ndarray, row: int, labels: Sequence[str]) -> tuple[str, ...]:
    cosines = vectors @ vectors[row]
    cosines[row] = -np.inf
    return tuple(labels[place] for place in np.argsort(-cosines, kind="stable")[:NEAREST].tolist())
