"""Digits spoken by espeak-ng, where it is installed: a synthesiser of speech, so no recordings of people.

Voices differ in accent and variant, takes in pace and pitch, which the seed draws. What comes out is that of the
installed version: a run keeps its checksum.
"""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import numpy as np

from embedkit.errors import CorpusError, UsageError
from embedkit.progress import Progress
from embedkit.tasks.speech.audio import read_sound
from embedkit.tasks.speech.config import ESPEAK, FORMANTS
from embedkit.tasks.speech.corpus import Recording
from embedkit.tasks.speech.formants import DIGITS, RATE, TAKES

PROGRAM = "espeak-ng"
VOICES = ("en-us+m1", "en-us+f2", "en-us+m3", "en-gb+f4", "en-gb+m7", "en-gb-scotland+f1")
SPEEDS, PITCHES = (130, 190), (30, 70)
"""Words a minute, and espeak's pitch from 0 to 99, from the lowest that is drawn to the highest."""
PATIENCE = 20.0
"""Seconds for a word."""
AT_ONCE = 4
SILENT = 0.02
"""Of the loudest sample, the share below which the start and the end of a word are cut off."""


class SynthesisError(Exception):
    """Nothing came of a text; the message says why."""


def installed() -> str | None:
    """The program's path; None where there is none."""
    return which(PROGRAM)


def espeak_digits(seed: int, progress: Progress) -> tuple[tuple[int, Recording], ...]:
    """Every take of every word by every voice, with the take's number: the same for the same seed and version.

    Raises:
        UsageError: espeak-ng is not installed.
        CorpusError: it fails, or takes too long.
    """
    program = installed()
    if program is None:
        raise UsageError(f"--corpus {ESPEAK}: {PROGRAM} is not installed; install it, or take --corpus {FORMANTS}")
    progress(None, f"{PROGRAM} speaks {len(VOICES) * len(DIGITS) * TAKES} digits")
    return _spoken(seed, program)


@lru_cache(maxsize=1)
def _spoken(seed: int, program: str) -> tuple[tuple[int, Recording], ...]:
    takes = [(v, d, take) for v in range(len(VOICES)) for d in range(len(DIGITS)) for take in range(TAKES)]
    with TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as threads:
        recordings = threads.map(lambda take: _take(program, Path(folder), seed, *take), takes)
        return tuple((take, recording) for (_, _, take), recording in zip(takes, recordings, strict=True))


def _take(program: str, folder: Path, seed: int, voice: int, digit: int, take: int) -> Recording:
    rng = np.random.default_rng([seed, voice, digit, take])
    speed, pitch = (int(rng.integers(low, high + 1)) for low, high in (SPEEDS, PITCHES))
    name = f"{digit}_{VOICES[voice]}_{take}"
    try:
        samples, _ = say(program, VOICES[voice], DIGITS[digit], speed, pitch, folder / f"{name}.wav")
    except SynthesisError as error:
        raise CorpusError(f"{program} speaks no {DIGITS[digit]} ({error}); take --corpus {FORMANTS}") from None
    return Recording(name, DIGITS[digit], VOICES[voice], samples)


def say(program: str, voice: str, text: str, speed: int, pitch: int, path: Path) -> tuple[np.ndarray, str]:
    """(N,) samples at RATE of a text, without the silence at both ends, and what the program warned of; `path` is
    where it writes, and nothing is there afterwards.

    Raises:
        SynthesisError: it fails, takes too long, or only silence comes of it.
    """
    words = [program, "-v", voice, "-s", str(speed), "-p", str(pitch), "-w", str(path), text]
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SynthesisError(str(error)) from None
    warnings = done.stderr.decode(errors="replace").strip()
    if done.returncode or not path.is_file():
        raise SynthesisError(f"{(warnings.splitlines() or [f'it ended with {done.returncode}'])[-1]:.200}")
    samples = read_sound(path, RATE, longest=PATIENCE).samples
    path.unlink()
    loud = np.flatnonzero(np.abs(samples) > SILENT * np.abs(samples).max(initial=0))
    if not len(loud):
        raise SynthesisError("only silence")
    return samples[loud[0] : loud[-1] + 1], warnings
