"""Sets of analogy questions by category: a is to a′ as b is to what?"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from embedkit.errors import CorpusError

Quadruple = tuple[str, str, str, str]


@dataclass(frozen=True)
class Pair:
    """a : a′. Every one of `targets` is right as an answer; the first that a space has stands for a′.

    Raises:
        CorpusError: there is no target.
    """

    source: str
    targets: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.targets:
            raise CorpusError(f"{self.source!r} has no target; write it as {self.source} and a word beside it")


@dataclass(frozen=True)
class Category:
    """Pairs, each once, and questions (given, asked): numbers of two of them.

    "given.source is to given.targets as asked.source is to what?"

    Raises:
        CorpusError: a pair stands twice, or a question is about a pair that is not there.
    """

    name: str
    pairs: tuple[Pair, ...]
    questions: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if len(set(self.pairs)) != len(self.pairs):
            raise CorpusError(f"category {self.name!r}: a pair stands twice")
        if any(not 0 <= number < len(self.pairs) for question in self.questions for number in question):
            raise CorpusError(f"category {self.name!r}: a question is about a pair that is not there")

    @classmethod
    def from_pairs(cls, name: str, pairs: Iterable[Pair]) -> "Category":
        """Every ordered pair of two different ones: n(n - 1) questions."""
        pairs = tuple(dict.fromkeys(pairs))
        return cls(name, pairs, tuple(permutations(range(len(pairs)), 2)))

    @classmethod
    def from_quadruples(cls, name: str, quadruples: Iterable[Quadruple]) -> "Category":
        """Questions of four words a, a′, b, b′; their pairs are numbered in order of appearance."""
        numbers: dict[Pair, int] = {}
        questions = []
        for a, a2, b, b2 in quadruples:
            given, asked = (numbers.setdefault(Pair(x, (y,)), len(numbers)) for x, y in ((a, a2), (b, b2)))
            questions.append((given, asked))
        return cls(name, tuple(numbers), tuple(questions))

    def quadruples(self) -> tuple[Quadruple, ...]:
        """The four words of each question, of several targets the first."""
        return tuple(
            (one.source, one.targets[0], other.source, other.targets[0])
            for one, other in ((self.pairs[given], self.pairs[asked]) for given, asked in self.questions)
        )


@dataclass(frozen=True)
class AnalogySet:
    """Questions by category, in the order of the file.

    Raises:
        CorpusError: there is no question.
    """

    name: str
    categories: tuple[Category, ...]

    def __post_init__(self) -> None:
        if not len(self):
            raise CorpusError(
                f"{self.name}: there are no questions; write lines of four words under a ': category' line"
            )

    def __len__(self) -> int:
        return sum(len(category.questions) for category in self.categories)

    @classmethod
    def read(cls, path: str | Path, *, name: str | None = None) -> "AnalogySet":
        """Read the format of Google's questions-words.txt: `: category` lines, then four words a line.

        Raises:
            CorpusError: the file is missing, not UTF-8, has a question before any category or a line that
                is not four words; the line is named.
        """
        path = Path(path)
        categories: dict[str, list[Quadruple]] = {}
        questions: list[Quadruple] | None = None
        for number, line in enumerate(_lines(path), 1):
            words = line.split()
            if line.startswith(":"):
                questions = categories.setdefault(line[1:].strip(), [])
            elif words and questions is None:
                raise CorpusError(f"{path}:{number}: a question before any ': category' line; add one above it")
            elif words and questions is not None:
                if len(words) != 4:
                    raise CorpusError(f"{path}:{number}: {len(words)} words where a question has four: {line[:60]!r}")
                questions.append((words[0], words[1], words[2], words[3]))
        built = tuple(Category.from_quadruples(key, value) for key, value in categories.items())
        return cls(name or path.stem, built)


def _lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror}); name a file of analogy questions") from None
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError(f"{path}:{line}: not UTF-8 (byte {data[error.start]:#04x}); save the file as UTF-8") from None
