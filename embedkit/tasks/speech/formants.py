"""Digits that are made here, so that a recogniser can be trained at once: no recordings of people.

A voice is a train of glottal pulses, or noise, through resonances at the formants of the sounds of each word (rounded
from Peterson & Barney 1952 for the vowels), which glide from sound to sound. Voices differ in pitch, in the length of
the vocal tract, in pace and in breath. Whatever is reached on them says nothing of people who speak.
"""

from functools import lru_cache

import numpy as np

from embedkit.tasks.speech.corpus import Recording

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
VOICES = ("adam", "bea", "carl", "dora", "emil", "fay")
TAKES = 8
"""Of each word by each voice: numbers 0 and 1 are test, 2 and 3 valid."""
RATE = 8_000

Sound = tuple[float, float, float, float, float]
"""Three formants in hertz, the share of the excitation that is a voice and not noise, and the loudness."""

SOUNDS: dict[str, Sound] = {
    "z": (300, 1700, 2900, 0.5, 0.35),
    "s": (400, 2600, 3700, 0.0, 0.25),
    "f": (350, 1400, 3300, 0.0, 0.12),
    "th": (350, 1500, 3000, 0.0, 0.12),
    "v": (250, 1100, 2300, 0.7, 0.30),
    "t": (400, 1900, 3300, 0.0, 0.20),
    "k": (400, 1800, 2500, 0.0, 0.20),
    "-": (300, 1500, 2500, 0.0, 0.0),
    "n": (280, 1700, 2600, 1.0, 0.40),
    "w": (300, 700, 2200, 1.0, 0.50),
    "r": (350, 1200, 1700, 1.0, 0.55),
    "i": (270, 2290, 3010, 1.0, 0.80),
    "I": (390, 1990, 2550, 1.0, 0.90),
    "e": (530, 1840, 2480, 1.0, 1.00),
    "a": (730, 1090, 2440, 1.0, 1.00),
    "uh": (640, 1190, 2390, 1.0, 1.00),
    "o": (570, 840, 2410, 1.0, 0.90),
    "u": (300, 870, 2240, 1.0, 0.80),
}
WORDS: dict[str, tuple[tuple[str, float], ...]] = {
    "zero": (("z", 0.07), ("i", 0.09), ("r", 0.06), ("o", 0.11), ("u", 0.05)),
    "one": (("w", 0.07), ("uh", 0.13), ("n", 0.09)),
    "two": (("-", 0.02), ("t", 0.05), ("u", 0.18)),
    "three": (("th", 0.08), ("r", 0.06), ("i", 0.18)),
    "four": (("f", 0.09), ("o", 0.15), ("r", 0.08)),
    "five": (("f", 0.08), ("a", 0.12), ("I", 0.08), ("v", 0.06)),
    "six": (("s", 0.10), ("I", 0.08), ("-", 0.03), ("k", 0.03), ("s", 0.10)),
    "seven": (("s", 0.09), ("e", 0.09), ("v", 0.05), ("uh", 0.06), ("n", 0.08)),
    "eight": (("e", 0.10), ("I", 0.09), ("-", 0.04), ("t", 0.04)),
    "nine": (("n", 0.07), ("a", 0.12), ("I", 0.09), ("n", 0.08)),
}
"""Each word as sounds with their seconds."""
_STEP = 80  # samples between two settings of the resonances
_BANDWIDTHS = (80.0, 110.0, 170.0)


@lru_cache(maxsize=1)
def formant_digits(seed: int) -> tuple[tuple[int, Recording], ...]:
    """Every take of every word by every voice, with the take's number: the same for the same seed."""
    takes = []
    for voice, speaker in enumerate(VOICES):
        for digit, word in enumerate(DIGITS):
            for take in range(TAKES):
                rng = np.random.default_rng([seed, voice, digit, take])
                takes.append((take, Recording(f"{digit}_{speaker}_{take}", word, speaker, spoken(word, voice, rng))))
    return tuple(takes)


def spoken(word: str, voice: int, rng: np.random.Generator) -> np.ndarray:
    """(N,) float32: one take of a word by a voice."""
    from scipy.signal import lfilter

    pitch = (95.0, 190.0, 115.0, 215.0, 135.0, 240.0)[voice] * rng.uniform(0.93, 1.07)
    tract = (1.0, 1.14, 0.96, 1.18, 1.05, 1.22)[voice] * rng.uniform(0.98, 1.02)
    pace = rng.uniform(0.85, 1.2)
    sounds = [SOUNDS[name] for name, _ in WORDS[word]]
    ends = np.cumsum([seconds * pace * rng.uniform(0.9, 1.1) for _, seconds in WORDS[word]])
    count = int(ends[-1] * RATE)
    at = np.concatenate([[0.0], ends[:-1]]) + np.diff(ends, prepend=0.0) / 2
    track = np.stack([np.interp(np.arange(count) / RATE, at, values) for values in zip(*sounds, strict=True)])
    voiced = _pulses(pitch * np.linspace(1.08, 0.9, count), rng)
    noise = rng.normal(size=count) * 0.3
    source = (track[3] * voiced + (1 - track[3]) * noise + rng.uniform(0.01, 0.04) * noise) * track[4]
    for formant, bandwidth in enumerate(_BANDWIDTHS):
        state, out = np.zeros(2), np.empty(count)
        for start in range(0, count, _STEP):
            frequency = min(track[formant, start] * tract, RATE / 2 - 200)
            radius = np.exp(-np.pi * bandwidth / RATE)
            a = [1.0, -2 * radius * np.cos(2 * np.pi * frequency / RATE), radius**2]
            part = slice(start, start + _STEP)
            out[part], state = lfilter([sum(a)], a, source[part], zi=state)
        source = 0.6 * out / (np.abs(out).max() + 1e-9) + 0.15 * source / (np.abs(source).max() + 1e-9)
    fade = np.minimum(1, np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.01 * RATE))
    return (0.5 * source * fade / (np.abs(source).max() + 1e-9) + rng.normal(size=count) * 5e-4).astype(np.float32)


def _pulses(pitch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A glottal pulse a period of (N,) hertz, softened: a rounded saw."""
    phase = np.cumsum(pitch / RATE) + rng.uniform()
    return 1.5 * (1 - (phase % 1)) ** 3 - 0.375
