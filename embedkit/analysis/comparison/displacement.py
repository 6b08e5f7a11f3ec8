"""Which words moved between two spaces: their neighbours in both, and their places among these.

- Neighbourhood overlap: the Jaccard index of a word's k nearest in the one space and in the other.
- Second-order shift: 1 − the cosine of two vectors, the word's cosines in each space to the union of its neighbours in
  both (the local neighbourhood measure of Hamilton, Leskovec & Jurafsky 2016, “Cultural shift or linguistic drift?”).
  It needs no alignment, and a word that moves together with its neighbours has not moved. The cosines are those of
  vectors from the mean: where a space has a direction that all words share, as one trained on little text has, all
  plain cosines are near one and their vectors always alike.
"""

from math import comb

import numpy as np

_BLOCK = 2_048


def jaccards(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N, k) and (N, k) ids, distinct in a row → (N,) Jaccard index of each row's two sets."""
    k = one.shape[1]
    common = np.empty(len(one), dtype=np.int64)
    for start in range(0, len(one), _BLOCK):
        block = slice(start, start + _BLOCK)
        common[block] = (one[block, :, None] == other[block, None, :]).sum(axis=(1, 2))
    return common / (2 * k - common)


def chance_jaccard(words: int, k: int) -> float:
    """The mean Jaccard index of a word's k nearest among `words` − 1 others where the labels are shuffled.

    One of the two sets is then a random k-subset, so the number m in common is hypergeometric; it is about k/(2N − k).
    The mean of m/(2k − m) is taken exactly. Hubs do not change it: the shuffle spreads them over all words.
    """
    others = words - 1
    k = min(k, others)
    draws = comb(others, k)
    return sum(
        comb(k, m) * comb(others - k, k - m) / draws * m / (2 * k - m) for m in range(max(0, 2 * k - others), k + 1)
    )


def second_order_shifts(a: np.ndarray, b: np.ndarray, near_a: np.ndarray, near_b: np.ndarray) -> np.ndarray:
    """(N, D), (N, E) rows of length one, (N, k) ids of the nearest in each → (N,) shifts, 0 where nothing has changed.

    A word whose similarities are all zero in one space alone has shift 1.
    """
    shifts = np.empty(len(a))
    for start in range(0, len(a), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(a)))
        union = np.hstack([near_a[rows], near_b[rows]])
        # What both have is counted once.
        twice = (near_b[rows][:, :, None] == near_a[rows][:, None, :]).any(axis=2)
        counted = np.hstack([np.ones_like(twice), ~twice])
        of_a, of_b = (np.einsum("nd,nkd->nk", unit[rows], unit[union], dtype=np.float64) * counted for unit in (a, b))
        lengths = np.linalg.norm(of_a, axis=1) * np.linalg.norm(of_b, axis=1)
        both_zero = ~of_a.any(axis=1) & ~of_b.any(axis=1)
        cosines = np.einsum("nk,nk->n", of_a, of_b) / np.where(lengths > 0, lengths, 1)
        shifts[rows] = np.where(both_zero, 0.0, 1 - cosines)
    return shifts
