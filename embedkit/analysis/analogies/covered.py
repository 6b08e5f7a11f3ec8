"""Analogy questions that a space covers, as rows of its vocabulary."""

from dataclasses import dataclass

import numpy as np

from embedkit.errors import UsageError


@dataclass(frozen=True, eq=False)
class CoveredQuestions:
    """P pairs as rows of a vocabulary and Q questions over them.

    `source` (P,) int64; `targets` (P, M) int64 padded with -1: the first is a′ where the pair is given, each is right
    where it is asked. `category` (P,) int64. `given`, `asked` (Q,) int64 numbers of pairs.

    Raises:
        UsageError: the shapes do not fit, a pair has no source or no first target, or a question is about a pair
            that is not there.
    """

    source: np.ndarray
    targets: np.ndarray
    category: np.ndarray
    given: np.ndarray
    asked: np.ndarray

    def __post_init__(self) -> None:
        pairs = len(self.source)
        if self.targets.ndim != 2 or len(self.targets) != pairs or self.category.shape != (pairs,):
            raise UsageError(
                f"{pairs} sources beside targets of shape {self.targets.shape} and categories of shape "
                f"{self.category.shape}; give each pair a row of targets and a category"
            )
        if self.given.ndim != 1 or self.given.shape != self.asked.shape:
            raise UsageError(f"given pairs of shape {self.given.shape} and asked ones of {self.asked.shape}; give (Q,)")
        if pairs and (not self.targets.shape[1] or min(self.source.min(), self.targets[:, 0].min()) < 0):
            raise UsageError("a pair has no source or no first target; leave out pairs that are not covered")
        numbers = np.concatenate([self.given, self.asked])
        if len(numbers) and not 0 <= numbers.min() <= numbers.max() < pairs:
            raise UsageError(f"a question is about pair {numbers.min()} or {numbers.max()}; there are {pairs}, from 0")

    def __len__(self) -> int:
        return len(self.asked)

    @property
    def a(self) -> np.ndarray:
        """(Q,)."""
        return self.source[self.given]

    @property
    def a2(self) -> np.ndarray:
        """a′, (Q,)."""
        return self.targets[self.given, 0]

    @property
    def b(self) -> np.ndarray:
        """(Q,)."""
        return self.source[self.asked]

    @property
    def answers(self) -> np.ndarray:
        """(Q, M) words that are right, padded with -1."""
        return self.targets[self.asked]
