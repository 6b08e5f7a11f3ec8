"""The spaces of words of a run: their maps, their clusters, their scores on analogies."""

from typing import TYPE_CHECKING

from embedkit.config import RESTRICT
from embedkit.progress import Steps, no_steps
from embedkit.runs.folder import Run
from embedkit.studies.clusters import study_clusters
from embedkit.studies.columns import study_columns
from embedkit.studies.spaces import MAP_METHODS, MAP_POINTS, map_space, study_space

if TYPE_CHECKING:
    from embedkit.analysis.analogies.score_sheet import AnalogyScore
    from embedkit.spaces.space import EmbeddingSpace

QUESTIONS = "google-analogies"


def study_words(run: Run, map_points: int | None, steps: Steps, *, stratify: str | None = None) -> None:
    """Make what a report needs of each of a run's spaces of words: maps, clusters, what it is organised by, and scores
    on analogies."""
    for which in distinct_spaces(run):
        space = study_space(run, which, steps)
        for method in MAP_METHODS:
            map_space(run, which, space, method, map_points, steps, stratify=stratify)
        study_columns(run, which, space, steps)
        study_clusters(run, which, space, most=MAP_POINTS, points=map_points, stratify=stratify, steps=steps)
        if level_of(run) != "char" and space.of_words:
            analogies(run, which, space, steps=steps)


def distinct_spaces(run: Run) -> tuple[str, ...]:
    """The names of a run's distinct spaces of words: tied embeddings are one."""
    spaces = run.task.word_spaces
    return spaces[:1] if run.config.get("model", {}).get("tied") else spaces


def level_of(run: Run) -> str:
    """The level of the tokens in a run's spaces of words: "word", "bpe" or "char"."""
    return str(run.config.get("model", {}).get("level", "word"))


def analogies(run: Run, which: str, space: "EmbeddingSpace", *, steps: Steps = no_steps) -> "AnalogyScore":
    """The score of a run's space on Google's questions by all methods, computed and saved the first time, and anew
    where what is kept was asked in another way."""
    from embedkit.analysis.analogies.methods import METHODS
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.analogies.score_sheet import SCORE_SHEETS
    from embedkit.analysis.analogies.scoring import score
    from embedkit.analysis.neighbors import restricted
    from embedkit.corpora import questions_file
    from embedkit.text.words import mostly_lowercase

    name = f"{which}-{QUESTIONS}"
    stored = SCORE_SHEETS.load_or_none(run, name)
    if stored is not None:
        methods = [row.method for row in stored.micro.methods] or list(METHODS)  # none where no question is covered
        lowercase = mostly_lowercase(space.labels[: restricted(space, RESTRICT)])
        if (stored.restrict, stored.lowercase, methods) == (RESTRICT, lowercase, list(METHODS)):
            return stored
    with steps(f"{run.name}: score the {which} space on {QUESTIONS}") as show:
        questions = AnalogySet.read(questions_file(QUESTIONS), name=QUESTIONS)
        sheet = score(space, questions, restrict=RESTRICT, progress=show)
        SCORE_SHEETS.save(run, sheet)
    return sheet
