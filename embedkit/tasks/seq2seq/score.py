"""Scores of a seq2seq run that are stored with it: of held-out texts, and the purity of neighbourhoods."""

from collections.abc import Mapping
from dataclasses import dataclass

from embedkit.analysis.generation import GenerationScore
from embedkit.analysis.purity import Coverage, Purity
from embedkit.runs.artefacts import Artefact


@dataclass(frozen=True)
class PuritySheet:
    """How pure the neighbourhoods of templated phrases are in a run's space and in baselines, by name.

    `spaces` stand by name, the run's own first; `coverage` says for how many words a baseline has vectors.
    """

    spaces: Mapping[str, Purity]
    coverage: Mapping[str, Coverage]


GENERATION_SCORES = Artefact("scores", GenerationScore, "score sheet")
"""One for each split."""
PURITY = Artefact("phrases", PuritySheet, "purity sheet", only="purity")
