"""The final states of a classifier, laid out."""

from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.studies.spaces import map_space, study_space


def study(run: Run, map_points: int | None, steps: Steps) -> None:
    """Map the final states of the test sequences by PCA."""
    map_space(run, "final", study_space(run, "final", steps), "pca", map_points, steps)
