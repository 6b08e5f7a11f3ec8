"""Minimal pairs: two sentences that differ in little, of which one is good and the other is not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from embedkit.corpora.opening import set_name
from embedkit.corpora.textfile import TextFile
from embedkit.errors import CorpusError
from embedkit.files import parse_json, sha256

COLUMNS = ("good", "bad", "phenomenon", "field", "paradigm")
_NAMES = {
    **{name: name for name in COLUMNS},
    **{"sentence_good": "good", "sentence_bad": "bad", "linguistics_term": "phenomenon", "uid": "paradigm"},
}
"""What a column may be called, BLiMP's names among them."""
_FORMAT = "write a good and a bad sentence a line, between tabs, and if you like phenomenon, field and paradigm"


@dataclass(frozen=True)
class MinimalPair:
    """Two sentences. What they test: `phenomenon`, of a `field`, by the template `paradigm`; each "" where not said.

    Raises:
        CorpusError: a sentence is empty.
    """

    good: str
    bad: str
    phenomenon: str = ""
    field: str = ""
    paradigm: str = ""

    def __post_init__(self) -> None:
        if not self.good or not self.bad:
            raise CorpusError("a sentence is empty")


@dataclass(frozen=True)
class MinimalPairSet:
    """Pairs in the order of their file, and the checksum of that."""

    name: str
    pairs: tuple[MinimalPair, ...]
    checksum: str

    def __len__(self) -> int:
        return len(self.pairs)

    @classmethod
    def read(cls, path: str | Path) -> "MinimalPairSet":
        """Read a pair a line: JSON objects, or texts between tabs in the order of `COLUMNS` or as a heading says.

        Raises:
            CorpusError: it is missing, empty or malformed; file and line are named.
        """
        path = Path(path)
        if not path.is_file():
            raise CorpusError(f"{path}: no such file; {_FORMAT}")
        pairs = tuple(_read(path))
        if not pairs:
            raise CorpusError(f"{path}: there are no pairs; {_FORMAT}")
        return cls(set_name(path), pairs, sha256([path]))


def _read(path: Path) -> Iterator[MinimalPair]:
    columns: tuple[str, ...] | None = None
    for number, line in enumerate(TextFile(path)(), 1):
        if not line.strip():
            continue
        try:
            if line.lstrip().startswith("{"):
                yield _pair(_known(parse_json(line)))
                continue
            cells = [cell.strip() for cell in line.split("\t")]
            if columns is None:
                columns = _heading(cells)
                if columns != COLUMNS:
                    continue
            yield _pair(dict(zip(columns, cells, strict=False)))
        except (CorpusError, ValueError, TypeError, AttributeError) as error:
            raise CorpusError(f"{path}:{number}: no minimal pair ({error}): {line[:60]!r}; {_FORMAT}") from None


def _heading(cells: list[str]) -> tuple[str, ...]:
    """The columns that a first line names; `COLUMNS` where it is a pair itself."""
    names = tuple(_NAMES.get(cell.lower(), cell) for cell in cells)
    return names if {"good", "bad"} <= set(names) else COLUMNS


def _known(row: Mapping[str, object]) -> dict[str, object]:
    return {_NAMES[key.lower()]: value for key, value in row.items() if key.lower() in _NAMES}


def _pair(row: Mapping[str, object]) -> MinimalPair:
    values = {name: row[name] for name in COLUMNS if name in row}
    odd = next((name for name, value in values.items() if not isinstance(value, str)), None)
    if odd is not None:
        raise CorpusError(f"{odd} is no text")
    return MinimalPair(**{"good": "", "bad": "", **{name: str(value).strip() for name, value in values.items()}})
