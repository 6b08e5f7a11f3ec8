"""Sets of analogy questions by category."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedkit.errors import CorpusError

Question = tuple[str, str, str, str]


@dataclass(frozen=True)
class AnalogySet:
    """Questions (a, b, c, d), "a is to b as c is to d", by category in the order of the file.

    Raises:
        CorpusError: there is no question.
    """

    name: str
    categories: Mapping[str, tuple[Question, ...]]

    def __post_init__(self) -> None:
        if not len(self):
            raise CorpusError(
                f"{self.name}: there are no questions; write lines of four words under a ': category' line"
            )

    def __len__(self) -> int:
        return sum(len(questions) for questions in self.categories.values())

    @classmethod
    def read(cls, path: str | Path, *, name: str | None = None) -> "AnalogySet":
        """Read the format of Google's questions-words.txt: `: category` lines, then four words a line.

        Raises:
            CorpusError: the file is missing, not UTF-8, has a question before any category or a line that
                is not four words; the line is named.
        """
        path = Path(path)
        categories: dict[str, list[Question]] = {}
        questions: list[Question] | None = None
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
        return cls(name or path.stem, {key: tuple(value) for key, value in categories.items()})


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
