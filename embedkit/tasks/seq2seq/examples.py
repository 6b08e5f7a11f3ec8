"""Examples of a seq2seq run's output: points between phrases decoded, and some held-out texts translated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedkit.runs.artefacts import Artefact
from embedkit.runs.folder import Run


@dataclass(frozen=True)
class InterpolationTable:
    """The points on the lines between some phrases of a run, decoded.

    Attributes:
        phrases: the ends.
        steps: points on each line, the ends included.
        texts: for each pair (i, j), i < j, the texts of all points from phrase i to phrase j.
    """

    phrases: tuple[str, ...]
    steps: int
    texts: Mapping[tuple[int, int], tuple[str, ...]]

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The texts as rows [i, j, texts of the pair], since keys of JSON are strings."""
        return {**values, "texts": [[*pair, texts] for pair, texts in values["texts"].items()]}

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        return {**values, "texts": {(i, j): texts for i, j, texts in values["texts"]}}


@dataclass(frozen=True, eq=False)
class TranslationTrace:
    """A trace of how one held-out text was translated: its beam search, and the attention if the model has any.

    `nodes` are those of decoding.beam.BeamNode with tokens as text; `winner` is the one that ends the hypothesis;
    `weights` are (T, S) or None.
    """

    source: str
    reference: str
    hypothesis: str
    nodes: tuple[Mapping[str, Any], ...]
    source_tokens: tuple[str, ...] = ()
    target_tokens: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    winner: int | None = None

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The weights rounded to four digits."""
        weights = None if self.weights is None else np.round(self.weights.astype(np.float32), 4).tolist()
        return {**values, "weights": weights}


@dataclass(frozen=True, eq=False)
class TranslationTraces:
    """All the traced translations of a run, under the key that files of the first version have."""

    looks: tuple[TranslationTrace, ...]


INTERPOLATIONS = Artefact("phrases", InterpolationTable, "interpolations", only="interpolations")
TRANSLATION_TRACES = Artefact("phrases", TranslationTraces, "looks", only="looks")


def load_translation_traces(run: Run) -> tuple[TranslationTrace, ...]:
    """The traced translations of a run; none where none are stored. Raises RunError where they are damaged."""
    stored = TRANSLATION_TRACES.load_or_none(run)
    return () if stored is None else stored.looks
