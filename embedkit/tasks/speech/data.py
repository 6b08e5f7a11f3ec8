"""What a recogniser is trained on: digits made here, the digits of a public corpus, or recordings with their texts."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from embedkit.errors import CorpusError
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.speech.audio import resample
from embedkit.tasks.speech.config import CARD, ESPEAK, FORMANTS, SpeechModel, SpeechTraining
from embedkit.tasks.speech.corpus import Recording, SpeechCorpus
from embedkit.tasks.speech.digits import holds_digits, read_digits, split_by_index
from embedkit.tasks.speech.espeak import espeak_digits
from embedkit.tasks.speech.formants import RATE, formant_digits
from embedkit.tasks.speech.transcripts import read_transcripts


def open_speech(model: SpeechModel, training: SpeechTraining, progress: Progress = no_progress) -> SpeechCorpus:
    """The corpus that a configuration names.

    Raises:
        UsageError, CorpusError: it is not at hand, or a file of it cannot be read.
    """
    if training.corpus == FORMANTS:
        return _made("digits by formant synthesis", formant_digits(training.seed), model, training)
    if training.corpus == ESPEAK:
        return _made("digits by espeak-ng", espeak_digits(training.seed, progress), model, training)
    path = Path(training.corpus)
    if training.corpus == CARD or holds_digits(path):
        return _digits(path, model, training)
    splits, checksum = read_transcripts(path, model.sample_rate, training.held_out_speaker, training.seed, progress)
    return SpeechCorpus(path.name, training.corpus, checksum, "", "", model.sample_rate, False, splits)


def checksum_of(run: Run) -> str:
    """The checksum of a run's corpus as it is now.

    Raises:
        UsageError, CorpusError: as `open_speech`.
    """
    return open_speech(*configurations(run)).checksum


def _made(
    name: str, made: Sequence[tuple[int, Recording]], model: SpeechModel, training: SpeechTraining
) -> SpeechCorpus:
    """Digits that were made here, each with the number of its take."""
    takes, digest = [], hashlib.sha256()
    for take, recording in made:
        digest.update((recording.samples * 32_767).round().astype("<i2").tobytes())
        samples = resample(recording.samples, RATE, model.sample_rate)
        takes.append((take, Recording(recording.name, recording.text, recording.speaker, samples)))
    splits = split_by_index(takes, training.held_out_speaker, range(2), range(2, 4))
    checksum = f"sha256:{digest.hexdigest()}"
    return SpeechCorpus(
        name,
        "made here",
        checksum,
        "none: no recordings of people",
        "",
        model.sample_rate,
        True,
        splits,
    )


def _digits(path: Path, model: SpeechModel, training: SpeechTraining) -> SpeechCorpus:
    from embedkit.corpora.card import load_card
    from embedkit.corpora.prepare import card_folder, missing

    card = load_card(CARD)
    folder = path if holds_digits(path) else card_folder(card)
    if not holds_digits(folder):
        raise CorpusError(missing(card))
    recordings, checksum = read_digits(folder, model.sample_rate)
    splits = split_by_index(recordings, training.held_out_speaker)
    return SpeechCorpus(
        card.title.partition(":")[0],
        training.corpus,
        checksum,
        card.licence,
        card.citation,
        model.sample_rate,
        True,
        splits,
    )
