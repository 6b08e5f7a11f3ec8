"""Word-similarity sets: pairs of words and how alike people find them."""

import math
from dataclasses import dataclass
from pathlib import Path

from embedkit.analysis.analogies.formats import QUOTED, is_number
from embedkit.corpora.opening import set_name
from embedkit.corpora.textfile import TextFile
from embedkit.errors import CorpusError


@dataclass(frozen=True)
class ScoredPair:
    """Two words, and the mean of what people said of how alike they are; the scale is the set's own.

    Raises:
        CorpusError: the score is not finite, or a word is empty.
    """

    first: str
    second: str
    score: float

    def __post_init__(self) -> None:
        if not self.first or not self.second or not math.isfinite(self.score):
            raise CorpusError(f"not two words and a finite score: {self.first!r}, {self.second!r}, {self.score}")


@dataclass(frozen=True)
class SimilaritySet:
    """Scored pairs in the order of the file; its length is their number.

    Raises:
        CorpusError: there is no pair.
    """

    name: str
    pairs: tuple[ScoredPair, ...]

    def __post_init__(self) -> None:
        if not self.pairs:
            raise CorpusError(f"{self.name}: there are no word pairs; write two words and a number a line")

    def __len__(self) -> int:
        return len(self.pairs)

    @classmethod
    def read(cls, path: str | Path, *, name: str | None = None) -> "SimilaritySet":
        """Read two words and a number a line, between tabs, commas or spaces.

        A first line whose third field is no number is a header; lines that start with # are comments.

        Args:
            name: what the set is called; by default as its card or file.

        Raises:
            CorpusError: it is missing, empty, not UTF-8 or malformed; file and line are named.
        """
        path = Path(path)
        if not path.is_file():
            raise CorpusError(f"{path}: no such file; name a file of two words and a number a line")
        pairs: list[ScoredPair] = []
        header, heading = True, ""
        for number, line in enumerate(TextFile(path)(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if header and _is_header(line):
                heading = f":{number}: {line[:QUOTED]!r} is read as a heading, and below it"
            else:
                pairs.append(_scored(line, f"{path}:{number}", path))
            header = False
        if not pairs:
            raise CorpusError(f"{path}{heading or ':'} there are no word pairs; write two words and a number a line")
        return cls(name or set_name(path), tuple(pairs))


def _cells(line: str) -> list[str]:
    separator = next((mark for mark in "\t," if mark in line), None)
    return [cell.strip() for cell in line.split(separator)]


def _is_header(line: str) -> bool:
    """Three names of columns; not a score that is written wrong, such as 7,35."""
    cells = _cells(line)
    return len(cells) == 3 and not is_number(cells[2]) and not cells[2][:1].isdigit()


def _scored(line: str, place: str, path: Path) -> ScoredPair:
    cells = _cells(line)
    try:
        first, second, score = cells
        return ScoredPair(first, second, float(score))
    except (ValueError, CorpusError):
        pass
    advice = f": {line[:QUOTED]!r}"
    if line.startswith(":") or (len(cells) == 4 and not any(map(is_number, cells))):
        advice = f"; it looks like a set of analogy questions: try `embedkit analogy --questions {path}`"
    raise CorpusError(f"{place}: not two words and a number{advice}")
