"""Whether two spaces agree on which pairs of words are near and which are far."""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.correlation import weighted_correlation
from embedkit.analysis.intervals import Interval, percentiles

PAIRS = 20_000


@dataclass(frozen=True)
class DistanceAgreement:
    """Spearman's rank correlation, over `pairs` pairs of `words` words, between their cosines in two spaces.

    Attributes:
        correlation: None where a space has the same cosine for every pair.
        interval: 95 %, by bootstrap over words: a pair counts as often as the product of how often its words are drawn.
        all_pairs: every pair is counted; otherwise they are drawn at random.
    """

    correlation: float | None
    interval: Interval | None
    pairs: int
    words: int
    all_pairs: bool


def agree_on_distances(
    a: np.ndarray, b: np.ndarray, *, pairs: int = PAIRS, resamples: int = 1000, seed: int = 0
) -> DistanceAgreement:
    """(N, D) and (N, E) unit rows of the same words, N ≥ 2."""
    from scipy.stats import rankdata

    rng = np.random.default_rng(seed)
    count = len(a)
    every = count * (count - 1) // 2 <= pairs
    if every:
        first, second = np.triu_indices(count, k=1)
    else:
        first = rng.integers(count, size=pairs)
        second = (first + rng.integers(1, count, size=pairs)) % count
    one, other = (rankdata(np.einsum("pd,pd->p", unit[first], unit[second], dtype=np.float64)) for unit in (a, b))
    correlation = float(weighted_correlation(one, other, np.ones(len(first))))
    return DistanceAgreement(
        correlation=correlation if np.isfinite(correlation) else None,
        interval=percentiles(_draws(one, other, first, second, count, resamples, rng)),
        pairs=len(first),
        words=count,
        all_pairs=every,
    )


def _draws(
    one: np.ndarray,
    other: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    count: int,
    resamples: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Correlations of the ranks with words drawn again; those that are not defined are left out."""
    counts = (np.bincount(rng.integers(count, size=count), minlength=count) for _ in range(resamples))
    correlations = np.array([weighted_correlation(one, other, each[first] * each[second]) for each in counts])
    return correlations[np.isfinite(correlations)]
