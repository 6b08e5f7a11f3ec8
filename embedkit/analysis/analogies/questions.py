"""Sets of analogy questions by category."""

from dataclasses import dataclass, field
from pathlib import Path

from embedkit.analysis.analogies.categories import Category
from embedkit.analysis.analogies.formats import files_of, read_categories
from embedkit.corpora.opening import set_name, set_source
from embedkit.errors import CorpusError
from embedkit.files import sha256


@dataclass(frozen=True)
class AnalogySet:
    """Questions by category, in the order of the file; its length is the number of questions.

    Attributes:
        source: the name of the card, or the path, that they were read from; `checksum` is of those files. Empty of
            questions that were made by a program.

    Raises:
        CorpusError: there is no question, or two categories have one name.
    """

    name: str
    categories: tuple[Category, ...]
    source: str = field(default="", compare=False)
    checksum: str = field(default="", compare=False)

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
        categories = read_categories(path)
        return cls(name or set_name(path), categories, set_source(path), sha256(files_of(path)))
