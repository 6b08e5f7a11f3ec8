"""Mel filters, as a matrix: triangles that are equally wide on the mel scale (O'Shaughnessy 1987, as HTK has it)."""

import numpy as np

LOWEST = 20.0
"""Hertz at which the first triangle begins."""
BEND = 0.8
"""Of the highest frequency, the share up to which frequencies are stretched by the whole factor."""


def to_mel(hertz: np.ndarray | float) -> np.ndarray:
    return 2595 * np.log10(1 + np.asarray(hertz, dtype=np.float64) / 700)


def to_hertz(mel: np.ndarray | float) -> np.ndarray:
    return 700 * (10 ** (np.asarray(mel, dtype=np.float64) / 2595) - 1)


def mel_filters(mels: int, rate: int, size: int, stretch: np.ndarray | float = 1.0) -> np.ndarray:
    """(size // 2 + 1, mels) float64: how much of each frequency of a Fourier transform of `size` samples goes into each
    band. A band's triangle is 1 at its middle, and 0 at the middles of the two beside it.

    Args:
        stretch: frequencies count as `stretched` by so much; of (B,) factors the filters are (B, size // 2 + 1, mels).
    """
    frequencies = stretched(np.arange(size // 2 + 1) * rate / size, stretch, rate / 2)[..., None]
    corners = to_hertz(np.linspace(to_mel(LOWEST), to_mel(rate / 2), mels + 2))
    below, middle, above = corners[:-2], corners[1:-1], corners[2:]
    rising = (frequencies - below) / (middle - below)
    falling = (above - frequencies) / (above - middle)
    return np.maximum(0, np.minimum(rising, falling))


def stretched(hertz: np.ndarray, factor: np.ndarray | float, highest: float) -> np.ndarray:
    """(N,) frequencies by a factor, or by (B,) of them as (B, N), as another length of the vocal tract moves formants.

    Up to a share of `highest` they are multiplied; from there a straight line leads to the highest, which stays (Jaitly
    & Hinton 2013, Vocal tract length perturbation, equation 1).
    """
    factor = np.asarray(factor, dtype=np.float64)[..., None]
    edge = BEND * highest * np.minimum(factor, 1)
    above = highest - (highest - edge) / (highest - edge / factor) * (highest - hertz)
    return np.where(hertz <= edge / factor, hertz * factor, above)
