"""A table of vectors in blocks of rows, of which a step of training pays for those that it meets."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


class RowBlocks:
    """The rows of a (V, D) table as leaves of their own, which share its memory.

    What reads or writes weights goes on with the whole table. What is trained is the leaves: a block that no token of a
    step is in has no gradient, so that neither the clipping nor the optimiser looks at it, and its moments stand still
    meanwhile, as those of a row under torch's SparseAdam.

    Args:
        table: gets no gradient any more. It must stay where it is: on its device, in its memory.
        edges: rising, the row after each block; the last is V.
    """

    def __init__(self, table: Tensor, edges: Sequence[int]) -> None:
        table.requires_grad_(False)
        self._starts = (0, *edges[:-1])
        self._edges = torch.tensor(edges[:-1], device=table.device)
        pairs = zip(self._starts, edges, strict=True)
        self.leaves = [table.detach()[start:end].requires_grad_() for start, end in pairs]

    def look_up(self, ids: Tensor) -> Tensor:
        """(…) row numbers → (…, D) rows."""
        flat = ids.flatten()
        block = torch.bucketize(flat, self._edges, right=True)
        order = block.argsort(stable=True)
        numbers, sizes = block[order].unique_consecutive(return_counts=True)
        pieces = zip(numbers.tolist(), flat[order].split(sizes.tolist()), strict=True)
        rows = torch.cat([F.embedding(piece - self._starts[i], self.leaves[i]) for i, piece in pieces])
        return rows.index_select(0, order.argsort()).unflatten(0, ids.shape)
