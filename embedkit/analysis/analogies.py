"""Word analogies: a is to b as c is to d, answered by 3CosAdd and scored with intervals."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A 95 % interval by bootstrap over word pairs."""

    low: float
    high: float


@dataclass(frozen=True)
class CategoryScore:
    """`correct` of `covered` of `total` questions; accuracy is correct / covered, None where nothing is covered."""

    name: str
    correct: int
    covered: int
    total: int
    interval: Interval | None
    honest_correct: int  # right with nothing excluded from the ranking

    @property
    def accuracy(self) -> float | None:
        return self.correct / self.covered if self.covered else None

    @property
    def strict_accuracy(self) -> float:
        """Uncovered questions count as wrong."""
        return self.correct / self.total if self.total else 0.0

    @property
    def coverage(self) -> float:
        return self.covered / self.total if self.total else 0.0


@dataclass(frozen=True)
class AnalogyScore:
    """One space on one question set: a row a category, and all questions together (micro average)."""

    space: str
    questions: str
    method: str
    restrict: int | None  # how many of the most frequent words may answer; None for all
    vocabulary: int  # words of the space after restriction
    categories: tuple[CategoryScore, ...]
    overall: CategoryScore
    resamples: int
    seed: int


@dataclass(frozen=True)
class Answer:
    word: str
    cosine: float


@dataclass(frozen=True)
class AnalogyAnswer:
    """The answers to one question `b - a + c`: the query words excluded, and the honest ranking beside it."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    restrict: int | None
    vocabulary: int
    answers: tuple[Answer, ...]
    honest: tuple[Answer, ...]
