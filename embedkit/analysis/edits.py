"""How one sequence is turned into another by the fewest edits, of which each puts in, takes out or exchanges one item
(Levenshtein 1966)."""

from collections.abc import Sequence

import numpy as np

Pair = tuple[str | None, str | None]
"""An item of the reference and the one of the hypothesis beside it; None where there is none."""


def edits(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items have to be put in, taken out or exchanged."""
    row = list(range(len(other) + 1))
    for i, item in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, against in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (item != against))
    return row[-1]


def alignment(reference: Sequence[str], hypothesis: Sequence[str]) -> list[Pair]:
    """The items of both side by side, by the fewest edits; where several ways are equal, from the end on a
    substitution goes before an omission and that before an insertion."""
    costs = np.zeros((len(reference) + 1, len(hypothesis) + 1), dtype=np.int64)
    costs[:, 0], costs[0] = np.arange(len(reference) + 1), np.arange(len(hypothesis) + 1)
    for i, one in enumerate(reference, 1):
        for j, other in enumerate(hypothesis, 1):
            costs[i, j] = min(costs[i - 1, j - 1] + (one != other), costs[i - 1, j] + 1, costs[i, j - 1] + 1)
    pairs: list[Pair] = []
    i, j = len(reference), len(hypothesis)
    while i or j:
        if i and j and costs[i, j] == costs[i - 1, j - 1] + (reference[i - 1] != hypothesis[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((reference[i], hypothesis[j]))
        elif i and costs[i, j] == costs[i - 1, j] + 1:
            i -= 1
            pairs.append((reference[i], None))
        else:
            j -= 1
            pairs.append((None, hypothesis[j]))
    return pairs[::-1]
