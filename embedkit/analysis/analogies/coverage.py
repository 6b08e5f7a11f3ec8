"""Which questions of a set a space covers, and their words as rows of it."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np

from embedkit.analysis.analogies.categories import Pair
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.errors import UsageError
from embedkit.spaces.space import EmbeddingSpace


@dataclass(frozen=True, eq=False)
class CoveredQuestions:
    """P pairs as rows of a vocabulary and Q questions over them.

    Attributes:
        source: (P,) int64.
        targets: (P, M) int64 padded with -1: the first is a′ where the pair is the example, each is right where it is
            the query.
        category: (P,) int64.
        example, query: (Q,) int64 numbers of pairs: that of a and a′, and that of b and the answers.

    Raises:
        UsageError: the shapes do not fit, a pair has no source or no first target, or a question is about a pair
            that is not there.
    """

    source: np.ndarray
    targets: np.ndarray
    category: np.ndarray
    example: np.ndarray
    query: np.ndarray

    def __post_init__(self) -> None:
        pairs = len(self.source)
        if self.targets.ndim != 2 or len(self.targets) != pairs or self.category.shape != (pairs,):
            raise UsageError(
                f"{pairs} sources beside targets of shape {self.targets.shape} and categories of shape "
                f"{self.category.shape}; give each pair a row of targets and a category"
            )
        if self.example.ndim != 1 or self.example.shape != self.query.shape:
            raise UsageError(
                f"given pairs of shape {self.example.shape} and asked ones of {self.query.shape}; give (Q,)"
            )
        if pairs and (not self.targets.shape[1] or min(self.source.min(), self.targets[:, 0].min()) < 0):
            raise UsageError("a pair has no source or no first target; leave out pairs that are not covered")
        numbers = np.concatenate([self.example, self.query])
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < pairs:
            raise UsageError(f"a question is about pair {numbers.min()} or {numbers.max()}; there are {pairs}, from 0")

    def __len__(self) -> int:
        return len(self.query)

    @property
    def a(self) -> np.ndarray:
        """(Q,) rows."""
        return self.source[self.example]

    @property
    def a2(self) -> np.ndarray:
        """a′, (Q,) rows."""
        return self.targets[self.example, 0]

    @property
    def b(self) -> np.ndarray:
        """(Q,) rows."""
        return self.source[self.query]

    @property
    def answers(self) -> np.ndarray:
        """(Q, M) rows of the words that are right, padded with -1."""
        return self.targets[self.query]


@dataclass(frozen=True, eq=False)
class Coverage:
    """The covered part of a question set.

    Attributes:
        mask: (T,) which of all T questions are covered, category by category as in the set.
        questions: the Q covered ones, in the same order.
        covered_pairs: how many pairs of each category are covered.
    """

    question_set: AnalogySet
    mask: np.ndarray
    questions: CoveredQuestions
    covered_pairs: tuple[int, ...]

    @cached_property
    def parts(self) -> tuple[slice, ...]:
        """Where the T questions of each category stand among all."""
        ends = accumulate((len(category.questions) for category in self.question_set.categories), initial=0)
        return tuple(slice(begin, end) for begin, end in pairwise(ends))

    @cached_property
    def covered_parts(self) -> tuple[slice, ...]:
        """Where the covered questions of each category stand among the covered ones."""
        ends = accumulate((int(self.mask[part].sum()) for part in self.parts), initial=0)
        return tuple(slice(begin, end) for begin, end in pairwise(ends))


def cover(space: EmbeddingSpace, question_set: AnalogySet, among: int, lowercase: bool) -> Coverage:
    """Look every pair up among the first `among` words; a question is covered where both its pairs are.

    A pair is covered by its source and at least one of its targets; the first that is there stands for a′.
    """
    covered: list[tuple[int, list[int], int]] = []  # source, targets, category
    example, query, mask, counts = [], [], [], []
    for number, category in enumerate(question_set.categories):
        numbers: list[int | None] = []
        for pair in category.pairs:
            rows = _rows(space, pair, among, lowercase)
            numbers.append(None if rows is None else len(covered))
            if rows is not None:
                covered.append((*rows, number))
        counts.append(sum(place is not None for place in numbers))
        for first, second in category.questions:
            one, other = numbers[first], numbers[second]
            both = one is not None and other is not None
            mask.append(both)
            if both:
                example.append(one)
                query.append(other)
    most = max((len(targets) for _, targets, _ in covered), default=1)
    return Coverage(
        question_set=question_set,
        mask=np.array(mask, dtype=bool),
        questions=CoveredQuestions(
            source=np.array([source for source, _, _ in covered], dtype=np.int64),
            targets=np.array([[*t, *[-1] * (most - len(t))] for _, t, _ in covered], dtype=np.int64).reshape(-1, most),
            category=np.array([category for _, _, category in covered], dtype=np.int64),
            example=np.array(example, dtype=np.int64),
            query=np.array(query, dtype=np.int64),
        ),
        covered_pairs=tuple(counts),
    )


def _rows(space: EmbeddingSpace, pair: Pair, among: int, lowercase: bool) -> tuple[int, list[int]] | None:
    """The rows of a pair's source and of those of its targets that the space has; None where it is not covered."""

    def row(word: str) -> int | None:
        place = space.index_of(word.lower() if lowercase else word)
        return place if place is not None and place < among else None

    source = row(pair.source)
    targets = list(dict.fromkeys(place for word in pair.targets if (place := row(word)) is not None))
    return None if source is None or not targets else (source, targets)
