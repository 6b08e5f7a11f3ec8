"""What a recogniser makes of an utterance, step by step, as it is kept for the report; and what its layers know."""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.purity import Purity
from embedkit.runs.artefacts import Artefact


@dataclass(frozen=True, eq=False)
class Hearing:
    """An utterance of a split, with the spectrogram, the labels and the sound.

    Attributes:
        spectrogram: (F, M) float32 log-mel frames.
        labels: (L,) names of the labels whose posterior is kept, the blank first as "".
        posterior: (T, L) float32 probabilities.
        spoken, starts, stops: (W,) words that were recognised and the steps between which their label is the likeliest.
        words, borders: (V,) words that were said, and (V, 2) the seconds between which; none where that is not known.
        step, hop: seconds of a step and of a frame.
        samples: (N,) int16, `rate` of them a second.
    """

    name: str
    spectrogram: np.ndarray
    labels: tuple[str, ...]
    posterior: np.ndarray
    spoken: tuple[str, ...]
    starts: np.ndarray
    stops: np.ndarray
    words: tuple[str, ...]
    borders: np.ndarray
    step: float
    hop: float
    samples: np.ndarray
    rate: int


@dataclass(frozen=True)
class LayerPurity:
    """How purely the words of held-out utterances lie by what is said and by who says it, in one layer; None where
    there is only one word or speaker."""

    layer: str
    dimensions: int
    words: Purity | None
    speakers: Purity | None


@dataclass(frozen=True)
class LayerSheet:
    """Every layer, from what the first reads on, over `n` words of a split."""

    split: str
    n: int
    layers: tuple[LayerPurity, ...]


HEARINGS = Artefact("hearings", Hearing, "hearing", ".npz")
"""One an example of a score, called SPLIT-ROW."""
LAYERS = Artefact("layers", LayerSheet, "layer sheet", named=lambda sheet: sheet.split)
