"""Means over words, with their intervals."""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.intervals import Interval, percentiles


@dataclass(frozen=True)
class WordMean:
    """A mean over `words` words with its 95 % interval; None of a single word.

    The interval is over which words were looked at, as if they had been drawn one by one. Another training of the same
    model is not in it.
    """

    value: float
    interval: Interval | None
    words: int


def word_mean(values: np.ndarray, *, resamples: int = 1000, seed: int = 0) -> WordMean:
    """(N,) values, one a word → their mean with a percentile interval by bootstrap over words."""
    values = np.asarray(values, dtype=np.float64)
    count = len(values)
    if count < 2 or resamples < 1:
        return WordMean(float(values.mean()), None, count)
    rng = np.random.default_rng(seed)
    draws = np.array([values[rng.integers(count, size=count)].mean() for _ in range(resamples)])
    return WordMean(float(values.mean()), percentiles(draws), count)
