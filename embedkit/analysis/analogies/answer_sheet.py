"""A space's answers to a set of analogy questions, question by question and by method."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.analogies.consistency import Consistency
from embedkit.analysis.analogies.coverage import Coverage, CoveredQuestions
from embedkit.analysis.analogies.landings import Landings
from embedkit.analysis.analogies.questions import AnalogySet


@dataclass(frozen=True, eq=False)
class AnswerSheet:
    """What a score sheet and a comparison of two spaces are made from.

    Attributes:
        restrict, vocabulary, lowercase, seed: as in `AnalogyScore`.
        landings: by method, over the Q covered questions, in the order of the set: one of each draw of a method that
            draws something, and one of any other.
        cosine: (Q,) that of b and b′.
        rank: (Q,) the answer's place in the space, from 1.
        consistencies: one a category.
    """

    space: str
    question_set: AnalogySet
    restrict: int | None
    vocabulary: int
    lowercase: bool
    coverage: Coverage
    landings: Mapping[str, tuple[Landings, ...]]
    cosine: np.ndarray
    rank: np.ndarray
    consistencies: tuple[Consistency | None, ...]
    seed: int

    @property
    def questions(self) -> CoveredQuestions:
        """The Q covered ones."""
        return self.coverage.questions

    def right(self, method: str) -> np.ndarray:
        """(S, Q) whether the best word of each draw, a, a′ and b excluded, is a right answer."""
        answers = self.questions.answers
        return np.array([hits(landings.best, answers) for landings in self.landings[method]])


def hits(best: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """(Q,) whether `best` is one of the (Q, M) answers, which are padded with -1."""
    return (best >= 0) & (best[:, None] == answers).any(axis=1)
