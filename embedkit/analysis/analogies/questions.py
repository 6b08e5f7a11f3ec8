"""Sets of analogy questions by category."""

from dataclasses import dataclass
from pathlib import Path

from embedkit.analysis.analogies.categories import Category
from embedkit.analysis.analogies.formats import read_categories
from embedkit.corpora.opening import set_name
from embedkit.errors import CorpusError


@dataclass(frozen=True)
class AnalogySet:
    """Questions by category, in the order of the file; its length is the number of questions.

    Raises:
        CorpusError: there is no question, or two categories have one name.
    """

    name: str
    categories: tuple[Category, ...]

    def __post_init__(self) -> None:
        names = [category.name for category in self.categories]
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise CorpusError(f"{self.name}: two categories are called {twice!r}; rename one")
        if not len(self):
            raise CorpusError(
                f"{self.name}: there are no questions; write lines of four words under a ': category' line"
            )

    def __len__(self) -> int:
        return sum(len(category.questions) for category in self.categories)

    @classmethod
    def read(cls, path: str | Path, *, name: str | None = None) -> "AnalogySet":
        """Read questions in any of the formats of `question_formats`, which are told apart by their content.

        Args:
            path: a file, or BATS's folder of files.
            name: what the set is called; by default as its card, file or folder.

        Raises:
            CorpusError: it is missing, empty, not UTF-8 or malformed; file and line are named.
        """
        path = Path(path)
        return cls(name or set_name(path), read_categories(path))
