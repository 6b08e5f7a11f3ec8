"""What a report of a language model needs: its spaces of words, samples of its text, and a trace."""

from embedkit.progress import OnStep
from embedkit.runs.folder import Run
from embedkit.studies.words import study_words
from embedkit.tasks.language_model import samples


def study(run: Run, map_points: int | None, on_step: OnStep) -> None:
    study_words(run, map_points, on_step)
    samples.sample_texts(run, on_step)
    samples.trace_sentence(run, on_step)
