"""What a report of a language model needs: its spaces of words, samples of its text, and a trace."""

from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.studies.words import study_words
from embedkit.tasks.language_model import samples


def study(run: Run, map_points: int | None, steps: Steps) -> None:
    study_words(run, map_points, steps)
    samples.sample_texts(run, steps)
    samples.trace_sentence(run, steps)
