"""Score a space on analogy questions by every method, and two spaces on the same questions.

Every method answers the same covered questions with the same words excluded, so that their accuracies differ by what
they do and by nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from embedkit.analysis.analogies.consistency import Consistency, consistency
from embedkit.analysis.analogies.coverage import Coverage, CoveredQuestions, cover, mostly_lowercase
from embedkit.analysis.analogies.landings import Landings, land
from embedkit.analysis.analogies.methods import METHODS
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import (
    BASELINE,
    COSINE,
    RANK,
    AnalogyScore,
    CategoryScore,
    MacroScore,
    MethodScore,
    PartScore,
    ScoreDifference,
)
from embedkit.analysis.intervals import Estimate, PairedOutcomes, estimate
from embedkit.analysis.neighbors import restricted
from embedkit.config import RESTRICT
from embedkit.errors import UsageError, unknown
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace

RANKS = (1_000, 3_000, 10_000, 30_000, 100_000)
"""Where answers are parted by how frequent they are: their rank in the space."""
PARTS = 4
"""How many parts, of equally many questions each, there are by the cosine of b and b′."""


@dataclass(frozen=True, eq=False)
class AnswerSheet:
    """A space's answers, question by question: what a score sheet and a comparison are made from.

    Attributes:
        restrict, vocabulary, lowercase, seed: as in `AnalogyScore`.
        landings: by method, over the Q covered questions, in the order of the set.
        cosine: (Q,) that of b and b′.
        rank: (Q,) the answer's place in the space, from 1.
        consistencies: one a category.
    """

    space: str
    question_set: AnalogySet
    restrict: int | None
    vocabulary: int
    lowercase: bool
    coverage: Coverage
    landings: Mapping[str, Landings]
    cosine: np.ndarray
    rank: np.ndarray
    consistencies: tuple[Consistency | None, ...]
    seed: int

    @property
    def questions(self) -> CoveredQuestions:
        """The Q covered ones."""
        return self.coverage.questions

    def right(self, method: str) -> np.ndarray:
        """(Q,) whether the best word, a, a′ and b excluded, is a right answer."""
        return _hits(self.landings[method].best, self.questions.answers)


def answer(
    space: EmbeddingSpace,
    question_set: AnalogySet,
    *,
    restrict: int | None = RESTRICT,
    lowercase: bool | None = None,
    methods: Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> AnswerSheet:
    """Answer every covered question by every method.

    A question is covered when a, b, an answer to a and one to b are among the first `restrict` words. Of equal scores
    the word that stands first, the more frequent one, wins.

    Args:
        lowercase: lower-case the questions first. By default so where fewer than one label in a hundred holds
            a capital. Labels are taken as they are.
        methods: names of `methods.METHODS`, by default all; the baseline is always among them.
        seed: of the words that LRCos takes as negatives, and of the shuffles of consistency.

    Raises:
        UsageError: restrict is below 1, or there is no such method.
    """
    among = restricted(space, restrict)
    names = list(METHODS) if methods is None else chosen(methods)
    if lowercase is None:
        lowercase = mostly_lowercase(space.labels[:among])
    coverage = cover(space, question_set, among, lowercase)
    questions = coverage.questions
    unit = space.unit[:among]
    landings = land(unit, space.vectors[:among], questions, methods=names, seed=seed, progress=progress)
    first = questions.answers[:, 0]
    return AnswerSheet(
        space=space.name,
        question_set=question_set,
        restrict=restrict,
        vocabulary=among,
        lowercase=lowercase,
        coverage=coverage,
        landings=landings,
        cosine=np.einsum("qd,qd->q", unit[questions.b], unit[first]),
        rank=first + 1,
        consistencies=tuple(
            consistency(unit, questions, number, seed=seed) for number in range(len(question_set.categories))
        ),
        seed=seed,
    )


def chosen(methods: Sequence[str]) -> list[str]:
    """These methods and the baseline, in the order of `METHODS`.

    Raises:
        UsageError: there is no such method, or none is named.
    """
    for name in methods:
        if name not in METHODS:
            raise unknown("method", name, METHODS)
    if not methods:
        raise UsageError(f"name a method: {', '.join(METHODS)}")
    return [name for name in METHODS if name in methods or name == BASELINE]


def score(space: EmbeddingSpace, question_set: AnalogySet, **options: Any) -> AnalogyScore:
    """`answer` and `sheet` in one: score a space on a set of analogy questions. The options are those of `answer`."""
    return sheet(answer(space, question_set, **options))


def sheet(answers: AnswerSheet) -> AnalogyScore:
    """The score sheet of some answers, with 95 % intervals over word pairs."""
    tallies = _Tallies(answers)
    covered = estimate(tallies.categories(np.vstack([tallies.right, tallies.gain])))
    strict = estimate(tallies.strict())
    half = len(tallies.methods)
    names = [category.name for category in answers.question_set.categories]
    return AnalogyScore(
        space=answers.space,
        questions=answers.question_set.name,
        restrict=answers.restrict,
        vocabulary=answers.vocabulary,
        lowercase=answers.lowercase,
        categories=tuple(
            tallies.category(name, number, covered.categories[number], strict.categories[number])
            for number, name in enumerate(names)
        ),
        micro=tallies.category("all", None, covered.micro, strict.micro),
        macro=tuple(
            MacroScore(method, covered.macro[i], None if method == BASELINE else covered.macro[half + i])
            for i, method in enumerate(tallies.methods)
            if covered.macro
        ),
        parts=_parts(answers, tallies),
        seed=answers.seed,
    )


def difference(one: AnswerSheet, other: AnswerSheet) -> ScoreDifference:
    """How much better `one` answers than `other`, on the questions that both cover, pair by pair.

    Raises:
        UsageError: the two were asked other questions, or have no method in common.
    """
    if one.question_set != other.question_set:
        raise UsageError(
            f"{one.question_set.name} and {other.question_set.name} are two question sets; compare on the same one"
        )
    methods = tuple(method for method in one.landings if method in other.landings)
    both = one.coverage.mask & other.coverage.mask
    rows = [
        one.right(method)[both[one.coverage.mask]].astype(float) - other.right(method)[both[other.coverage.mask]]
        for method in methods
    ]
    categories = _paired(one.question_set, one.coverage, both, np.array(rows).reshape(len(methods), -1), lowest=-1)
    estimates = estimate(categories)

    def by_method(row: Sequence[Estimate] | None) -> dict[str, Estimate]:
        return dict(zip(methods, row or (), strict=False))

    return ScoreDifference(
        one=one.space,
        other=other.space,
        questions=one.question_set.name,
        covered=int(both.sum()),
        total=len(one.question_set),
        micro=by_method(estimates.micro),
        macro=by_method(estimates.macro),
        categories={
            category.name: by_method(row)
            for category, row in zip(one.question_set.categories, estimates.categories, strict=True)
        },
    )


class _Tallies:
    """Right and wrong of every method, question by question, in the shapes that scores and intervals need."""

    def __init__(self, answers: AnswerSheet) -> None:
        self.answers = answers
        self.methods = tuple(answers.landings)
        self.right = np.array([answers.right(method) for method in self.methods], dtype=float)
        self.gain = self.right - self.right[self.methods.index(BASELINE)]

    def categories(self, rows: np.ndarray) -> list[PairedOutcomes]:
        """(2M, Q) accuracies and gains over the covered questions, by category."""
        coverage = self.answers.coverage
        lowest = np.repeat([0, -1], len(self.methods))
        return _paired(self.answers.question_set, coverage, coverage.mask, rows, lowest)

    def strict(self) -> list[PairedOutcomes]:
        """(M, T) over all questions: the uncovered ones are wrong."""
        coverage = self.answers.coverage
        mask = coverage.mask
        rows = np.zeros((len(self.methods), len(mask)))
        rows[:, mask] = self.right
        return _paired(self.answers.question_set, coverage, np.ones_like(mask), rows, lowest=0)

    def category(
        self, name: str, number: int | None, covered: Sequence[Estimate] | None, strict: Sequence[Estimate] | None
    ) -> CategoryScore:
        """A row of the sheet; `number` is that of a category, None for all questions."""
        coverage, categories = self.answers.coverage, self.answers.question_set.categories
        own = categories if number is None else (categories[number],)
        part = slice(None) if number is None else coverage.covered_parts[number]
        counts = coverage.covered_pairs
        return CategoryScore(
            name=name,
            covered=len(self.right[0, part]),
            total=sum(len(category.questions) for category in own),
            covered_pairs=sum(counts) if number is None else counts[number],
            pairs=sum(len(category.pairs) for category in own),
            chance=self._chance(part),
            methods=tuple(
                self._method(i, part, covered[i], covered[len(self.methods) + i], strict[i])
                for i in range(len(self.methods))
                if covered and strict
            ),
            consistency=None if number is None else self.answers.consistencies[number],
        )

    def _method(self, i: int, part: slice, accuracy: Estimate, gain: Estimate, strict: Estimate) -> MethodScore:
        questions, landings = self.answers.questions, self.answers.landings[self.methods[i]]
        honest = landings.honest[part]
        a, a2, b = (int((honest == words[part]).sum()) for words in (questions.a, questions.a2, questions.b))
        return MethodScore(
            method=self.methods[i],
            correct=int(self.right[i, part].sum()),
            accuracy=accuracy,
            gain=None if self.methods[i] == BASELINE else gain,
            strict=strict,
            honest_correct=int(_hits(honest, questions.answers[part]).sum()),
            honest_query=(a, a2, b),
            median_rank=float(np.median(landings.rank[part])),
        )

    def _chance(self, part: slice) -> float | None:
        """The mean share of right answers among the words that may answer."""
        questions = self.answers.questions
        excluded = np.stack([questions.a, questions.a2, questions.b], axis=1)[part]
        if not len(excluded):
            return None
        answers = questions.answers[part]
        impossible = (answers[:, :, None] == excluded[:, None, :]).any(axis=2) | (answers < 0)
        distinct = np.array([len(set(row)) for row in excluded.tolist()])
        return float(((~impossible).sum(axis=1) / np.maximum(self.answers.vocabulary - distinct, 1)).mean())


def _paired(
    question_set: AnalogySet, coverage: Coverage, mask: np.ndarray, rows: np.ndarray, lowest: np.ndarray | int
) -> list[PairedOutcomes]:
    """(M, Q) outcomes of the Q questions of the (T,) mask, by category; only the pairs of these are numbered."""
    outcomes, begin = [], 0
    for category, part in zip(question_set.categories, coverage.parts, strict=True):
        ends = np.array(category.questions, dtype=np.int64).reshape(-1, 2)[mask[part]]
        pairs, numbers = np.unique(ends, return_inverse=True)
        numbers = numbers.reshape(ends.shape)
        outcomes.append(
            PairedOutcomes(
                example=numbers[:, 0],
                query=numbers[:, 1],
                pairs=len(pairs),
                outcomes=rows[:, begin : begin + len(ends)],
                lowest=lowest,
            )
        )
        begin += len(ends)
    return outcomes


def _parts(answers: AnswerSheet, tallies: _Tallies) -> tuple[PartScore, ...]:
    """Accuracies by the cosine of b and b′, in parts of equally many questions, and by the answer's rank."""
    if not len(answers.rank):
        return ()
    edges = np.unique(np.quantile(answers.cosine, np.linspace(0, 1, PARTS + 1)))
    inside = sum(rank < answers.vocabulary for rank in RANKS)
    ranks = [0, *RANKS[: inside + 1], *([answers.vocabulary] if inside == len(RANKS) else [])]
    bins: list[tuple[str, float, float, np.ndarray]] = []
    for i, (low, high) in enumerate(pairwise(edges.tolist())):
        above = (answers.cosine > low) | (i == 0)
        bins.append((COSINE, low, high, above & (answers.cosine <= high)))
    for low, high in pairwise(ranks):
        bins.append((RANK, low + 1, high, (answers.rank > low) & (answers.rank <= high)))
    coverage = answers.coverage
    scores = []
    for by, low, high, members in bins:
        mask = coverage.mask.copy()
        mask[coverage.mask] = members
        rows = _paired(answers.question_set, coverage, mask, tallies.right[:, members], lowest=0)
        micro = estimate(rows).micro
        if micro:
            accuracy = dict(zip(tallies.methods, micro, strict=True))
            scores.append(PartScore(by, low, high, int(members.sum()), accuracy))
    return tuple(scores)


def _hits(best: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """(Q,) whether `best` is one of the (Q, M) answers, which are padded with -1."""
    return (best >= 0) & (best[:, None] == answers).any(axis=1)
