"""The files in which analogy questions are published, told apart by what stands in them.

- Google (Mikolov et al. 2013, arXiv:1301.3781): `: category` lines, then the four words a a′ b b′ of a question.
- pairs: under such lines, or none, `a<tab>a′` with further right answers after slashes; of n pairs in a category all
  n(n - 1) questions are asked.
- BATS (Gladkova et al. 2016): a folder of files of such pairs, a category a file.
- MSR (Mikolov, Yih & Zweig 2013): X.questions with three words a line, X.answers with "category b′" beside it.

Without a `: category` line a file is one category, called after the file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from embedkit.analysis.analogies.categories import Category, Pair, Quadruple
from embedkit.corpora.textfile import TextFile, stem
from embedkit.errors import CorpusError

QUESTIONS, ANSWERS = ".questions", ".answers"
"""The endings of MSR's two files."""

QUOTED = 60
"""So many characters of a malformed line are quoted in its message."""


@dataclass
class _Block:
    """What stands under one `: category` line: four-word questions or pairs, not both."""

    name: str
    place: str
    quadruples: list[Quadruple] = field(default_factory=list)
    targets: dict[str, dict[str, None]] = field(default_factory=dict)  # by source, in order of appearance

    def category(self) -> Category:
        if self.quadruples:
            return Category.from_quadruples(self.name, self.quadruples)
        if len(self.targets) == 1:
            raise CorpusError(f"{self.place}: one pair in {self.name!r} makes no question; add another")
        if not self.targets:
            raise CorpusError(f"{self.place}: no questions under {self.name!r}; add some below, or remove the line")
        return Category.from_pairs(
            self.name, (Pair(source, tuple(targets)) for source, targets in self.targets.items())
        )


def read_categories(path: Path) -> tuple[Category, ...]:
    """The categories of a question set in any of the formats.

    Raises:
        CorpusError: it is missing, empty, not UTF-8 or malformed; file and line are named, and what to do.
    """
    if path.is_dir():
        return _read_folder(path)
    if not path.is_file():
        raise CorpusError(f"{path}: no such file or folder; name a file of analogy questions")
    questions, answers = path.with_suffix(QUESTIONS), path.with_suffix(ANSWERS)
    if path.suffix in (QUESTIONS, ANSWERS) and questions.is_file() and answers.is_file():
        return _read_msr(questions, answers)
    if path.suffix == ANSWERS:
        raise CorpusError(f"{path}: answers to {questions.name}, which is not beside it; put it there")
    return _read_file(path)


def files_of(path: Path) -> list[Path]:
    """What a question set is read from: a file, both of a pair of questions and answers, or those of a folder."""
    if path.is_dir():
        # Archives from a Mac hold hidden twins of their files.
        return [file for file in sorted(path.rglob("*.txt")) if not file.name.startswith(".")]
    pair = [path.with_suffix(QUESTIONS), path.with_suffix(ANSWERS)]
    return pair if path.suffix in (QUESTIONS, ANSWERS) and all(file.is_file() for file in pair) else [path]


def _read_folder(folder: Path) -> tuple[Category, ...]:
    """BATS: a category a .txt file of any depth, in the order of their paths."""
    files = files_of(folder)
    if not files:
        raise CorpusError(f"{folder}: no .txt files in it; name a file of analogy questions, or the folder of BATS")
    categories: dict[str, tuple[Category, Path]] = {}
    for path in files:
        for category in _read_file(path):
            if category.name in categories:
                other = categories[category.name][1]
                raise CorpusError(f"{path}: {category.name!r} is a category of {other} too; rename one of them")
            categories[category.name] = category, path
    return tuple(category for category, _ in categories.values())


def _read_file(path: Path) -> tuple[Category, ...]:
    """Google's format and pairs; one category may hold questions and another pairs."""
    blocks: dict[str, _Block] = {}
    block: _Block | None = None
    lines = list(TextFile(path)())
    headed = any(line.startswith(":") for line in lines)
    for number, line in enumerate(lines, 1):
        place = f"{path}:{number}"
        if line.startswith(":"):
            name = line[1:].strip()
            if not name:
                raise CorpusError(f"{place}: a category without a name; write it as ': name'")
            block = blocks.setdefault(name, _Block(name, place))
        elif line.strip():
            if block is None and headed:
                raise CorpusError(f"{place}: a question before the first ': category' line; add one above it")
            block = block or blocks.setdefault(stem(path), _Block(stem(path), place))
            _add(block, line, place, path)
    if not blocks:
        raise CorpusError(f"{path}: there are no questions; write lines of four words, or of two, a pair a line")
    return tuple(block.category() for block in blocks.values())


def _add(block: _Block, line: str, place: str, path: Path) -> None:
    """Put a line under its category."""
    words = _words(line)
    if len(words) == 4 and not block.targets:
        _refuse_given_away(words, place)
        block.quadruples.append((words[0], words[1], words[2], words[3]))
    elif len(words) == 2 and not block.quadruples:
        targets = [target.strip() for target in words[1].split("/") if target.strip()]
        if not targets:
            raise CorpusError(f"{place}: no answer beside {words[0]!r}; write a word after it: {line[:QUOTED]!r}")
        # A word that stands twice, as a country of two languages, has all those answers.
        block.targets.setdefault(words[0], {}).update(dict.fromkeys(targets))
    elif len(words) in (2, 4):
        had, has = ("questions", "a pair") if len(words) == 2 else ("pairs", "a question")
        raise CorpusError(
            f"{place}: {has} among the {had} of {block.name!r}; put it under a ': category' line of its own"
        )
    else:
        raise CorpusError(f"{place}: {_count(words)} where a question has four and a pair two{_advice(path, words)}")


def _refuse_given_away(words: list[str], place: str) -> None:
    """Raise CorpusError where the two pairs of a question are the same."""
    if words[:2] == words[2:]:
        raise CorpusError(f"{place}: {words[0]!r} is given and asked, which gives its answer away; leave the line out")


def _words(line: str) -> list[str]:
    """The fields of a line. A pair between tabs may have spaces in its words; all else is split at spaces."""
    cells = [cell.strip() for cell in line.strip().split("\t") if cell.strip()]
    return cells if len(cells) == 2 else line.split()


def _count(words: list[str]) -> str:
    return "one word" if len(words) == 1 else f"{len(words)} words"


def _advice(path: Path, words: list[str]) -> str:
    """How a line of so many words ends its message: what to do about it, or the line itself."""
    if path.suffix == QUESTIONS and len(words) == 3:
        return f"; put the answers beside it, as {path.with_suffix(ANSWERS).name}"
    if looks_scored(path):
        return f"; it looks like a set of scored word pairs: try `embedkit similarity {path}`"
    return f": {' '.join(words)[:QUOTED]!r}"


def looks_scored(path: Path) -> bool:
    """Whether the last line is two words and a number, as in a word-similarity set."""
    *_, last = ["", *(line for line in TextFile(path)() if line.strip())]
    words = last.replace(",", " ").split()
    return len(words) == 3 and is_number(words[2]) and not is_number(words[1])


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_msr(questions: Path, answers: Path) -> tuple[Category, ...]:
    """MSR: line n of one file belongs to line n of the other; categories in order of appearance."""
    blocks: dict[str, list[Quadruple]] = {}
    triples, right = list(_fields(questions, 3, "a question")), list(_fields(answers, 2, "a category and an answer"))
    if len(triples) != len(right):
        raise CorpusError(
            f"{questions}: {len(triples):,} questions, but {len(right):,} answers in {answers.name}; "
            "line n of one belongs to line n of the other"
        )
    if not triples:
        raise CorpusError(f"{questions}: there are no questions; write three words a line")
    for number, ((a, a2, b), (category, b2)) in enumerate(zip(triples, right, strict=True), 1):
        _refuse_given_away([a, a2, b, b2], f"{questions}:{number}")
        blocks.setdefault(category, []).append((a, a2, b, b2))
    return tuple(Category.from_quadruples(name, quadruples) for name, quadruples in blocks.items())


def _fields(path: Path, width: int, what: str) -> Iterator[list[str]]:
    """The words of each line; empty lines count, but for those at the end, since line n belongs to line n."""
    lines = _without_end(TextFile(path)())
    for number, line in enumerate(lines, 1):
        words = line.split()
        if len(words) != width:
            raise CorpusError(f"{path}:{number}: {_count(words)} where {what} has {width}: {line[:QUOTED]!r}")
        yield words


def _without_end(lines: Iterable[str]) -> list[str]:
    """The lines without the empty ones at the end."""
    rows = list(lines)
    while rows and not rows[-1].strip():
        rows.pop()
    return rows
