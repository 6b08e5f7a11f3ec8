"""Where an adaptive softmax cuts its vocabulary. Numpy alone, so that a page can be made of a network without torch."""

import numpy as np

RARE = 100_000
"""The rank from which words are so rare that most of them are in no batch."""
RARE_BLOCK = 1024
"""Words of a block of rare ones."""


def choose_cutoffs(counts: np.ndarray, *, overhead: int = 200) -> tuple[int, ...]:
    """Where to cut a vocabulary, ordered by falling count, so that the expected work for a token is smallest.

    A token costs the head, c₁ words and one entry a tail, and, with the probability that it lies in a tail,
    that tail's words: cost = (c₁ + tails) + Σ pₖ · (sizeₖ + overhead). `overhead` stands for the gather and the
    smaller matrix products of a tail, in words. The cost model is that of Grave et al. 2017, section 4, for
    tails of full width.

    Returns:
        One or two cut-offs, or none where a full softmax is cheapest.
    """
    size = len(counts)
    mass = np.concatenate([[0.0], np.cumsum(counts / max(counts.sum(), 1))])
    grid = np.unique(np.geomspace(64, max(size, 65), 60).astype(int))
    grid = grid[grid < size]
    best: tuple[float, tuple[int, ...]] = (float(size), ())
    for first in grid:
        one = first + 1 + (1 - mass[first]) * (size - first + overhead)
        best = min(best, (one, (int(first),)))
        for second in grid[grid > first]:
            middle = (mass[second] - mass[first]) * (second - first + overhead)
            two = first + 2 + middle + (1 - mass[second]) * (size - second + overhead)
            best = min(best, (two, (int(first), int(second))))
    return best[1]


def cutoffs_in_blocks(counts: np.ndarray) -> tuple[int, ...]:
    """`choose_cutoffs` for a vocabulary of any size: the words from `RARE` on are in blocks of `RARE_BLOCK`, so that a
    token there costs its block alone."""
    return (*choose_cutoffs(counts[:RARE]), *range(RARE, len(counts), RARE_BLOCK))
