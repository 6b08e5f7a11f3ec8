"""Comparisons that are kept with a run: of one of its spaces with another space, and of a space over its training.

RUN/comparisons/
  SPACE--RUN-SPACE.json  the figures of two spaces, kept with the run of the first
  SPACE--RUN-SPACE.npz   how far each shared word moved
  over-training.json     churn, CKA and analogies from snapshot to snapshot
RUN/series/
  PERIOD--PERIOD….json   words followed through spaces of several periods, kept with the run of the first
"""

from pathlib import Path

import numpy as np

from embedkit.analysis.comparison.churn import OverTraining
from embedkit.analysis.comparison.series import Series
from embedkit.analysis.comparison.shifts import WordShifts
from embedkit.analysis.comparison.two_spaces import Comparison, Figures
from embedkit.errors import RunError, unknown
from embedkit.runs.artefacts import Artefact, load_record
from embedkit.runs.folder import Run

FIGURES = Artefact("comparisons", Figures, "comparison")
SHIFTS = Artefact("comparisons", WordShifts, "comparison", ".npz")
SERIES = Artefact("series", Series, "series")
OVER_TRAINING = Artefact("comparisons", OverTraining, "course over training", only="over-training")


def comparison_name(which: str, other: Run, other_which: str) -> str:
    """The name under which the comparison of a run's space with that of another run is kept, such as
    "input--demo-word2vec-vectors"."""
    return f"{which}--{other.name}-{other_which}"


def save_comparison(run: Run, name: str, comparison: Comparison) -> Path:
    """Keep a comparison as comparisons/NAME.npz and comparisons/NAME.json, the latter last."""
    SHIFTS.save(run, comparison.words, name)
    return FIGURES.save(run, comparison.figures, name)


def load_comparison(run: Run, name: str) -> Comparison:
    """The comparison of this name.

    Raises:
        UsageError: the run has no such comparison.
        RunError, SpaceError: it is damaged.
    """
    names = [stored for stored in FIGURES.names(run) if stored != OVER_TRAINING.only]
    if name not in names:
        raise unknown("comparison", name, names, hint=f"(in {run.path / FIGURES.folder}/)")
    figures, path = FIGURES.load(run, name), SHIFTS.path(run, name)
    words = load_record(path, WordShifts)
    inside = all(np.all((near >= 0) & (near < len(words))) for near in (words.near_a, words.near_b))
    if len(words) != figures.shared or not inside:
        raise RunError(f"{path}: not of the {figures.shared:,} words of its .json; make it again")
    return Comparison(figures, words)
