"""Which of a space's columns its neighbourhoods tell: of categories their purity, of numbers and dates their variance.

A point is told by its k nearest others, by cosine, exactly and in the full space: what is asked is never among what
answers. Of a category it is the share of the nearest that are of the point's own (of a category of fewer, among as many
as it has others), macro over categories. Of a number or a date it is R² of the mean of the nearest, over ranks: a few
large values would decide R² of the values themselves, and nobody could say how far it is to be trusted.

Both are put on one scale, (value − chance) / (1 − chance): 0 is what values dealt out anew have on average, 1 that
neighbours tell all. For a random number R² itself is −1/k, as the mean of k values is off by a k-th of the variance.

Points with the same vector are one point: the text that stands twice would tell its own category. It has the commonest
category of theirs and the mean of their numbers. Zero vectors have no neighbours and are left out.

The interval is over points: what the figure would be on another sample of as many from where these came. By simulation
(`python -m benchmarks.organisation`) it held the truth in 96 to 100 % of data sets: too wide rather than too narrow,
most of all where there is nothing to tell.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from embedkit.analysis.copies import DistinctVectors, distinct_vectors
from embedkit.analysis.intervals import Interval
from embedkit.analysis.maps.coordinates import fingerprint
from embedkit.analysis.maps.neighborhoods import drawn
from embedkit.analysis.organisation.estimates import Categories, CategoryShare, Numbers, Share
from embedkit.analysis.organisation.neighbor_table import NeighborTable
from embedkit.errors import UsageError
from embedkit.progress import Progress, no_progress
from embedkit.spaces.columns import Column, column_of, own_columns
from embedkit.spaces.space import EmbeddingSpace

NEIGHBORS, POINTS, SHUFFLES = 10, 5_000, 99
FREQUENCY = "count"
_TELLABLE = ("category", "number", "date")


@dataclass(frozen=True)
class Control:
    """Scores of a column whose values were dealt out anew among its points, `shuffles` times.

    Attributes:
        as_high: how many were at least as high as the column's own.
    """

    mean: float
    low: float
    high: float
    shuffles: int
    as_high: int

    @property
    def p(self) -> float:
        """The p-value of a permutation test."""
        return (1 + self.as_high) / (1 + self.shuffles)


@dataclass(frozen=True)
class ColumnScore:
    """How well neighbours tell one column.

    Attributes:
        kind: "category", "number" or "date".
        points, missing: how many points the space has, and how many of them are without a value.
        queries: how many different vectors with a value were asked.
        k: of how many neighbours; fewer than were asked for where few points have a value.
        value, chance: the purity, or R² over ranks, and what shuffled values have of it on average.
        score, interval: what is told of what could be told beyond chance, with its 95 % interval over points.
        values_told: R² of the numbers themselves; None of categories.
        categories: the purity of each, the largest first.
        reason: why there is no score; then the figures above are None.
    """

    name: str
    kind: str
    points: int
    missing: int
    queries: int
    k: int
    value: float | None = None
    chance: float | None = None
    score: float | None = None
    interval: Interval | None = None
    control: Control | None = None
    values_told: float | None = None
    categories: tuple[CategoryShare, ...] = ()
    reason: str = ""

    @property
    def organises(self) -> bool:
        """Whether neighbours tell it: above all shuffles, and the interval is above chance."""
        control, interval = self.control, self.interval
        return control is not None and interval is not None and not control.as_high and interval.low > 0


@dataclass(frozen=True)
class Organisation:
    """The columns of a space, those that neighbours tell best first, those without a score last.

    Attributes:
        source: the SHA-256 of the space and of these columns.
        points, copies, zeros: of the space; how many share the vector of an earlier one; and have a zero vector.
        queries: how many different vectors were drawn, by the seed, to be asked; all may answer.
    """

    space: str
    source: str
    points: int
    copies: int
    zeros: int
    queries: int
    k: int
    shuffles: int
    seed: int
    columns: tuple[ColumnScore, ...]

    @property
    def scored(self) -> tuple[ColumnScore, ...]:
        """Those that have a score."""
        return tuple(column for column in self.columns if column.score is not None)

    @property
    def organising(self) -> tuple[ColumnScore, ...]:
        """Those that neighbours tell."""
        return tuple(column for column in self.scored if column.organises)


def tellable_columns(space: EmbeddingSpace) -> tuple[Column, ...]:
    """The categories, numbers and dates that are known of the points, and how often each stands in a text."""
    own = tuple(column for column in own_columns(space) if column.kind in _TELLABLE)
    count = space.columns.get(FREQUENCY)
    frequency = () if count is None else (replace(column_of(FREQUENCY, count), kind="number"),)
    return own + frequency


def organised_by(
    space: EmbeddingSpace,
    *,
    k: int = NEIGHBORS,
    points: int = POINTS,
    shuffles: int = SHUFFLES,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Organisation:
    """What a space is organised by, of the columns that are known of its points.

    Args:
        k: neighbours; at most half of the other points that have a value.
        points: so many are asked at most, drawn at random; 0 for all.
        shuffles: how often the values of each column are dealt out anew; 99 for p = 0.01.
        seed: of the points asked and of the shuffles.

    Raises:
        UsageError: k or shuffles is below 1, or points below 0.
    """
    for name, value, least in (("k", k, 1), ("shuffles", shuffles, 1), ("points", points, 0)):
        if value < least:
            raise UsageError(f"{name} is {value}; it must be {least} or more")
    columns = tellable_columns(space)
    progress(0.0, "points with the same vector")
    distinct = distinct_vectors(space)
    rows = drawn(len(distinct.space), points or len(distinct.space), seed)
    complete = not any(column.missing.any() for column in columns)
    neighbors = NeighborTable(distinct.space, rows, (k + 1) * (1 if complete else 2))
    scores = []
    for number, column in enumerate(columns):
        progress(number / len(columns), f"neighbours tell {column.name}")
        scores.append(_score(column, distinct, neighbors, k, shuffles, seed))
    return Organisation(
        space=space.name,
        source=source_of(space),
        points=len(space),
        copies=distinct.copies,
        zeros=distinct.zeros,
        queries=len(rows),
        k=k,
        shuffles=shuffles,
        seed=seed,
        columns=tuple(sorted(scores, key=lambda column: np.inf if column.score is None else -column.score)),
    )


def source_of(space: EmbeddingSpace) -> str:
    """The SHA-256 of labels, vectors, and the columns that can be told, in hexadecimal."""
    digest = hashlib.sha256(fingerprint(space).encode())
    for column in tellable_columns(space):
        digest.update(f"\0{column.name}\0{column.kind}\0".encode("utf-8", "surrogatepass"))
        if column.kind == "category":
            codes, names = column.categories()
            digest.update("\0".join(names).encode("utf-8", "surrogatepass"))
            digest.update(codes.astype("<i4").tobytes())
        else:
            digest.update(column.numbers().astype("<f8").tobytes())
    return digest.hexdigest()


def _score(
    column: Column, distinct: DistinctVectors, neighbors: NeighborTable, k: int, shuffles: int, seed: int
) -> ColumnScore:
    """The score of one column, or why there is none."""
    rng = np.random.default_rng(seed)
    if column.kind == "category":
        codes, names = column.categories()
        values, present = _commonest(codes, distinct), codes >= 0
    else:
        numbers = column.numbers()
        present = np.isfinite(numbers)
        names, values = (), _means(np.where(present, numbers, np.nan), distinct)
    has_value = values >= 0 if column.kind == "category" else np.isfinite(values)
    count = int(has_value.sum())
    k = min(k, max(1, (count - 1) // 2))
    blank = ColumnScore(column.name, column.kind, len(present), int((~present).sum()), queries=0, k=k)
    if reason := _nothing_to_tell(values[has_value], count, column.kind):
        return replace(blank, reason=reason)
    rows, nearest = neighbors.nearest_with(has_value, k + 1)
    answers: Categories | Numbers
    categories: tuple[CategoryShare, ...] = ()
    values_told = None
    if column.kind == "category":
        answers = Categories(values, names, rows, nearest)
        if not answers.judged:
            return replace(blank, reason="no point that was asked can be judged; ask more points", queries=len(rows))
        share, categories = answers.purity()
    else:
        ranks = _ranks(values)
        answers = Numbers(ranks, rows, nearest)
        if len(rows) < 2 or np.ptp(values[rows]) == 0:
            return replace(
                blank, reason="the points that were asked do not differ in it; ask more points", queries=len(rows)
            )
        share = answers.variance_told()
        values_told = Numbers(_scaled(values), rows, nearest).variance_told().value
        values = ranks
    control = _control(answers.score, values, has_value, share, shuffles, rng)
    return replace(
        blank,
        queries=len(rows),
        value=share.value,
        chance=share.chance,
        score=share.score,
        interval=share.score_interval,
        control=control,
        values_told=values_told,
        categories=categories,
    )


def _nothing_to_tell(values: np.ndarray, count: int, kind: str) -> str:
    """Why a column of these values, one for each different vector, has no score; empty where it has one."""
    if count == 0:
        return "no point that has a vector has a value"
    if count < 3:
        return f"only {count} different {'vector has' if count == 1 else 'vectors have'} a value"
    if kind == "category":
        several = int((np.bincount(values) > 1).sum())
        if np.ptp(values) == 0:
            return "all are of one category"
        return "" if several > 1 else "no two categories stand at two different vectors"
    return "all values are the same" if np.ptp(values) == 0 else ""


def _commonest(codes: np.ndarray, distinct: DistinctVectors) -> np.ndarray:
    """(N,) codes → (M,) the commonest of each different vector, of equally common ones the larger category's; or −1."""
    values = np.full(len(distinct.space), -1, dtype=np.int64)
    known = (codes >= 0) & (distinct.numbers >= 0)
    many = int(codes.max(initial=0)) + 1
    pairs, counts = np.unique(distinct.numbers[known] * many + codes[known], return_counts=True)
    order = np.lexsort((-pairs, counts))  # what is written last stays
    values[pairs[order] // many] = pairs[order] % many
    return values


def _means(numbers: np.ndarray, distinct: DistinctVectors) -> np.ndarray:
    """(N,) numbers, NaN where missing → (M,) the mean of each different vector, or NaN."""
    known = np.isfinite(numbers) & (distinct.numbers >= 0)
    at, many = distinct.numbers[known], len(distinct.space)
    counts = np.bincount(at, minlength=many)
    shares = numbers[known] / np.maximum(counts[at], 1)  # divided first: the sum of large numbers may be infinite
    return np.where(counts > 0, np.bincount(at, shares, minlength=many), np.nan)


def _ranks(values: np.ndarray) -> np.ndarray:
    """(M,) ranks from 0 to 1, equal values alike; NaN stays."""
    from scipy.stats import rankdata

    ranks = np.full(len(values), np.nan)
    finite = np.isfinite(values)
    ranks[finite] = rankdata(values[finite]) / finite.sum()
    return ranks


def _scaled(values: np.ndarray) -> np.ndarray:
    """Values of which squares can be made, whatever their size."""
    largest = np.nanmax(np.abs(values))
    shrunk = values / largest
    shrunk = shrunk - np.nanmean(shrunk)
    return np.asarray(shrunk / np.nanmax(np.abs(shrunk)))


def _control(
    score: Callable[[np.ndarray], float],
    values: np.ndarray,
    has_value: np.ndarray,
    share: Share,
    shuffles: int,
    rng: np.random.Generator,
) -> Control:
    places = np.flatnonzero(has_value)
    shuffled = values.copy()
    draws = np.empty(shuffles)
    for draw in range(shuffles):
        shuffled[places] = rng.permutation(values[places])
        draws[draw] = score(shuffled)
    as_high = int((draws >= share.score - 1e-12).sum())
    return Control(float(draws.mean()), float(draws.min()), float(draws.max()), shuffles, as_high)
