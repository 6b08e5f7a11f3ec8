"""How the files of a card become lines: a function for each way in which corpora are published.

A reader takes the card and its files by split (a card without splits has one, "text") and gives the lines of each
text file to be kept. A single file "text" is cut into blocks when it is opened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, zip_longest
from pathlib import Path

from embedkit.corpora.card import Card
from embedkit.corpora.corpus import Lines
from embedkit.corpora.textfile import TextFile, character_start
from embedkit.corpora.wikipedia import articles
from embedkit.errors import CorpusError
from embedkit.files import parse_json

Reader = Callable[[Card, Mapping[str, Path]], Mapping[str, Lines]]

SHARES = {"train": 0.9, "valid": 0.05, "test": 0.05}
"""How a corpus without splits is cut into contiguous blocks."""


def read_lines(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """Each line of a file is a line of text."""
    return {split: TextFile(path) for split, path in files.items()}


def read_running(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """A single file, cut after the bytes that the card's `split` says, by the convention of its benchmark; a cut inside
    a character is moved to the next one."""
    (path,) = files.values()
    edges = [character_start(path, edge) for edge in accumulate(card.split.values(), initial=0)]
    return {split: TextFile(path, *edges[i : i + 2]) for i, split in enumerate(card.split)}


def read_wikipedia(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """A dump of pages: a paragraph a line; articles stay whole, the first nine tenths of the text are for training."""
    (path,) = files.values()
    texts = [paragraphs for _, paragraphs in articles(path)]
    total = sum(len(line) for text in texts for line in text)
    splits: dict[str, list[str]] = {split: [] for split in SHARES}
    before = 0
    for text in texts:
        size = sum(map(len, text))
        middle = (before + size / 2) / total
        if middle < SHARES["train"]:
            splits["train"] += text
        elif middle < SHARES["train"] + SHARES["valid"]:
            splits["valid"] += text
        else:
            splits["test"] += text
        before += size
    return {split: lines.__iter__ for split, lines in splits.items()}


def read_tab(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """Source, tab, target, and perhaps more that is left out (Tatoeba's attribution)."""

    def pairs(path: Path) -> Iterator[str]:
        for number, line in enumerate(TextFile(path)(), 1):
            cells = line.split("\t")
            if len(cells) < 2:
                raise CorpusError(f"{path}:{number}: no tab between two texts: {line[:60]!r}")
            yield "\t".join(cells[:2])

    return {split: partial(pairs, path) for split, path in files.items()}


def read_parallel(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """Aligned files, "train.en" and "train.fr": line n of one is line n of the other. They become tab-separated."""
    splits: dict[str, list[Path]] = {}
    for name, path in files.items():
        splits.setdefault(name.split(".")[0], []).append(path)

    def joined(paths: list[Path]) -> Iterator[str]:
        for cells in aligned(paths):
            yield "\t".join(cells)

    return {split: partial(joined, paths) for split, paths in splits.items()}


def aligned(paths: Sequence[Path]) -> Iterator[tuple[str, ...]]:
    """Line n of every file, in the order of the files; tabs in them are spaces.

    Raises:
        CorpusError: a file ends before another.
    """
    for number, cells in enumerate(zip_longest(*(TextFile(path)() for path in paths)), 1):
        if None in cells:
            short, long = paths[cells.index(None)], next(p for p, c in zip(paths, cells, strict=True) if c is not None)
            raise CorpusError(
                f"{short}: ends before line {number} of the file it is aligned with, {long.name}; "
                "give both as many lines, a line a text"
            )
        # A tab would end the text once the two stand side by side, and to a reader it is a space: a caption of
        # Multi30k has one in its German.
        yield tuple(cell.replace("\t", " ") for cell in cells)


def read_questions(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """Google's format, as it is: `: category` lines, then four words a line."""
    (path,) = files.values()
    return {"questions": TextFile(path)}


def read_bats(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """BATS (Gladkova et al. 2016): a file a category of lines "word, tab, answer/answer/…".

    The lines are kept as they are, under `: category` lines: any of the answers is right, so none is left out here.
    """

    def pairs() -> Iterator[str]:
        for name, path in sorted(files.items()):
            yield f": {name}"
            yield from (line.strip() for line in TextFile(path)() if line.strip())

    return {"questions": pairs}


def read_similarity(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """Two words and a score between tabs; comments start with #."""
    (path,) = files.values()

    def scored() -> Iterator[str]:
        for number, line in enumerate(TextFile(path)(), 1):
            if line.strip() and not line.startswith("#"):
                try:
                    first, second, score = line.split("\t")
                    yield f"{first}\t{second}\t{float(score):g}"
                except ValueError:
                    raise CorpusError(f"{path}:{number}: not two words and a score: {line[:60]!r}") from None

    return {"pairs": scored}


def read_blimp(card: Card, files: Mapping[str, Path]) -> Mapping[str, Lines]:
    """BLiMP (Warstadt et al. 2020): a JSON object a pair, a file a paradigm.

    Kept are the good and the bad sentence, phenomenon, field and paradigm, between tabs. The paradigms of s-selection
    are of argument structure, as in the paper's tables, and a field is spelled in one way.
    """

    def pairs() -> Iterator[str]:
        for path in files.values():
            for number, line in enumerate(TextFile(path)(), 1):
                try:
                    row = parse_json(line)
                    phenomenon = row["linguistics_term"].replace("s-selection", "argument_structure")
                    field = row["field"].replace("syntax_semantics", "syntax/semantics")
                    cells = (row["sentence_good"], row["sentence_bad"], phenomenon, field, row["UID"])
                    yield "\t".join(" ".join(cell.split()) for cell in cells)
                except (ValueError, KeyError, TypeError, AttributeError):
                    raise CorpusError(f"{path}:{number}: not a pair of BLiMP's: {line[:60]!r}") from None

    return {"pairs": pairs}


READERS: Mapping[str, Reader] = {
    "lines": read_lines,
    "wikitext": read_lines,
    "running": read_running,
    "wikipedia": read_wikipedia,
    "tab": read_tab,
    "parallel": read_parallel,
    "questions": read_questions,
    "bats": read_bats,
    "similarity": read_similarity,
    "blimp": read_blimp,
}
