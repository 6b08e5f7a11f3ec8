"""Score a space on analogy questions by every method, and two spaces on the same questions.

Every method answers the same covered questions with the same words excluded, so that their accuracies differ by what
they do and by nothing else.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from embedkit.analysis.analogies.answer_sheet import AnswerSheet
from embedkit.analysis.analogies.consistency import consistency
from embedkit.analysis.analogies.coverage import CoveredQuestions, cover
from embedkit.analysis.analogies.landings import Landings, land
from embedkit.analysis.analogies.methods import METHODS
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import BASELINE, AnalogyScore, MacroScore, ScoreDifference
from embedkit.analysis.analogies.tallies import Tallies, by_draw, paired, part_scores
from embedkit.analysis.intervals import Estimate, estimate
from embedkit.analysis.neighbors import restricted
from embedkit.config import RESTRICT
from embedkit.errors import UsageError, unknown
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace
from embedkit.text.words import mostly_lowercase

DRAWS = 5
"""How often a method that draws something, as LRCos its random words, answers all questions."""


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
        seed: of the words that LRCos takes as negatives, which are drawn `DRAWS` times, and of the shuffles of
            consistency.

    Raises:
        UsageError: restrict is below 1, or there is no such method.
    """
    among = restricted(space, restrict)
    names = list(METHODS) if methods is None else chosen(methods)
    if lowercase is None:
        lowercase = mostly_lowercase(space.labels[:among])
    coverage = cover(space, question_set, among, lowercase)
    questions = coverage.questions
    unit = space.unit_rows(slice(among))
    landings = _by_draw(unit, space.rows(slice(among)), questions, names, seed, progress)
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


def _by_draw(
    unit: np.ndarray,
    vectors: np.ndarray,
    questions: CoveredQuestions,
    names: Sequence[str],
    seed: int,
    progress: Progress,
) -> dict[str, tuple[Landings, ...]]:
    """Where the questions land by each method, once for each draw of one that draws something."""
    drawing = [name for name in names if METHODS[name].draws]
    draws = DRAWS if drawing else 1
    landed = [
        land(
            *(unit, vectors, questions),
            methods=drawing if draw else names,
            seed=DRAWS * seed + draw,
            progress=lambda share, doing="", draw=draw: progress((draw + share) / draws, doing),
        )
        for draw in range(draws)
    ]
    return {name: tuple(each[name] for each in landed if name in each) for name in names}


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
    tallies = Tallies(answers)
    covered = estimate(tallies.categories(np.concatenate([tallies.right, tallies.gain], axis=1)))
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
        parts=part_scores(answers, tallies),
        seed=answers.seed,
        source=answers.question_set.source,
        checksum=answers.question_set.checksum,
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
        one.right(method)[:, both[one.coverage.mask]].astype(float) - other.right(method)[:, both[other.coverage.mask]]
        for method in methods
    ]
    categories = paired(one.question_set, one.coverage, both, by_draw(rows), lowest=-1)
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
        source=one.question_set.source,
        checksum=one.question_set.checksum,
    )
