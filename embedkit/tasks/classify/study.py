"""The final states of a classifier, laid out."""

from embedkit.progress import OnStep
from embedkit.runs.folder import Run
from embedkit.studies.spaces import map_space, study_space


def study(run: Run, map_points: int | None, on_step: OnStep) -> None:
    map_space(run, "final", study_space(run, "final", on_step), "pca", map_points, on_step)
