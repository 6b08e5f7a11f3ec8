"""Mel filters, as a matrix: triangles that are equally wide on the mel scale (O'Shaughnessy 1987, as HTK has it)."""

import numpy as np

LOWEST = 20.0
"""Hertz at which the first triangle begins."""


def to_mel(hertz: np.ndarray | float) -> np.ndarray:
    return 2595 * np.log10(1 + np.asarray(hertz, dtype=np.float64) / 700)


def to_hertz(mel: np.ndarray | float) -> np.ndarray:
    return 700 * (10 ** (np.asarray(mel, dtype=np.float64) / 2595) - 1)


def mel_filters(mels: int, rate: int, size: int) -> np.ndarray:
    """(size // 2 + 1, mels) float64: how much of each frequency of a Fourier transform of `size` samples goes into each
    band. A band's triangle is 1 at its middle, and 0 at the middles of the two beside it."""
    frequencies = np.arange(size // 2 + 1) * rate / size
    corners = to_hertz(np.linspace(to_mel(LOWEST), to_mel(rate / 2), mels + 2))
    below, middle, above = corners[:-2], corners[1:-1], corners[2:]
    rising = (frequencies[:, None] - below) / (middle - below)
    falling = (above - frequencies[:, None]) / (above - middle)
    return np.maximum(0, np.minimum(rising, falling))
