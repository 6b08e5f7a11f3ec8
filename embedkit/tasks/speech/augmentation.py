"""How the frames of a batch are changed in training, so that what is learned of a few people and their microphones
holds for others. Speed, level and noise change the samples themselves, and are in `strings`.

- Frames are taken more or less often, which changes the tempo of a batch and leaves pitch and formants as they are (Ko
  et al. 2015 hold it against the speed of a tape, which is `speed`).
- Frequencies are stretched, as by another length of the vocal tract (Jaitly & Hinton 2013, who draw 0.9 to 1.1).
- Bands are raised and lowered along a smooth curve, as by another microphone: what a spectrum is multiplied by is added
  to its cepstrum, and a smooth factor to the lowest coefficients (Atal 1974).
- Bands and stretches of time are hidden (Park et al. 2019, SpecAugment).

References:
    Atal 1974, Effectiveness of linear prediction characteristics of the speech wave for automatic speaker
    identification and verification. JASA 55(6).
    Jaitly & Hinton 2013, Vocal tract length perturbation (VTLP) improves speech recognition. ICML workshop.
    Ko, Peddinti, Povey & Khudanpur 2015, Audio augmentation for speech recognition. Interspeech.
    Park et al. 2019, SpecAugment: a simple data augmentation method for automatic speech recognition. Interspeech.
"""

import numpy as np
import torch

from embedkit.tasks.speech.config import SpeechTraining
from embedkit.tasks.speech.filterbank import mel_filters
from embedkit.tasks.speech.network import Augmentation, LogMel

COEFFICIENTS = 3
"""Cepstral coefficients of a microphone's curve, from the first: half a wave over all bands, one, one and a half."""
TIME_MASKS = 2
"""Stretches of time of an utterance that are hidden."""


def draw(training: SpeechTraining, features: LogMel, lengths: torch.Tensor, rng: np.random.Generator) -> Augmentation:
    """An augmentation of a batch whose utterances have (B,) samples, as the options say."""
    batch, mels = len(lengths), features.mels
    hop = round(features.hop * (1 + rng.uniform(-training.tempo, training.tempo)))
    frames = features.count(lengths, hop).numpy()
    factors = 1 + rng.uniform(-training.stretch, training.stretch, size=batch)
    decibels = rng.uniform(-training.response, training.response, size=(batch, COEFFICIENTS))
    bands = spans(np.full(batch, mels), min(training.masked_bands, mels - 1), mels, rng)
    times = np.zeros((batch, int(frames.max())), dtype=bool)
    for _ in range(TIME_MASKS):
        times |= spans(frames, training.masked_frames, times.shape[1], rng)
    return Augmentation(
        hop=hop,
        filters=torch.from_numpy(mel_filters(mels, features.rate, features.size, factors)).float(),
        response=torch.from_numpy(nats(decibels) @ curves(mels)).float(),
        hidden_bands=torch.from_numpy(bands),
        hidden_frames=torch.from_numpy(times),
    )


def nats(decibels: np.ndarray) -> np.ndarray:
    """Decibels of power as the natural logarithm of its factor."""
    return decibels * (np.log(10) / 10)


def curves(mels: int) -> np.ndarray:
    """(COEFFICIENTS, M): the cosines over the bands that the lowest cepstral coefficients stand for."""
    places = (np.arange(mels) + 0.5) / mels
    return np.cos(np.pi * np.arange(1, COEFFICIENTS + 1)[:, None] * places)


def spans(sizes: np.ndarray, widest: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """(B, length): True in a stretch of 0 to `widest` places within the first `sizes` of each row, half of them at
    most."""
    widths = rng.integers(0, np.minimum(widest, sizes // 2) + 1)
    starts = rng.integers(0, sizes - widths + 1)
    places = np.arange(length)
    return (places >= starts[:, None]) & (places < (starts + widths)[:, None])
