"""Which points of a space are looked at where all would be too many: the most frequent where frequencies are known,
else a random sample, which can be stratified by a column."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from embedkit.errors import SpaceError, UsageError, unknown
from embedkit.hints import record_of
from embedkit.numerals import counted
from embedkit.spaces.columns import column_of, own_columns
from embedkit.spaces.space import EmbeddingSpace

Method = Literal["all", "frequent", "first", "random", "earlier"]

_BY_FREQUENCY = frozenset({"text", "word2vec-binary", "fasttext"})
"""Formats of word vectors, in which words stand by falling frequency: word2vec, GloVe and fastText write them so."""


@dataclass(frozen=True)
class Sample:
    """How some points of a space were chosen.

    Attributes:
        method: "all"; "frequent", those of the largest counts; "first" of a file of word vectors, which such files keep
            by frequency; "random"; or "earlier", the first of the space, as versions before 0.3 chose.
        points, of: how many, of how many.
        noun: what a point is.
        seed: of a random sample, else None.
        stratified_by: the column whose every category is there, or "".
    """

    method: Method
    points: int
    of: int
    noun: str = "point"
    seed: int | None = None
    stratified_by: str = ""

    def to_json(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}

    def fits(self, points: int | None, stratify: str | None, total: int) -> bool:
        """Whether it is what is asked for.

        Args:
            points: how many of `total`, or all where it is 0; None where any number will do.
            stratify: by which column; None where any will do. All points are stratified by every column.
        """
        enough = points is None or self.points == min(points or total, total)
        return enough and (stratify is None or stratify == self.stratified_by or self.points == total)

    def __str__(self) -> str:
        """Which points they are: "the 5,000 most frequent of 20,000 words"."""
        total = counted(self.of, self.noun)
        if self.method == "all":
            return f"all {total}" if self.of > 1 else total
        if self.method == "frequent":
            return f"the {self.points:,} most frequent of {total}"
        if self.method == "first":
            return f"the first {self.points:,} of {total} in the file, which such files keep by frequency"
        if self.method == "earlier":
            return f"the first {self.points:,} of {total}"
        strata = f", stratified by {self.stratified_by}" if self.stratified_by else ""
        return f"{self.points:,} of {total}, drawn at random{strata} (seed {self.seed})"


def sample_of(settings: Mapping[str, Any], points: int, space: EmbeddingSpace) -> Sample:
    """How the points of something stored were chosen: as its settings say under "sample"; what was made before 0.3 is
    of the first.

    Raises:
        SpaceError: it is damaged.
    """
    stored = settings.get("sample")
    if isinstance(stored, Mapping):
        try:
            return record_of(Sample, stored)
        except ValueError as error:
            raise SpaceError(
                f"a sample of {space.name}: damaged or of another version ({error}); make it again"
            ) from None
    if points >= len(space):
        return Sample("all", len(space), len(space), noun_of_points(space))
    return Sample(order_of(space) or "earlier", points, len(space), noun_of_points(space))


def noun_of_points(space: EmbeddingSpace) -> str:
    """What a point is; "point" where that is not known for certain, as of a space that was stored before 0.3."""
    return str(space.provenance.get("noun") or "point")


def order_of(space: EmbeddingSpace) -> Literal["frequent", "first"] | None:
    """How it is known that a space's points can be put in order of frequency: by counts, or by the order of a file of
    word vectors; None where it is not."""
    if "count" in space.columns:
        return "frequent"
    return "first" if space.noun == "word" and space.provenance.get("format") in _BY_FREQUENCY else None


def choose(
    space: EmbeddingSpace, points: int | None = None, *, stratify: str = "", seed: int = 0
) -> tuple[np.ndarray, Sample]:
    """Some rows of a space, in their order, and how they were chosen.

    The most frequent where frequencies are known. Else a random sample, of which a smaller one by the same seed is a
    part. A stratified one is random within each category, and has as many of each as its share, by the method of
    Webster and Sainte-Laguë, but one of every category at least while there is room; a missing value is a category
    too.

    Args:
        points: how many, or all there are; None or 0 for all.
        stratify: the column of categories that it is stratified by, also where frequencies are known; "" for none.

    Raises:
        UsageError: `points` is below 0, or there is no such column of categories.
    """
    total, noun = len(space), noun_of_points(space)
    if points is not None and points < 0:
        raise UsageError(f"{points} points are no sample; take at least 1, or 0 for all")
    strata = _strata(space, stratify) if stratify else None
    if not points or points >= total:
        return np.arange(total), Sample("all", total, total, noun)
    order = None if stratify else order_of(space)
    if order == "first":
        return np.arange(points), Sample("first", points, total, noun)
    if order == "frequent":
        most = np.argsort(-np.asarray(space.columns["count"], dtype=np.float64), kind="stable")[:points]
        return np.sort(most), Sample("frequent", points, total, noun)
    shuffled = np.random.default_rng(seed).permutation(total)
    if strata is not None:
        shuffled = _by_turns(shuffled, strata)
    return np.sort(shuffled[:points]), Sample("random", points, total, noun, seed, stratify)


def check_stratum(space: EmbeddingSpace, name: str) -> None:
    """Raises:
    UsageError: a sample cannot be stratified by a column of this name.
    """
    _strata(space, name)


def _strata(space: EmbeddingSpace, name: str) -> np.ndarray:
    """(N,) categories of a column as numbers from 0; what is missing is one of its own."""
    categories = [column.name for column in own_columns(space) if column.kind == "category"]
    if name not in categories:
        if name in space.columns:
            kind = column_of(name, space.columns[name]).kind
            what = f"the column {name!r} holds {kind}s" if kind != "text" else f"the column {name!r} holds text"
            others = f"; {', '.join(categories[:10])} can be" if categories else ""
            raise UsageError(f"{what}, by which a sample cannot be stratified{others}")
        raise unknown("column of categories", name, dict.fromkeys(categories[:10]), hint=f"(in {space.name})")
    codes, names = column_of(name, space.columns[name]).categories()
    return np.where(codes < 0, len(names), codes)


def _by_turns(shuffled: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Shuffled rows such that however many of the first are taken, each stratum has its share of them.

    First one of each stratum, the largest first; then the member number k of a stratum of n in order of (k + 1/2) / n,
    which gives every stratum the seats of the method of Webster and Sainte-Laguë.
    """
    groups = strata[shuffled]
    sizes = np.bincount(groups)
    by_group = np.argsort(groups, kind="stable")
    starts = np.cumsum(sizes) - sizes
    number = np.empty(len(groups), dtype=np.int64)
    number[by_group] = np.arange(len(groups)) - starts[groups[by_group]]
    turn = (number + 0.5) / sizes[groups]
    turn[number == 0] = -sizes[groups[number == 0]]
    return shuffled[np.argsort(turn, kind="stable")]
