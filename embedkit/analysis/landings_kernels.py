"""The compiled loop of `landings.py`: questions against a block of the vocabulary. Importing this loads numba.

A question's score of word x is made of two stored rows, `left` and `right`:

    sign · left[x] + right[x]            a sum: 3CosAdd and its relatives
    (left[x] - centre) · right[x]        a product: 3CosMul, PairDirection

Each operation is rounded on its own (no fastmath, so no fused multiply-add): the score of a word is the same bits
wherever it is computed, and equal scores stay equal. A score that is not a number belongs to a word that has no score,
such as PairDirection's b: no comparison holds for it, so it neither wins nor is counted.
"""

import numpy as np
from numba import int32, njit

__all__ = ["sweep"]


@njit(nogil=True, cache=True)
def sweep(
    left: np.ndarray,
    right: np.ndarray,
    left_of: np.ndarray,
    right_of: np.ndarray,
    sign: np.float32,
    centre: np.ndarray,
    product: bool,
    start: int,
    excluded: np.ndarray,
    expected: np.ndarray,
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
        centre: (Q,) float32.
        excluded: (Q, 3) words.
        expected, target: (Q,) the score of the right answer, -∞ where it has none, and its word.
    """
    for q in range(len(target)):
        row, column, shift = left[left_of[q]], right[right_of[q]], centre[q]
        # A block that stands before the best word so far wins with an equal score already.
        reach = np.nextafter(best_score[q], np.float32(-np.inf)) if start < best[q] else best_score[q]
        more, better = _ahead(row, column, sign, shift, product, expected[q], target[q] - start, reach)
        ahead[q] += more
        if better == 0:
            continue
        for i in range(len(row)):
            score, word = _score(row[i], column[i], sign, shift, product), start + i
            if score > honest_score[q] or (score == honest_score[q] and word < honest[q]):
                honest_score[q], honest[q] = score, word
            wins = score > best_score[q] or (score == best_score[q] and word < best[q])
            if wins and word != excluded[q, 0] and word != excluded[q, 1] and word != excluded[q, 2]:
                best_score[q], best[q] = score, word


@njit(nogil=True, cache=True)
def _score(left: float, right: float, sign: float, centre: float, product: bool) -> float:
    if product:
        return (left - centre) * right
    return sign * left + right


@njit(nogil=True, cache=True)
def _ahead(
    left: np.ndarray,
    right: np.ndarray,
    sign: float,
    centre: float,
    product: bool,
    expected: float,
    target: int,
    reach: float,
) -> tuple[int, int]:
    """How many words of these rows stand before the one at `target`, a place that may lie outside of the rows, and
    how many have a score above `reach`."""
    before, after = min(max(target, 0), len(left)), min(max(target + 1, 0), len(left))
    if expected == -np.inf:
        return _ahead_of_none(left, right, sign, centre, product, before, reach)
    # Before the target an equal score counts, behind it not; the target itself counts nowhere.
    lower = np.nextafter(expected, np.float32(-np.inf))
    ahead, better = _above(left[:before], right[:before], sign, centre, product, lower, reach)
    more, also = _above(left[after:], right[after:], sign, centre, product, expected, reach)
    if before < after:
        better += int32(_score(left[before], right[before], sign, centre, product) > reach)
    return ahead + more, better + also


@njit(nogil=True, cache=True)
def _above(
    left: np.ndarray, right: np.ndarray, sign: float, centre: float, product: bool, floor: float, reach: float
) -> tuple[int, int]:
    """How many scores are above `floor`, and how many above `reach`.

    Sums of 32-bit integers over whole slices are what LLVM turns into vector instructions; a running maximum is not.
    """
    above_floor, above_reach = int32(0), int32(0)
    for i in range(len(left)):
        score = _score(left[i], right[i], sign, centre, product)
        above_floor += int32(1) if score > floor else int32(0)
        above_reach += int32(1) if score > reach else int32(0)
    return above_floor, above_reach


@njit(nogil=True, cache=True)
def _ahead_of_none(
    left: np.ndarray, right: np.ndarray, sign: float, centre: float, product: bool, before: int, reach: float
) -> tuple[int, int]:
    """The same for a target without a score: every word that has one stands ahead of it, and of the others the
    earlier ones."""
    ahead, better = int32(0), int32(0)
    for i in range(len(left)):
        score = _score(left[i], right[i], sign, centre, product)
        ahead += int32(score > -np.inf or i < before)
        better += int32(score > reach)
    return ahead, better
