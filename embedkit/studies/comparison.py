"""Comparisons of two spaces, or of a run over its training: computed once, and stored with the first run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embedkit.config import RESTRICT
from embedkit.errors import RunError, UsageError
from embedkit.progress import Steps, no_steps
from embedkit.runs.folder import Run, list_runs
from embedkit.spaces.reading import AS_IT_IS, Reading, options_of
from embedkit.studies.spaces import MAP_METHODS, map_space
from embedkit.studies.words import QUESTIONS, analogies, level_of

if TYPE_CHECKING:
    from embedkit.analysis.analogies.score_sheet import ScoreDifference
    from embedkit.analysis.comparison.churn import OverTraining
    from embedkit.analysis.comparison.two_spaces import Comparison
    from embedkit.spaces.space import EmbeddingSpace

WORDS = ("input", "output", "vectors")
"""Spaces whose points are words, so that analogies between words can be scored."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One of two spaces that are compared: the run that its results are stored with, and its name there."""

    run: Run
    which: str
    space: "EmbeddingSpace"

    @property
    def key(self) -> str:
        return f"{self.run.name}/{self.which}"

    @property
    def has_words(self) -> bool:
        return self.which in WORDS and level_of(self.run) != "char" and self.space.of_words


def subject(source: str | None, reading: Reading = AS_IT_IS, *, steps: Steps = no_steps) -> Subject:
    """A space by what a person types; `source` None is the newest run of words.

    Raises:
        UsageError, RunError, SpaceError: as `open_space`.
    """
    from embedkit.spaces.open import home_of, open_space

    options = options_of(reading)
    space = open_space(source, steps=steps, **options)
    run, which = home_of(source, steps=steps, **options)
    return Subject(run, which, space)


def beside(one: Subject) -> Subject:
    """What a space is compared with where nothing is named: the newest other run of words.

    Raises:
        RunError: there is none.
    """
    from embedkit.spaces.open import word_kinds

    others = [
        run for run in list_runs(kinds=word_kinds()) if run.finished and run.path.resolve() != one.run.path.resolve()
    ]
    if not others:
        train = "`embedkit train lm` or `embedkit train word2vec`"
        raise RunError(f"there is no other run of words to compare {one.key} with; name a space, or train one: {train}")
    return subject(others[-1].name)


def study_comparison(one: Subject, other: Subject, *, steps: Steps = no_steps, **options: Any) -> "Comparison":
    """Compare two spaces and store the comparison with the run of the first.

    Args:
        options: those of `embedkit.analysis.comparison.two_spaces.compare`.

    Raises:
        UsageError: it is the same space twice, or as `compare`.
    """
    from embedkit.analysis.comparison.stored import comparison_name, save_comparison
    from embedkit.analysis.comparison.two_spaces import compare

    if one.key == other.key:
        raise UsageError(f"{one.key} is the same space twice; name two")
    with steps(f"compare {one.key} with {other.key}") as show:
        comparison = compare(one.space, other.space, progress=show, **options)
        save_comparison(one.run, comparison_name(one.which, other.run, other.which), comparison)
    return comparison


def study_differences(one: Subject, other: Subject, *, steps: Steps = no_steps) -> "ScoreDifference | None":
    """How both spaces answer Google's analogies, and by how much they differ on the questions that both cover.

    None where one is not of words, or no question is covered by both.
    """
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.analogies.score_sheet import DIFFERENCES
    from embedkit.analysis.analogies.scoring import answer, difference
    from embedkit.corpora import questions_file

    if not (one.has_words and other.has_words):
        return None
    for side in (one, other):
        analogies(side.run, side.which, side.space, steps=steps)
    questions = AnalogySet.read(questions_file(QUESTIONS), name=QUESTIONS)
    with steps(f"the difference on {QUESTIONS}"):
        answers = [answer(side.space, questions, restrict=RESTRICT, methods=METHODS) for side in (one, other)]
        score_difference = difference(*answers)
    if not score_difference.covered:
        return None
    DIFFERENCES.save(one.run, score_difference)
    return score_difference


METHODS: Sequence[str] = ("3CosAdd", "3CosMul", "3CosAvg")
"""Methods whose accuracies are compared, beside the baseline."""


def study_maps(one: Subject, other: Subject, *, steps: Steps = no_steps) -> None:
    """The maps of both spaces that a report shows side by side, where they are not kept yet."""
    for side in (one, other):
        for method in MAP_METHODS:
            map_space(side.run, side.which, side.space, method, None, steps)


def study_over_training(run: Run, *, steps: Steps = no_steps, **options: Any) -> "OverTraining":
    """Follow a language model's input embeddings through its snapshots, and store the result with the run.

    Args:
        options: those of `embedkit.analysis.comparison.churn.over_training`.

    Raises:
        RunError: the run has no snapshots; the message says how to train with them.
    """
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.comparison.churn import over_training
    from embedkit.analysis.comparison.stored import OVER_TRAINING
    from embedkit.corpora import questions_file
    from embedkit.spaces.snapshots import load_snapshots, snapshot_steps

    questions = None
    if level_of(run) != "char":
        questions = AnalogySet.read(questions_file(QUESTIONS), name=QUESTIONS)
    with steps(f"{run.name} over its training: {len(snapshot_steps(run))} snapshots") as show:
        course = over_training(
            f"{run.name}/input",
            load_snapshots(run),
            questions=questions,
            restrict=RESTRICT,
            progress=show,
            **options,
        )
        OVER_TRAINING.save(run, course)
    return course
