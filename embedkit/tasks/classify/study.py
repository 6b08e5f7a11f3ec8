"""The final states of a classifier, laid out, and what they are organised by."""

from embedkit.progress import Steps
from embedkit.runs.folder import Run
from embedkit.studies.columns import study_columns
from embedkit.studies.spaces import map_space, study_space


def study(run: Run, map_points: int | None, steps: Steps) -> None:
    """Map the final states of the test sequences by PCA, and see how well neighbours tell the classes."""
    space = study_space(run, "final", steps)
    map_space(run, "final", space, "pca", map_points, steps)
    study_columns(run, "final", space, steps)
