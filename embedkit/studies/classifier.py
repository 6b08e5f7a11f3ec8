"""The final states of a classifier, laid out."""

from embedkit.runs import Run
from embedkit.studies.spaces import map_space, study_space
from embedkit.studies.steps import OnStep


def study(run: Run, map_points: int | None, on_step: OnStep) -> None:
    map_space(run, "final", study_space(run, "final", on_step), "pca", map_points, on_step)
