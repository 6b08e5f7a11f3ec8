"""Which questions of a set a space covers, and their words as rows of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np

from embedkit.analysis.analogies.categories import Pair
from embedkit.analysis.analogies.landings import CoveredQuestions
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.spaces.space import EmbeddingSpace


@dataclass(frozen=True, eq=False)
class Coverage:
    """The covered part of a question set.

    Attributes:
        mask: (T,) which of all T questions are covered, category by category as in the set.
        questions: the Q covered ones, in the same order.
        covered_pairs: how many pairs of each category are covered.
    """

    asked: AnalogySet
    mask: np.ndarray
    questions: CoveredQuestions
    covered_pairs: tuple[int, ...]

    @cached_property
    def parts(self) -> tuple[slice, ...]:
        """Where the T questions of each category stand among all."""
        ends = accumulate((len(category.questions) for category in self.asked.categories), initial=0)
        return tuple(slice(begin, end) for begin, end in pairwise(ends))

    @cached_property
    def covered_parts(self) -> tuple[slice, ...]:
        """Where the covered questions of each category stand among the covered ones."""
        ends = accumulate((int(self.mask[part].sum()) for part in self.parts), initial=0)
        return tuple(slice(begin, end) for begin, end in pairwise(ends))


def cover(space: EmbeddingSpace, asked: AnalogySet, among: int, lowercase: bool) -> Coverage:
    """Look every pair up among the first `among` words; a question is covered where both its pairs are.

    A pair is covered by its source and at least one of its targets; the first that is there stands for a′.
    """
    found: list[tuple[int, list[int], int]] = []  # source, targets, category
    given, right, mask, counts = [], [], [], []
    for number, category in enumerate(asked.categories):
        numbers: list[int | None] = []
        for pair in category.pairs:
            rows = _rows(space, pair, among, lowercase)
            numbers.append(None if rows is None else len(found))
            if rows is not None:
                found.append((*rows, number))
        counts.append(sum(place is not None for place in numbers))
        for first, second in category.questions:
            one, other = numbers[first], numbers[second]
            both = one is not None and other is not None
            mask.append(both)
            if both:
                given.append(one)
                right.append(other)
    most = max((len(targets) for _, targets, _ in found), default=1)
    return Coverage(
        asked=asked,
        mask=np.array(mask, dtype=bool),
        questions=CoveredQuestions(
            source=np.array([source for source, _, _ in found], dtype=np.int64),
            targets=np.array([[*t, *[-1] * (most - len(t))] for _, t, _ in found], dtype=np.int64).reshape(-1, most),
            category=np.array([category for _, _, category in found], dtype=np.int64),
            given=np.array(given, dtype=np.int64),
            asked=np.array(right, dtype=np.int64),
        ),
        covered_pairs=tuple(counts),
    )


def _rows(space: EmbeddingSpace, pair: Pair, among: int, lowercase: bool) -> tuple[int, list[int]] | None:
    """The rows of a pair's source and of those of its targets that are there; None where it is not covered."""

    def row(word: str) -> int | None:
        place = space.index_of(word.lower() if lowercase else word)
        return place if place is not None and place < among else None

    source = row(pair.source)
    targets = list(dict.fromkeys(place for word in pair.targets if (place := row(word)) is not None))
    return None if source is None or not targets else (source, targets)


def mostly_lowercase(labels: Sequence[str]) -> bool:
    """Fewer than one label in a hundred holds a capital letter."""
    return sum(label != label.lower() for label in labels) * 100 < len(labels)
