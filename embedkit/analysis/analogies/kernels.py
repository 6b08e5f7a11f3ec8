"""The compiled loops of `landings.py`: questions against a block of the vocabulary. Importing this loads numba.

A question's score of word x is made of two stored rows, `left` and `right`:

    sign · left[x] + right[x]            a sum: 3CosAdd and its relatives
    (left[x] - centre) · right[x]        a product: 3CosMul, PairDirection

Each operation is rounded on its own (no fastmath, so no fused multiply-add): the score of a word is the same bits
wherever it is computed, and equal scores stay equal. A score that is not a number belongs to a word that has no score,
such as PairDirection's b: no comparison holds for it, so it neither wins nor is counted.
"""

import numpy as np
from numba import int32

from embedkit.compilation import compiled

__all__ = ["inverse_distances", "round_to_one", "sweep"]

_STRIDE = 64  # words that are looked at one by one where one of them is better than the best so far


@compiled
def sweep(
    left: np.ndarray,
    right: np.ndarray,
    tops: np.ndarray,
    left_of: np.ndarray,
    right_of: np.ndarray,
    sign: np.float32,
    centre: np.ndarray,
    product: bool,
    start: int,
    excluded: np.ndarray,
    expected: np.ndarray,
    lower: np.ndarray,
    target: np.ndarray,
    best_score: np.ndarray,
    best: np.ndarray,
    honest_score: np.ndarray,
    honest: np.ndarray,
    ahead: np.ndarray,
) -> None:
    """Take every question over one block, the words from `start` on, and bring up to date:

    `best_score`, `best` (Q,): the largest score among the words not `excluded`, and its word; -∞ and -1 before any.
    `honest_score`, `honest` (Q,): the same among all words. `ahead` (Q,): how many words stand before the target.
    Of equal scores the word that stands first wins. The blocks may come in any order.

    Args:
        left, right: (·, columns) rows over the block; `left_of`, `right_of` (Q,): which are a question's own.
        tops: (·,) what no score of a right row is above; ∞ where that is not known.
        centre: (Q,) float32.
        excluded: (Q, 3) words.
        expected, lower: (Q,) the score of the right answer, -∞ where it has none, and the next smaller float32.
        target: (Q,) its word.
    """
    for q in range(len(target)):
        # A block that stands before the best word so far wins with an equal score already.
        reach = np.nextafter(best_score[q], np.float32(-np.inf)) if start < best[q] else best_score[q]
        if tops[right_of[q]] <= min(lower[q], reach):
            continue
        row, column, shift = left[left_of[q]], right[right_of[q]], centre[q]
        # Before the target an equal score counts, behind it not; the target itself counts nowhere.
        place = target[q] - start
        before, after = min(max(place, 0), len(row)), min(max(place + 1, 0), len(row))
        if expected[q] == -np.inf:
            ahead[q] += _ahead_of_none(row, column, sign, shift, product, before)
            better = 1
        else:
            earlier, better = _above(row[:before], column[:before], sign, shift, product, lower[q], reach)
            later, also = _above(row[after:], column[after:], sign, shift, product, expected[q], reach)
            ahead[q] += earlier + later
            better += also + (after - before)
        if better == 0:
            continue
        for begin in range(0, len(row), _STRIDE):
            part = slice(begin, begin + _STRIDE)
            if _count(row[part], column[part], sign, shift, product, reach) == 0:
                continue
            for i in range(begin, min(begin + _STRIDE, len(row))):
                score, word = _score(row[i], column[i], sign, shift, product), start + i
                if score > honest_score[q] or (score == honest_score[q] and word < honest[q]):
                    honest_score[q], honest[q] = score, word
                wins = score > best_score[q] or (score == best_score[q] and word < best[q])
                if wins and word != excluded[q, 0] and word != excluded[q, 1] and word != excluded[q, 2]:
                    best_score[q], best[q] = score, word


@compiled
def _score(left: np.float32, right: np.float32, sign: np.float32, centre: np.float32, product: bool) -> np.float32:
    """The score of one word; see the formulas above."""
    if product:
        return (left - centre) * right
    return sign * left + right


@compiled
def _above(
    left: np.ndarray,
    right: np.ndarray,
    sign: np.float32,
    centre: np.float32,
    product: bool,
    floor: np.float32,
    reach: np.float32,
) -> tuple[int, int]:
    """How many scores are above `floor`, and how many above `reach`."""
    low, high = min(floor, reach), max(floor, reach)
    more = _count(left, right, sign, centre, product, low)
    if more == 0:
        return 0, 0
    fewer = _count(left, right, sign, centre, product, high)
    if floor < reach:
        return more, fewer
    return fewer, more


@compiled
def _count(
    left: np.ndarray, right: np.ndarray, sign: np.float32, centre: np.float32, product: bool, floor: np.float32
) -> int:
    """How many scores are above `floor`.

    Sums of 32-bit integers over whole slices are what LLVM turns into vector instructions; a running maximum is not.
    """
    above = int32(0)
    for i in range(len(left)):
        above += int32(1) if _score(left[i], right[i], sign, centre, product) > floor else int32(0)
    return int(above)


@compiled
def _ahead_of_none(
    left: np.ndarray, right: np.ndarray, sign: np.float32, centre: np.float32, product: bool, before: int
) -> int:
    """How many words stand before a target without a score: all that have one, and of the others the earlier ones."""
    ahead = int32(0)
    for i in range(len(left)):
        score = _score(left[i], right[i], sign, centre, product)
        ahead += int32(1) if score > -np.inf or i < before else int32(0)
    return int(ahead)


@compiled
def round_to_one(cosines: np.ndarray, apart: np.float32) -> None:
    """Make those of (N, columns) cosines that are above 1 - `apart` 1, in place."""
    edge, one = np.float32(1) - apart, np.float32(1)
    for n in range(cosines.shape[0]):
        row = cosines[n]
        for i in range(len(row)):
            row[i] = one if row[i] > edge else row[i]


@compiled
def inverse_distances(
    cosines: np.ndarray, word_lengths: np.ndarray, block_lengths: np.ndarray, apart: np.float32
) -> np.ndarray:
    """1 / |x - w|, (N, columns), of words w and x of these lengths; not a number where |x - w|² is no more than
    `apart` · (|x|² + |w|²), which rounding cannot tell from 0."""
    inverses = np.empty_like(cosines)
    two, one, nan = np.float32(2), np.float32(1), np.float32(np.nan)
    for n in range(cosines.shape[0]):
        row, into, own = cosines[n], inverses[n], word_lengths[n]
        for i in range(len(row)):
            both = own * own + block_lengths[i] * block_lengths[i]
            square = both - two * own * block_lengths[i] * row[i]
            # The root is taken of what is positive in either case, so that the loop has no branch.
            into[i] = one / np.sqrt(max(square, np.float32(1e-30))) if square > apart * both else nan
    return inverses
