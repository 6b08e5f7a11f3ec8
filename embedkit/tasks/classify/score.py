"""Which class was told for which: a confusion table, and its accuracies with intervals."""

from dataclasses import dataclass

from embedkit.analysis.proportion import Proportion


@dataclass(frozen=True)
class Confusion:
    """Counts of examples by their class (row) and by the class that was told for them (column).

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
        """How many examples of a class were told right, and how many there are."""
        return self.counts[index][index], sum(self.counts[index])

    @property
    def mistakes(self) -> list[tuple[str, str, int]]:
        """(class, what was told for it, how often), the most frequent first."""
        wrong = [
            (name, told, self.counts[i][j])
            for i, name in enumerate(self.classes)
            for j, told in enumerate(self.classes)
            if i != j and self.counts[i][j]
        ]
        return sorted(wrong, key=lambda each: -each[2])
