"""Batchify and the windows of truncated back-propagation through time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class StreamBatch:
    """One window of a batchified stream: `inputs` (T, B) token ids and `targets` (T, B), the ids one step later."""

    inputs: np.ndarray
    targets: np.ndarray

    def take(self, columns: slice) -> "StreamBatch | None":
        """Some of the columns; None where that is none."""
        inputs = self.inputs[:, columns]
        return StreamBatch(inputs, self.targets[:, columns]) if inputs.size else None


def batchify(ids: np.ndarray, batch_size: int) -> np.ndarray:
    """(N,) token ids → (N // B, B): B contiguous pieces of the text side by side; time runs down.

    The alphabet in four columns (y and z, the remainder, are left out):

        a g m s
        b h n t
        c i o u
        d j p v
        e k q w
        f l r x

    The result is a view, so a memory-mapped text stays on disk.

    Raises:
        ValueError: the text is too short to give every column two tokens.
    """
    length = len(ids) // batch_size
    if length < 2:
        raise ValueError(f"{len(ids)} tokens are too few for {batch_size} columns of at least two")
    return ids[: length * batch_size].reshape(batch_size, length).T


def windows(columns: np.ndarray, bptt: int, start: int = 0) -> Iterator[StreamBatch]:
    """Cut (L, B) columns into windows of T = `bptt` steps, from row `start` on; the last may be shorter.

    The alphabet with T = 3 gives first

        inputs   a g m s    targets  b h n t
                 b h n t             c i o u
                 c i o u             d j p v
    """
    for top in range(start, len(columns) - 1, bptt):
        bottom = min(top + bptt, len(columns) - 1)
        yield StreamBatch(columns[top:bottom], columns[top + 1 : bottom + 1])


def window_count(columns: np.ndarray, bptt: int) -> int:
    """How many windows `windows` gives."""
    return -(-(len(columns) - 1) // bptt)
