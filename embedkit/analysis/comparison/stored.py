"""Comparisons that are kept with a run: of one of its spaces with another space, and of a space over its training.

RUN/comparisons/
  SPACE--RUN-SPACE.json  the figures of two spaces, kept with the run of the first
  SPACE--RUN-SPACE.npz   what happened to each shared word
  over-training.json     churn, CKA and analogies from snapshot to snapshot
"""

from pathlib import Path

import numpy as np

from embedkit.analysis.comparison.churn import OverTraining
from embedkit.analysis.comparison.comparing import Comparison, Figures
from embedkit.analysis.comparison.shifts import WordShifts
from embedkit.errors import RunError, unknown
from embedkit.runs.arrays import load_arrays, save_arrays, strings
from embedkit.runs.artefacts import load_record, save_record
from embedkit.runs.folder import Run

FOLDER, OVER_TRAINING = "comparisons", "over-training"
_ARRAYS = ("ranks", "counts", "jaccard", "shift", "second_order", "near_a", "near_b")


def comparison_name(which: str, other: Run, other_which: str) -> str:
    """What the comparison of a run's space with that of another run is kept as: "input--demo-word2vec-vectors"."""
    return f"{which}--{other.name}-{other_which}"


def save_comparison(run: Run, name: str, comparison: Comparison) -> Path:
    """Keep a comparison as comparisons/NAME.npz and comparisons/NAME.json, the latter last."""
    words = comparison.words
    arrays = {key: getattr(words, key) for key in _ARRAYS}
    save_arrays(run.path / FOLDER / f"{name}.npz", arrays | {"labels": strings(words.labels, name)})
    return save_record(run.path / FOLDER / f"{name}.json", comparison.figures)


def load_comparison(run: Run, name: str) -> Comparison:
    """The comparison of this name.

    Raises:
        UsageError: the run has no such comparison.
        RunError, SpaceError: it is damaged.
    """
    names = [each for each in run.artefacts(FOLDER, ".json") if each != OVER_TRAINING]
    if name not in names:
        raise unknown("comparison", name, names, hint=f"(in {run.path / FOLDER}/)")
    path = run.path / FOLDER / f"{name}.npz"
    figures = load_record(run.path / FOLDER / f"{name}.json", Figures)
    arrays = load_arrays(path, needed=("labels", *_ARRAYS))
    try:
        words = WordShifts(labels=tuple(arrays["labels"].tolist()), **{key: arrays[key] for key in _ARRAYS})
        inside = all(np.all((near >= 0) & (near < len(words))) for near in (words.near_a, words.near_b))
    except (TypeError, ValueError) as error:
        raise RunError(f"{path}: damaged or of another version ({error}); make it again") from None
    if len(words) != figures.shared or not inside:
        raise RunError(f"{path}: not of the {figures.shared:,} words of its .json; make it again")
    return Comparison(figures, words)


def save_over_training(run: Run, found: OverTraining) -> Path:
    return save_record(run.path / FOLDER / f"{OVER_TRAINING}.json", found)


def load_over_training(run: Run) -> OverTraining | None:
    """What is kept of the run's training, or None.

    Raises:
        RunError: it is damaged.
    """
    path = run.path / FOLDER / f"{OVER_TRAINING}.json"
    return load_record(path, OverTraining) if path.exists() else None
