"""The spaces of words of a run: their maps, their clusters, their scores on analogies."""

from typing import TYPE_CHECKING

from embedkit.config import RESTRICT
from embedkit.progress import OnStep, silent
from embedkit.runs.folder import Run
from embedkit.studies.clusters import study_clusters
from embedkit.studies.spaces import MAP_METHODS, MAP_POINTS, map_space, study_space
from embedkit.tasks.language_model import samples

if TYPE_CHECKING:
    from embedkit.analysis.analogies.scores import AnalogyScore
    from embedkit.spaces.space import EmbeddingSpace

QUESTIONS = "google-analogies"


def study(run: Run, map_points: int | None, on_step: OnStep) -> None:
    for which in spaces_of(run):
        space = study_space(run, which, on_step)
        for method in MAP_METHODS:
            map_space(run, which, space, method, map_points, on_step)
        study_clusters(run, which, space, most=MAP_POINTS, points=map_points, on_step=on_step)
        if level_of(run) != "char":
            analogies(run, which, space, on_step=on_step)
    if run.kind == "language-model":
        samples.sample_texts(run, on_step)
        samples.trace_sentence(run, on_step)


def spaces_of(run: Run) -> tuple[str, ...]:
    """The names of a run's distinct spaces: tied embeddings are one."""
    from embedkit.spaces.open import SPACES

    tied = run.kind == "language-model" and run.config["model"]["tied"]
    return SPACES[run.kind][:1] if tied else SPACES[run.kind]


def level_of(run: Run) -> str:
    """What the points of a run's spaces are: "word", "bpe" or "char"."""
    return str(run.config["model"]["level"]) if run.kind == "language-model" else "word"


def analogies(run: Run, which: str, space: "EmbeddingSpace", *, on_step: OnStep = silent) -> "AnalogyScore":
    """The score of a run's space on Google's questions, computed and saved the first time."""
    from embedkit.analysis.analogies.questions import AnalogySet
    from embedkit.analysis.analogies.scores import SCORE_SHEETS
    from embedkit.analysis.analogies.scoring import score
    from embedkit.corpora import questions_file

    name = f"{which}-{QUESTIONS}"
    if name in run.artefacts("analogies", ".json"):
        saved = SCORE_SHEETS.load(run, name)
        if saved.restrict == RESTRICT:
            return saved
    with on_step(f"{run.name}: score the {which} space on {QUESTIONS}") as show:
        questions = AnalogySet.read(questions_file(QUESTIONS), name=QUESTIONS)
        found = score(space, questions, restrict=RESTRICT, on_progress=show)
        SCORE_SHEETS.save(run, found)
    return found
