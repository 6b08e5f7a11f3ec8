"""The compiled loop of `neighbors.py`. Importing this loads numba."""

import numpy as np
from numba import int32

from embedkit.compilation import compiled

_STRIDE = 64  # scores that are looked at one by one where one of them is better than the k-th best so far


@compiled
def take_in(scores: np.ndarray, start: int, ids: np.ndarray, best: np.ndarray) -> None:
    """Bring each row's k best scores up to date with (R, M) more of them, those of the columns from `start` on.

    Equal scores stand in the order of their columns, provided that blocks of columns come in their order.

    Args:
        ids, best: (R, k), falling; the best so far, or -∞ before any.
    """
    k = best.shape[1]
    for r in range(len(scores)):
        row, top = scores[r], best[r]
        for begin in range(0, len(row), _STRIDE):
            part, floor = row[begin : begin + _STRIDE], top[k - 1]
            # Sums of 32-bit integers over whole slices are what LLVM turns into vector instructions.
            above = int32(0)
            for i in range(len(part)):
                above += int32(1) if part[i] > floor else int32(0)
            if above == 0:
                continue
            for i in range(len(part)):
                score = part[i]
                if score > top[k - 1]:
                    at = k - 1
                    while at > 0 and score > top[at - 1]:
                        top[at], ids[r, at] = top[at - 1], ids[r, at - 1]
                        at -= 1
                    top[at], ids[r, at] = score, start + begin + i
