"""How many of a point's nearest are the same in two places: the Jaccard index of two sets, and its chance."""

from math import comb

import numpy as np


def jaccards(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N, k) and (N, k) ids, distinct in a row → (N,) Jaccard index of each row's two sets."""
    k = one.shape[1]
    both = np.sort(np.hstack([one, other]), axis=1)
    common = (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return common / (2 * k - common)


def chance_jaccard(points: int, k: int) -> float:
    """The mean Jaccard index of a point's k nearest among `points` − 1 others where the labels are shuffled.

    One of the two sets is then a random k-subset, so the number m in common is hypergeometric; it is about k/(2N − k).
    The mean of m/(2k − m) is taken exactly. Hubs do not change it: the shuffle spreads them over all points.
    """
    others = points - 1
    k = min(k, others)
    draws = comb(others, k)
    return sum(
        comb(k, m) * comb(others - k, k - m) / draws * m / (2 * k - m) for m in range(max(0, 2 * k - others), k + 1)
    )
