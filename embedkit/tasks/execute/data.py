"""Small Python programs without end, each with what it prints: the family of Zaremba & Sutskever 2014.

Learning to Execute, arXiv:1410.4615, section 3. The length is the number of digits of the integers, which are drawn
from 1 to 10^length − 1; the nesting is how many operations are combined. An operation takes the result of the one
before as one of its operands, and fresh integers for the others. One operand of a multiplication and the rounds of a
loop are drawn from 1 to 4 · length, so that a program can be worked out in one pass from left to right.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from embedkit.corpora.parallel import held_out_split
from embedkit.runs.folder import Run
from embedkit.tasks.execute.canonical import canonical
from embedkit.tasks.execute.interpreter import VARIABLES, interpret

CITATION = "Zaremba & Sutskever 2014, Learning to Execute, arXiv:1410.4615, section 3"
_SAMPLE_SEED = 1
_TRIES = 40
"""Draws for each program of a held-out split, which has one in twenty."""


@dataclass(frozen=True)
class Program:
    """A program, what it prints, and how difficult it is; a sum has the length of its numbers and nesting 1."""

    text: str
    answer: str
    length: int
    nesting: int


@dataclass(frozen=True)
class _Piece:
    """Statements and an expression after them; `loose` where the expression needs brackets as an operand."""

    lines: tuple[str, ...]
    expression: str
    loose: bool = False

    @property
    def operand(self) -> str:
        """The expression, in brackets where it needs them."""
        return f"({self.expression})" if self.loose else self.expression


Draw = Callable[[Random, int, int], str]
"""A generator, a length and a nesting → the text of a program."""


def draw_program(random: Random, length: int, nesting: int) -> str:
    """A program of so many operations."""
    piece = _Piece((), str(_integer(random, length)))
    for _ in range(nesting):
        piece = random.choice(_OPERATIONS)(random, length, piece)
    text = "\n".join([*piece.lines, f"print({piece.expression})"])
    # Capitals stand for variables until here.
    count = sum(line[0] in _PLACES for line in piece.lines)
    names = "".join(random.sample(VARIABLES, count))
    return text.translate(str.maketrans(_PLACES[:count], names))


def draw_sum(random: Random, length: int, _nesting: int) -> str:
    """A sum of two numbers of at most `length` digits, zero among them."""
    one, other = (random.randrange(10**length) for _ in range(2))
    return f"{one}+{other}"


TASKS: Mapping[str, Draw] = {"programs": draw_program, "addition": draw_sum}


def draw(task: str, random: Random, length: int, nesting: int, split: str) -> Program:
    """A random program of a split: 90, 5 and 5 % of all are train, valid and test, by a hash of what they compute.

    No program of one split is in another in any of the ways to write it that `canonical` names.
    """
    while True:
        text = TASKS[task](random, length, nesting)
        if split_of(text) == split:
            return _program(text, length, nesting)


def split_of(text: str) -> str:
    """The split of a program of the generator."""
    return held_out_split(canonical(text))


def distinct(task: str, random: Random, length: int, nesting: int, split: str, count: int) -> list[Program]:
    """Up to `count` different programs of a split: fewer where there are not so many of so small a difficulty."""
    return [program for _, program in _drawn(task, random, length, nesting, split, count, _TRIES * count)]


def counts_that_give(n: int, task: str, random: Random, length: int, nesting: int, split: str, *, most: int) -> range:
    """Every `count` up to `most` for which `distinct` gives so many programs; more than one where it draws too few."""
    draws = [draw for draw, _ in _drawn(task, random, length, nesting, split, n + 1, _TRIES * most)]
    if n < 1 or len(draws) < n:
        return range(0)
    least = max(n, -(-draws[n - 1] // _TRIES))
    greatest = most if len(draws) == n else max(n, -(-draws[n] // _TRIES) - 1)
    return range(least, greatest + 1)


def _drawn(
    task: str, random: Random, length: int, nesting: int, split: str, count: int, draws: int
) -> Iterator[tuple[int, Program]]:
    """The first `count` different programs of a split in so many draws, each with the number of its draw from 1."""
    texts: set[str] = set()
    for draw_number in range(1, draws + 1):
        if len(texts) == count:
            return
        text = TASKS[task](random, length, nesting)
        if text not in texts and split_of(text) == split:
            texts.add(text)
            yield draw_number, _program(text, length, nesting)


def _program(text: str, length: int, nesting: int) -> Program:
    return Program(text, str(interpret(text)), length, nesting)


def checksum(task: str) -> str:
    """A SHA-256 over some programs of the generator, by which a change of it is noticed."""
    random = Random(_SAMPLE_SEED)
    programs = [
        draw(task, random, length, nesting, "train") for length in (1, 3) for nesting in (1, 3) for _ in range(50)
    ]
    text = "\n".join(f"{program.text}\n{program.answer}" for program in programs)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def origin(task: str) -> dict[str, str | None]:
    """The corpus of a run's provenance: name, source, checksum, licence, citation."""
    return {
        "name": task,
        "source": "made here",
        "checksum": checksum(task),
        "licence": "none needed: drawn at random",
        "citation": CITATION,
    }


_PLACES = "ABCDEFGHIJ"


def _integer(random: Random, length: int) -> int:
    return random.randint(1, 10**length - 1)


def _small(random: Random, length: int) -> int:
    return random.randint(1, 4 * length)


def _variable(piece: _Piece) -> str:
    """The first place of a variable that the piece does not use yet."""
    return _PLACES[sum(line[0] in _PLACES for line in piece.lines)]


def _either_way(random: Random, piece: _Piece, other: str) -> tuple[str, str]:
    """The two operands in a random order."""
    return (piece.operand, other) if random.random() < 0.5 else (other, piece.operand)


def _pair(random: Random, length: int, piece: _Piece) -> _Piece:
    left, right = _either_way(random, piece, str(_integer(random, length)))
    return _Piece(piece.lines, f"({left}{random.choice('+-')}{right})")


def _product(random: Random, length: int, piece: _Piece) -> _Piece:
    left, right = _either_way(random, piece, str(_small(random, length)))
    return _Piece(piece.lines, f"({left}*{right})")


def _assigned(random: Random, length: int, piece: _Piece) -> _Piece:
    name, other = _variable(piece), str(_integer(random, length))
    return _Piece((*piece.lines, f"{name}={piece.expression}"), f"({name}{random.choice('+-')}{other})")


def _loop(random: Random, length: int, piece: _Piece) -> _Piece:
    name, other = _variable(piece), str(_integer(random, length))
    start, step = (piece.expression, other) if random.random() < 0.5 else (other, piece.expression)
    body = f"for x in range({_small(random, length)}):{name}{random.choice('+-')}={step}"
    return _Piece((*piece.lines, f"{name}={start}", body), name)


def _choice(random: Random, length: int, piece: _Piece) -> _Piece:
    operands = [piece.operand, *(str(_integer(random, length)) for _ in range(3))]
    then, left, right, otherwise = random.sample(operands, 4)
    return _Piece(piece.lines, f"{then} if {left}{random.choice('<>')}{right} else {otherwise}", loose=True)


_OPERATIONS: tuple[Callable[[Random, int, _Piece], _Piece], ...] = (_pair, _product, _assigned, _loop, _choice)


def checksum_of(run: Run) -> str:
    """The checksum of the programs that this version makes for a run."""
    return checksum(run.config["training"]["task"])


def split_by_another_version(run: Run) -> bool:
    """Whether the programs that this version holds out may be among those that the run was trained on."""
    return bool(run.provenance["corpus"]["checksum"] != checksum_of(run))
