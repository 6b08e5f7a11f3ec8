"""Word analogies: a is to b as c is to d, answered by 3CosAdd and scored with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from embedkit.analysis.bootstrap import Interval, PairedQuestions, intervals
from embedkit.analysis.cosadd import Landings, land
from embedkit.analysis.neighbors import Answer, largest, restricted, rows_of
from embedkit.analysis.questions import AnalogySet, Question
from embedkit.config import RESTRICT
from embedkit.errors import UsageError
from embedkit.spaces.space import EmbeddingSpace

__all__ = [
    "AnalogyAnswer",
    "AnalogyScore",
    "AnalogySet",
    "Answer",
    "CategoryScore",
    "Interval",
    "parse_expression",
    "score",
    "solve",
]


@dataclass(frozen=True)
class CategoryScore:
    """`correct` of `covered` of `total` questions; accuracy is correct / covered, None where nothing is covered."""

    name: str
    correct: int
    covered: int
    total: int
    interval: Interval | None
    honest_correct: int  # right with nothing excluded from the ranking
    honest_query_words: int = 0  # with nothing excluded, the best word is a, b or c itself

    @property
    def accuracy(self) -> float | None:
        return self.correct / self.covered if self.covered else None

    @property
    def strict_accuracy(self) -> float:
        """Uncovered questions count as wrong."""
        return self.correct / self.total if self.total else 0.0

    @property
    def coverage(self) -> float:
        return self.covered / self.total if self.total else 0.0


@dataclass(frozen=True)
class AnalogyScore:
    """One space on one question set: a row a category, and all questions together (micro average)."""

    space: str
    questions: str
    method: str
    restrict: int | None  # how many of the most frequent words may answer; None for all
    vocabulary: int  # words of the space after restriction
    categories: tuple[CategoryScore, ...]
    overall: CategoryScore
    resamples: int
    seed: int
    lowercase: bool = False  # the questions were lower-cased before they were looked up


@dataclass(frozen=True)
class AnalogyAnswer:
    """The answers to one question `b - a + c`: the query words excluded, and the honest ranking beside it."""

    positive: tuple[str, ...]
    negative: tuple[str, ...]
    restrict: int | None
    vocabulary: int
    answers: tuple[Answer, ...]
    honest: tuple[Answer, ...]


def parse_expression(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words added and the words taken away.

    Signs stand between spaces, since words such as "twenty-two" hold them too. Three words without a sign are
    a, b, c of "a is to b as c is to ?".

    >>> parse_expression("king - man + woman")
    (('king', 'woman'), ('man',))
    >>> parse_expression("man king woman")
    (('king', 'woman'), ('man',))

    Raises:
        UsageError: it is neither.
    """
    tokens = text.split()
    if len(tokens) == 3 and not set(tokens) & {"+", "-"}:
        a, b, c = tokens
        return (b, c), (a,)
    if tokens and tokens[0] not in ("+", "-"):
        tokens = ["+", *tokens]
    signs, words = tokens[::2], tokens[1::2]
    if len(signs) != len(words) or len(words) < 2 or set(signs) - {"+", "-"} or set(words) & {"+", "-"}:
        raise UsageError(
            f"cannot read {text!r}; write 'king - man + woman' with spaces around the signs, or 'man king woman'"
        )
    signed = list(zip(signs, words, strict=True))
    return tuple(w for sign, w in signed if sign == "+"), tuple(w for sign, w in signed if sign == "-")


def solve(
    space: EmbeddingSpace,
    positive: Sequence[str],
    negative: Sequence[str],
    *,
    k: int = 10,
    restrict: int | None = RESTRICT,
) -> AnalogyAnswer:
    """Rank words by their cosine with the sum of the unit vectors of `positive` less those of `negative`.

    The ranking is 3CosAdd's. The query words may come from the whole space; only the first `restrict` may answer.
    Of equal cosines the word that stands first, the more frequent one, wins.

    Raises:
        UsageError: a word is unknown (its nearest spellings are named), the words cancel out, or k or restrict
            is below 1.
    """
    among = restricted(space, restrict)
    if k < 1:
        raise UsageError(f"k is {k}; ask for at least one answer")
    added, taken = rows_of(space, positive), rows_of(space, negative)
    query = space.unit[added].sum(axis=0, dtype=np.float64) - space.unit[taken].sum(axis=0, dtype=np.float64)
    length = np.linalg.norm(query)
    # Unit vectors in float32 that cancel out leave a rest of about 1e-7.
    if length < 1e-6:
        raise UsageError(f"{' + '.join(positive)} less {' + '.join(negative)} is nothing; use other words")
    cosines = space.unit[:among] @ (query / length).astype(np.float32)
    query_words = {*added, *taken}

    def ranked(rows: np.ndarray) -> tuple[Answer, ...]:
        return tuple(Answer(space.labels[i], float(cosines[i])) for i in rows)

    best = largest(cosines[None, :], min(k + len(query_words), among))[0][0]
    return AnalogyAnswer(
        positive=tuple(positive),
        negative=tuple(negative),
        restrict=restrict,
        vocabulary=among,
        answers=ranked(best[~np.isin(best, list(query_words))][:k]),
        honest=ranked(best[:k]),
    )


def score(
    space: EmbeddingSpace,
    questions: AnalogySet,
    *,
    restrict: int | None = RESTRICT,
    lowercase: bool | None = None,
    resamples: int = 2000,
    seed: int = 0,
    on_questions: Callable[[int], None] | None = None,
) -> AnalogyScore:
    """Score a space on a set of analogy questions.

    A question is covered when all four words are among the first `restrict`; it is right when the expected word
    ranks first, the query words excluded. Of equal scores the word that stands first wins.

    Args:
        lowercase: lower-case the questions first. By default so where fewer than one label in a hundred holds
            a capital. Labels are taken as they are; on a lower-case space this covers and answers what gensim's
            `evaluate_word_analogies` does, which upper-cases both sides.
        resamples: bootstrap draws for the 95 % intervals.
        on_questions: called with the number of questions answered since the last call.

    Raises:
        UsageError: restrict is below 1.
    """
    among = restricted(space, restrict)
    if lowercase is None:
        lowercase = mostly_lowercase(space.labels[:among])
    rows = {name: rows_of_questions(space, asked, among, lowercase) for name, asked in questions.categories.items()}
    covered = np.concatenate(list(rows.values()))
    landings = land(space.unit[:among], covered, on_questions=on_questions)
    ends = np.cumsum([0, *(len(r) for r in rows.values())])
    parts = [slice(begin, end) for begin, end in pairwise(ends)]
    right = landings.excluded == covered[:, 3]
    paired = [pair_up(covered[part], right[part]) for part in parts]
    each, together = intervals(paired, resamples=resamples, seed=seed)
    totals = [len(asked) for asked in questions.categories.values()]
    return AnalogyScore(
        space=space.name,
        questions=questions.name,
        method="3CosAdd",
        restrict=restrict,
        vocabulary=among,
        categories=tuple(
            _category(name, covered[part], landings, part, total, interval)
            for name, part, total, interval in zip(rows, parts, totals, each, strict=True)
        ),
        overall=_category("all", covered, landings, slice(None), sum(totals), together),
        resamples=resamples,
        seed=seed,
        lowercase=lowercase,
    )


def mostly_lowercase(labels: Sequence[str]) -> bool:
    """Fewer than one label in a hundred holds a capital letter."""
    return sum(label != label.lower() for label in labels) * 100 < len(labels)


def rows_of_questions(space: EmbeddingSpace, questions: Sequence[Question], among: int, lowercase: bool) -> np.ndarray:
    """The covered questions as (Q, 4) rows of the space, in order."""
    covered = []
    for question in questions:
        rows = [space.index_of(word.lower() if lowercase else word) for word in question]
        if all(row is not None and row < among for row in rows):
            covered.append(rows)
    return np.array(covered, dtype=np.int64).reshape(-1, 4)


def pair_up(rows: np.ndarray, right: np.ndarray) -> PairedQuestions:
    """Number the distinct pairs (a, b) and (c, d) of (Q, 4) rows."""
    pairs, ends = np.unique(rows.reshape(-1, 2), axis=0, return_inverse=True)
    return PairedQuestions(ends=ends.reshape(-1, 2), pairs=len(pairs), right=right)


def _category(
    name: str, rows: np.ndarray, landings: Landings, part: slice, total: int, interval: Interval | None
) -> CategoryScore:
    expected, honest = rows[:, 3], landings.honest[part]
    return CategoryScore(
        name=name,
        correct=int((landings.excluded[part] == expected).sum()),
        covered=len(rows),
        total=total,
        interval=interval,
        honest_correct=int((honest == expected).sum()),
        honest_query_words=int((honest[:, None] == rows[:, :3]).any(axis=1).sum()),
    )
