"""A few recordings of two voices that are made here, as a folder like the publisher's."""

from pathlib import Path

import numpy as np

from embedkit.tasks.speech.audio import wav
from embedkit.tasks.speech.formants import DIGITS, RATE, spoken

WORDS = ("two", "six", "nine")
INDICES = (0, 1, 5, 10, 11, 12)


def write_recordings(folder: Path) -> Path:
    """DIGIT_SPEAKER_INDEX.wav of three digits by two voices; of each index 0 and 1 are test, 5 valid."""
    folder.mkdir(parents=True)
    for word in WORDS:
        for voice, speaker in enumerate(("adam", "bea")):
            for index in INDICES:
                rng = np.random.default_rng([voice, index, DIGITS.index(word)])
                file = folder / f"{DIGITS.index(word)}_{speaker}_{index}.wav"
                file.write_bytes(wav(spoken(word, voice, rng), RATE))
    return folder
