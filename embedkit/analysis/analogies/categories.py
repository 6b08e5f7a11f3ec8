"""Pairs of words and the questions about them, by category: a is to a′ as b is to what?"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

from embedkit.errors import CorpusError

Quadruple = tuple[str, str, str, str]


@dataclass(frozen=True)
class Pair:
    """a : a′. Every one of `targets` is right as an answer; the first that a space has stands for a′.

    Raises:
        CorpusError: there is no target, or a word is empty.
    """

    source: str
    targets: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.targets or not all((self.source, *self.targets)):
            raise CorpusError(
                f"the pair of {self.source!r} and {'/'.join(self.targets)!r} lacks a word; write two beside each other"
            )


@dataclass(frozen=True)
class Category:
    """Pairs, each once, and questions (example, query): numbers of two of them.

    "example.source is to example.targets as query.source is to what?"

    Raises:
        CorpusError: a pair stands twice, or a question is about a pair that is not there or about one pair alone.
    """

    name: str
    pairs: tuple[Pair, ...]
    questions: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if len(set(self.pairs)) != len(self.pairs):
            raise CorpusError(f"category {self.name!r}: a pair stands twice; name it once")
        if any(not 0 <= number < len(self.pairs) for question in self.questions for number in question):
            raise CorpusError(
                f"category {self.name!r}: a question is about a pair that is not there; "
                f"number the {len(self.pairs)} pairs from 0"
            )
        for example, query in self.questions:
            if example == query:
                source = self.pairs[query].source
                raise CorpusError(f"category {self.name!r}: a question about {source!r} gives its answer; leave it out")

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
            example, query = (numbers.setdefault(Pair(x, (y,)), len(numbers)) for x, y in ((a, a2), (b, b2)))
            questions.append((example, query))
        return cls(name, tuple(numbers), tuple(questions))

    def quadruples(self) -> tuple[Quadruple, ...]:
        """The four words of each question, of several targets the first."""
        pairs = self.pairs
        return tuple(
            (pairs[example].source, pairs[example].targets[0], pairs[query].source, pairs[query].targets[0])
            for example, query in self.questions
        )
