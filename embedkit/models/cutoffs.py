"""Where an adaptive softmax cuts its vocabulary. Numpy alone, so that a page can be made of a network without torch."""

import numpy as np

RARE = 100_000
"""The rank from which words are so rare that most of them are in no batch."""
RARE_BLOCK = 128
"""Words of a block of rare ones. With 64 or 256 a step of a million words takes as long, or somewhat longer."""
GATHER, TAIL = 1000, 200
"""What else there is to pay, in words for which one token has a product: for a token in a tail, to gather its row; for
a tail, a token's share of calling the kernels once more. Of a width of 256 and batches of 2,240 tokens on two cores in
bfloat16; with half or twice as much of each a step was as fast, within what a step varies."""
RANKS = 80
"""A cut may be made at so many ranks, in equal ratios."""


def choose_cutoffs(counts: np.ndarray) -> tuple[tuple[int, ...], int]:
    """Where to cut a vocabulary, ordered by falling count, so that the expected work for a token is smallest.

    A token costs the head, c₁ words and one entry a tail, and, with the probability that it lies in a tail, that tail's
    words: cost = c₁ + Σ (1 + TAIL + pₖ · (sizeₖ + GATHER)). It is the cost model of Grave et al. 2017, section 4, for
    tails of full width, by the cheapest of all ways to cut, which is found from the last tail to the first. The words
    from `RARE` on are a tail that is cut into blocks, so that a token there costs its block alone.

    Returns:
        As many cut-offs as are cheapest, some four to nine for 10,000 to 100,000 words; none where a full softmax is.
        And the words of a block of the last tail, 0 where it is not cut.
    """
    frequent = counts[:RARE]
    size = len(frequent)
    places = np.unique(np.geomspace(64, max(size, 65), RANKS).astype(int))
    places = np.append(places[places < size], size)
    mass = np.concatenate([[0.0], np.cumsum(frequent / max(frequent.sum(), 1))])[places]
    # What all from a place on costs at least, and the place where its first tail ends.
    least, ends = np.zeros(len(places)), np.zeros(len(places), dtype=int)
    for start in range(len(places) - 2, -1, -1):
        words, share = places[start + 1 :] - places[start], mass[start + 1 :] - mass[start]
        costs = 1 + TAIL + share * (words + GATHER) + least[start + 1 :]
        ends[start] = start + 1 + np.argmin(costs)
        least[start] = costs.min()
    at = int(np.argmin(places + least))
    chosen = []
    while at < len(places) - 1:
        chosen.append(int(places[at]))
        at = int(ends[at])
    return ((*chosen, RARE), RARE_BLOCK) if len(counts) > RARE else (tuple(chosen), 0)


def two_cutoffs(counts: np.ndarray, *, overhead: int = 200) -> tuple[int, ...]:
    """At most two cut-offs, as runs have them that do not say which: cost = (c₁ + tails) + Σ pₖ · (sizeₖ + overhead).

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
