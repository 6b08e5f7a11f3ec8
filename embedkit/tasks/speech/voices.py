"""Digits by many synthetic voices, to train on beside recordings: a corpus of a few people has too few speakers.

The voices are espeak-ng's own and those of MBROLA that are installed beside it, which join sounds that a person
recorded. A voice of English reads English words. A voice of another language reads them respelled in its spelling, and
says them with its accent. What is installed decides which voices there are: a run keeps their number and the checksum
of what they say.

References:
    Dutoit, Pagel, Pierret, Bataille & van der Vrecken 1996, The MBROLA project: towards a set of high quality speech
    synthesizers free of use for non commercial purposes. ICSLP.
    Rosenberg et al. 2019, Speech recognition with augmented synthesized speech. ASRU.
"""

import hashlib
import subprocess
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from embedkit.errors import CorpusError, UsageError
from embedkit.progress import Progress
from embedkit.tasks.speech.audio import resample
from embedkit.tasks.speech.corpus import Recording
from embedkit.tasks.speech.espeak import AT_ONCE, PATIENCE, PROGRAM, SynthesisError, installed, say
from embedkit.tasks.speech.formants import DIGITS, RATE

TAKES = 6
"""Of each word by each voice."""
PITCHES, PITCH_RANGE = (30, 60), 15
"""What a voice's own pitch is drawn from, of espeak's 0 to 99, and how far a take is from it at most."""
SPEEDS, SPEED_RANGE = (110, 180), (0.8, 1.25)
"""What a voice's own pace is drawn from, in words a minute, and by what a take is faster."""
SHORTEST = 0.1
"""Seconds; of what is shorter a part was not spoken."""
UNKNOWN = "unknown, replaced"
"""What MBROLA warns of where a voice lacks a sound: silence stands in its place."""
VARIANTS = ("m3", "f2")
"""Of espeak-ng's own voice of each language."""

_SPANISH = "siro guan tu zri for faiv six seven eit nain"
_AMERICAN_SPANISH = "siro uan tu tri for faiv six seven eit nain"
_FRENCH = "ziro ouane tou sri fore faïve sixe sévène eïte naïne"
_PORTUGUESE = "zirou uane tu tri fór faive sixe sévene êite naine"
RESPELLED = {
    "af": "siro wan toe srie for faif siks sewen eit nain",
    "cs": "zírou uan tú frí fór fajv siks sevn ejt najn",
    "da": "siro wan tu tri for fajv siks seven ejt najn",
    "de": "siro uann tu ssri for faiw six ssewen äit nain",
    "el": "ζίρο ουάν του θρι φορ φάιβ σιξ σέβεν έιτ νάιν",
    "es": _SPANISH,
    "es-419": _AMERICAN_SPANISH,
    "es-es": _SPANISH,
    "es-mx": _AMERICAN_SPANISH,
    "es-vz": _AMERICAN_SPANISH,
    "et": "siro uan tu sri foor faiv siks seven eit nain",
    "fr": _FRENCH,
    "fr-be": _FRENCH.replace("sri", "tri"),
    "fr-ca": _FRENCH,
    "fr-fr": _FRENCH,
    "hr": "ziro uan tu sri for fajv siks seven ejt najn",
    "hu": "ziró van tú szri for fájv sziksz szeven éjt nájn",
    "is": "síró úan tú þrí for fæv six seven eit næn",
    "it": "ziro uan tu tri for faiv six seven eit nain",
    "lt": "ziro uan tu sri for faiv siks seven eit nain",
    "nl": "ziero wan toe srie for fajf siks seven eet najn",
    "pl": "ziro łan tu fri for fajw siks sewen ejt najn",
    "pt": _PORTUGUESE,
    "pt-br": _PORTUGUESE,
    "pt-pt": _PORTUGUESE,
    "ro": "ziro uan tu tri for faiv six seven eit nain",
    "ru": "зиро уан ту зри фор файв сикс севен эйт найн",
    "sv": "siro oann to sri får fajv sicks sevven ejt najn",
    "tr": "ziro van tu tri for fayv siks sevın eyt nayn",
}
"""The ten words as a reader of another language would write what an English speaker says."""
ENGLISH = ("en", "en-uk", "en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc")


@dataclass(frozen=True, eq=False)
class Voices:
    """What synthetic voices say.

    Attributes:
        recordings: each take, its speaker the voice's name.
        checksum: "sha256:…" over all samples, as 16-bit numbers at RATE.
    """

    recordings: tuple[Recording, ...]
    checksum: str

    @property
    def about(self) -> dict[str, Any]:
        """What a run keeps of them: how many words and voices, and the checksum."""
        voices = {recording.speaker for recording in self.recordings}
        return {"count": len(self.recordings), "voices": len(voices), "checksum": self.checksum}


def spoken_by_voices(seed: int, rate: int, progress: Progress, but: Collection[str] = ()) -> Voices:
    """The ten words by every voice that speaks: the same for the same seed, voices and version.

    Args:
        but: voices that are left out, as they are speakers of a corpus that espeak-ng says: one may be held out.

    Raises:
        UsageError: espeak-ng is not installed.
        CorpusError: no voice of it speaks.
    """
    program = installed()
    if program is None:
        raise UsageError(f"--voices: {PROGRAM} is not installed; install it, or leave --voices out")
    recordings = _spoken(seed, program, progress, but)
    digest = hashlib.sha256()
    for recording in recordings:
        digest.update((recording.samples * 32_767).round().astype("<i2").tobytes())
    resampled = (
        Recording(each.name, each.text, each.speaker, resample(each.samples, RATE, rate)) for each in recordings
    )
    return Voices(tuple(resampled), f"sha256:{digest.hexdigest()}")


def _spoken(seed: int, program: str, progress: Progress, but: Collection[str]) -> list[Recording]:
    progress(0, f"voices of {PROGRAM} speak")
    languages = (*ENGLISH, *RESPELLED)
    own = [(f"{language}+{variant}", language) for language in languages for variant in VARIANTS]
    named = [voice for voice in (*_of_mbrola(program), *own) if voice[0] not in but]
    with TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as threads:
        speaking = threads.map(lambda voice: _speaks(program, Path(folder), *voice), named)
        voices = [voice for voice, speaks in zip(named, speaking, strict=True) if speaks]
        takes = [(v, d, take) for v in range(len(voices)) for d in range(len(DIGITS)) for take in range(TAKES)]
        made = threads.map(lambda take: _take(program, Path(folder), seed, voices[take[0]], *take), takes)
        recordings = []
        for number, recording in enumerate(made, start=1):
            progress(number / len(takes), f"voices of {PROGRAM} speak")
            if recording is not None:
                recordings.append(recording)
    if not recordings:
        raise CorpusError(f"no voice of {program} speaks; leave --voices out")
    return recordings


def _of_mbrola(program: str) -> Iterator[tuple[str, str]]:
    """Name and language of each voice of MBROLA that espeak-ng can use, whether it is installed or not."""
    words = [program, "--voices=mb"]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CorpusError(f"{program} does not say which voices it has ({error}); leave --voices out") from None
    for line in done.stdout.decode(errors="replace").splitlines()[1:]:
        fields = line.split()
        if len(fields) > 4 and fields[4].startswith("mb/") and fields[1] in {*ENGLISH, *RESPELLED}:
            yield fields[4].removeprefix("mb/"), fields[1]


def _speaks(program: str, folder: Path, voice: str, language: str) -> bool:
    try:
        say(program, voice, _words(language)[0], SPEEDS[0], PITCHES[0], folder / f"{voice}.wav")
    except SynthesisError:
        return False
    return True


def _words(language: str) -> list[str] | tuple[str, ...]:
    return DIGITS if language in ENGLISH else RESPELLED[language].split()


def _take(
    program: str, folder: Path, seed: int, named: tuple[str, str], voice: int, digit: int, take: int
) -> Recording | None:
    """A word by a voice; None where the voice lacks one of its sounds."""
    name, language = named
    own = np.random.default_rng([seed, voice])
    rng = np.random.default_rng([seed, voice, digit, take])
    pitch = int(own.integers(PITCHES[0], PITCHES[1] + 1)) + int(rng.integers(-PITCH_RANGE, PITCH_RANGE + 1))
    speed = round(own.integers(SPEEDS[0], SPEEDS[1] + 1) * rng.uniform(*SPEED_RANGE))
    path = folder / f"{name}_{digit}_{take}.wav"
    try:
        samples, warnings = say(program, name, _words(language)[digit], speed, pitch, path)
    except SynthesisError:
        return None
    if UNKNOWN in warnings or len(samples) < SHORTEST * RATE:
        return None
    return Recording(f"{digit}_{name}_{take}", DIGITS[digit], name, samples)
