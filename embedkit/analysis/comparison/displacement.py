"""Which words moved between two spaces: their neighbours in both, and their places among these.

- Neighbourhood overlap: the Jaccard index of a word's k nearest in the one space and in the other (see `overlap`).
- Second-order shift: 1 − the cosine of two vectors, the word's cosines in each space to the union of its neighbours in
  both (the local neighbourhood measure of Hamilton, Leskovec & Jurafsky 2016, “Cultural shift or linguistic drift?”).
  It needs no alignment, and a word that moves together with its neighbours has not moved. The cosines are those of
  vectors from the mean: where a space has a direction that all words share, as one trained on little text has, all
  plain cosines are near one and their vectors always alike.
"""

import numpy as np

_BLOCK = 2_048


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
