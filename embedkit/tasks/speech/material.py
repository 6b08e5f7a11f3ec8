"""What a report draws from of a recogniser of speech."""

from dataclasses import dataclass
from typing import TypeVar

from embedkit.report.material import OwnMaterial
from embedkit.runs.artefacts import Artefact
from embedkit.runs.folder import Run
from embedkit.tasks.speech.hearing import LAYERS, LayerSheet
from embedkit.tasks.speech.score import SPEECH_SCORES, SpeechScore

T = TypeVar("T")

SPLITS = ("test", "valid")
"""Where scores are looked for; on valid the best weights were chosen, so test comes first."""


@dataclass(frozen=True)
class SpeechMaterial(OwnMaterial):
    """A recogniser and its states over held-out words, loaded once."""

    which = "states"
    called = "encoder states"


def stored_score(run: Run) -> SpeechScore | None:
    """The score that the report shows."""
    return _stored(SPEECH_SCORES, run)


def stored_layers(run: Run) -> LayerSheet | None:
    return _stored(LAYERS, run)


def _stored(artefact: Artefact[T], run: Run) -> T | None:
    return next((record for split in SPLITS if (record := artefact.load_or_none(run, split)) is not None), None)
