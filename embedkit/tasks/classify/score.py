"""A confusion table, and its accuracy with its interval."""

from dataclasses import dataclass

from embedkit.analysis.proportion import Proportion


@dataclass(frozen=True)
class Confusion:
    """Counts of examples by their class (row) and by the predicted class (column).

    Attributes:
        classes: their names, in the order of rows and columns.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def n(self) -> int:
        return sum(map(sum, self.counts))

    @property
    def right(self) -> int:
        return sum(row[i] for i, row in enumerate(self.counts))

    @property
    def accuracy(self) -> Proportion:
        return Proportion.of(self.right, self.n)

    def of_class(self, index: int) -> tuple[int, int]:
        """The number of right predictions of a class, and of its examples."""
        return self.counts[index][index], sum(self.counts[index])

    @property
    def mistakes(self) -> list[tuple[str, str, int]]:
        """(class, wrong prediction, how often), the most frequent first."""
        wrong = [
            (name, prediction, self.counts[i][j])
            for i, name in enumerate(self.classes)
            for j, prediction in enumerate(self.classes)
            if i != j and self.counts[i][j]
        ]
        return sorted(wrong, key=lambda mistake: -mistake[2])
