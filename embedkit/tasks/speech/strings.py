"""Strings of recordings of one speaker, with pauses, level and speed drawn by a seed; and recordings on their own."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np

from embedkit.tasks.speech.config import SpeechTraining
from embedkit.tasks.speech.corpus import Recording, Utterance

SPEED_STEP = 20
"""Speeds are whole twentieths, so that a polyphase filter stays short."""
SHORTEST_PAUSE = 0.05
SOFTEST_NOISE = 40.0
SPLIT_SEEDS = {"train": 0, "valid": 1, "test": 2}


class Strings:
    """Makes strings of the recordings of a split: the same for the same numbers.

    Args:
        voices: recordings of synthetic voices, of which a share of the strings is made (`--voices`).
    """

    def __init__(
        self, recordings: Sequence[Recording], rate: int, training: SpeechTraining, voices: Sequence[Recording] = ()
    ) -> None:
        self.recordings, self.rate, self._training = [*recordings, *voices], rate, training
        self._by_speaker = _by_speaker(recordings)
        self._by_voice = [[len(recordings) + number for number in own] for own in _by_speaker(voices)]

    def batch(self, size: int, *draw: int) -> list[Utterance]:
        """Strings of one and the same number of recordings, so that little is padded; `draw` seeds all of it."""
        rng = np.random.default_rng([self._training.seed, *draw])
        words = int(rng.integers(1, self._training.longest + 1))
        return [self.noisy(self.string(*draw, row, words=words, uneven=True), rng) for row in range(size)]

    def noisy(self, utterance: Utterance, rng: np.random.Generator) -> Utterance:
        """An utterance with white noise, softer than it is by `noise` decibels at least and SOFTEST_NOISE at most."""
        if not self._training.noise or not len(utterance.samples):
            return utterance
        softer = rng.uniform(min(self._training.noise, SOFTEST_NOISE), SOFTEST_NOISE)
        level = np.sqrt(np.square(utterance.samples).mean()) * 10 ** (-softer / 20)
        noise = rng.standard_normal(len(utterance.samples), dtype=np.float32) * np.float32(level)
        return replace(utterance, samples=utterance.samples + noise)

    def string(self, *draw: int, words: int | None = None, uneven: bool = False) -> Utterance:
        """A string of 1 to `longest` recordings of one speaker, or of `words`; `draw` seeds all of it. An uneven one is
        of recordings at levels of their own, as far as `word_level_range` goes."""
        rng = np.random.default_rng([self._training.seed, *draw])
        of_voices = bool(self._by_voice) and rng.random() < self._training.voices
        speakers = self._by_voice if of_voices else self._by_speaker
        own = speakers[rng.integers(len(speakers))]
        drawn = int(rng.integers(1, self._training.longest + 1))
        chosen = rng.choice(own, size=drawn if words is None else words)
        return self.joined([int(number) for number in chosen], rng, uneven=uneven)

    def single(self, number: int, *draw: int) -> Utterance:
        """A recording on its own, at another speed and level where `draw` says which."""
        recording = self.recordings[number]
        samples = recording.samples
        if draw:
            rng = np.random.default_rng([self._training.seed, *draw, number])
            samples = samples * self._gain(rng)
            samples = played_at(samples, self._speed(rng))
        return Utterance(recording.name, recording.text, recording.speaker, samples, (number,), np.zeros((0, 2)))

    def joined(self, numbers: Sequence[int], rng: np.random.Generator, *, uneven: bool = False) -> Utterance:
        """These recordings, all of one speaker, one after the other."""
        speed, gain = self._speed(rng), self._gain(rng)
        shortest = min(SHORTEST_PAUSE, self._training.pause)
        pause = rng.uniform(shortest, self._training.pause)
        silences = np.clip(pause * rng.uniform(0.7, 1.3, size=len(numbers) + 1), 0, self._training.pause)
        widest = self._training.word_level_range if uneven else 0.0
        decibels = rng.uniform(-widest, widest, size=len(numbers)) if widest else np.zeros(len(numbers))
        parts: list[np.ndarray] = []
        borders, at = [], 0
        for number, silence, louder in zip(numbers, silences, decibels.tolist(), strict=False):
            parts.append(np.zeros(int(silence * self.rate), dtype=np.float32))
            spoken = played_at(self.recordings[number].samples, speed) * np.float32(10 ** (louder / 20))
            borders.append((at + len(parts[-1]), at + len(parts[-1]) + len(spoken)))
            parts.append(spoken)
            at = borders[-1][1]
        parts.append(np.zeros(int(silences[-1] * self.rate), dtype=np.float32))
        samples = np.concatenate(parts)
        # The silence is that of a room: as loud as the quietest tenth of what was recorded, or down to next to nothing.
        softer = np.float32(10 ** (-rng.uniform(0, SOFTEST_NOISE) / 20))
        samples = samples + rng.standard_normal(len(samples), dtype=np.float32) * quiet_level(parts) * softer
        name = "+".join(self.recordings[number].name for number in numbers)
        text = " ".join(self.recordings[number].text for number in numbers)
        between = float(silences[1:-1].mean()) if len(numbers) > 1 else None
        return Utterance(
            name,
            text,
            self.recordings[numbers[0]].speaker,
            (samples * gain).astype(np.float32),
            tuple(numbers),
            np.array(borders) / self.rate,
            between,
        )

    def _speed(self, rng: np.random.Generator) -> Fraction:
        steps = int(self._training.speed * SPEED_STEP)
        return Fraction(SPEED_STEP + int(rng.integers(-steps, steps + 1)), SPEED_STEP)

    def _gain(self, rng: np.random.Generator) -> float:
        return float(10 ** (rng.uniform(-self._training.level_range, self._training.level_range) / 20))


def _by_speaker(recordings: Sequence[Recording]) -> list[list[int]]:
    """The numbers of the recordings of each speaker, by name."""
    speakers = sorted({recording.speaker for recording in recordings})
    return [[number for number, each in enumerate(recordings) if each.speaker == speaker] for speaker in speakers]


def held_out_utterances(
    recordings: Sequence[Recording], rate: int, training: SpeechTraining, split: str, *, words: bool
) -> list[Utterance]:
    """What a split is measured on: strings of its recordings, the same every time, or every recording as it is."""
    strings = Strings(recordings, rate, training)
    if not words:
        return [strings.single(number) for number in range(len(recordings))]
    return [strings.string(SPLIT_SEEDS[split], number) for number in range(training.held_out)]


def played_at(samples: np.ndarray, speed: Fraction) -> np.ndarray:
    """(N,) → (N / speed,): faster and higher, or slower and deeper, as a tape is."""
    if speed == 1:
        return samples
    from scipy.signal import resample_poly

    return resample_poly(samples, speed.denominator, speed.numerator, window=_filter(speed)).astype(np.float32)


@cache
def _filter(speed: Fraction) -> np.ndarray:
    """The filter that resample_poly would design for this speed each time anew."""
    from scipy.signal import firwin

    rate = max(speed.denominator, speed.numerator)
    taps: np.ndarray = firwin(20 * rate + 1, 1 / rate, window=("kaiser", 5.0)).astype(np.float32)
    return taps


def quiet_level(parts: Sequence[np.ndarray]) -> np.float32:
    """The root mean square of the quietest tenth of the 10 ms frames of what is spoken; 1e-4 at least."""
    frames = np.concatenate([part[: len(part) // 80 * 80] for part in parts if part.any()] or [np.zeros(80)])
    energy = np.sort(np.square(frames.reshape(-1, 80)).mean(axis=1))
    return np.float32(max(1e-4, np.sqrt(energy[: max(1, len(energy) // 10)].mean())))
