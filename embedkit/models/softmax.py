"""Softmax heads: hidden vectors and targets in, nats per token out."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from embedkit.models.row_blocks import RowBlocks

ROUND_ROWS = 32
"""Rows of a product in bfloat16 are filled up to a multiple of it. oneDNN compiles kernels for a shape it has not met,
which takes fourteen times as long as 160 × 256 × 4,096 itself, forwards and backwards; and how many tokens of a tail
are in a batch is another number each time."""
NO_TARGET = -100
"""The entry of a row that only fills up: cross_entropy leaves it out."""


class SoftmaxHead(nn.Module):
    """Output embeddings and the distribution they give, as one softmax or cut into frequency blocks.

    With cut-offs (c₁, c₂) the vocabulary, ordered by falling count, falls into a head of c₁ words and tails
    c₁…c₂ and c₂…V. The head's softmax also holds one entry a tail; a word in a tail has the probability of its
    tail times that within it. It is exact and normalised, and a frequent word costs only the head (Grave et al.
    2017). Unlike there the tails keep the full width, so that the table can be tied to the input embeddings.

    The last tail, of the rarest words, may be cut into blocks of B words once more: a word there has the probability of
    that tail, times that of its block within the tail, times its own within the block (Goodman 2001, Classes for fast
    maximum entropy training). Of a million words a token then costs its block alone, and the head one entry for all.

    Args:
        hidden_size: length D of the vectors that come in.
        table: (V, E) output embeddings; an input embedding's own weight where they are tied. Where E is not D,
            the vectors are projected first.
        cutoffs: rising, each inside (0, V); none for the full softmax.
        counts: (V,) how often each token stands in the training text; the biases start at the log-frequencies,
            so the first loss is that of a unigram model.
        rare_block: words B of a block of the last tail; 0 where it is one softmax as the others.
    """

    def __init__(
        self,
        hidden_size: int,
        table: nn.Parameter,
        cutoffs: tuple[int, ...] = (),
        counts: np.ndarray | None = None,
        *,
        rare_block: int = 0,
    ) -> None:
        super().__init__()
        size, width = table.shape
        self.table = table
        self.blocks: RowBlocks | None = None
        self.edges = (*cutoffs, size)
        self.rare_block = rare_block
        starts = range(cutoffs[-1], size, rare_block) if rare_block else range(0)
        self.row_edges = (*cutoffs, *starts[1:], size)
        "Where the head, each tail and each block of the last one end."
        self.project = nn.Linear(hidden_size, width, bias=False) if width != hidden_size else nn.Identity()
        self.tails = nn.Linear(width, len(cutoffs)) if cutoffs else None
        self.rare = nn.Linear(width, len(starts)) if starts else None
        self.bias = nn.Parameter(torch.zeros(size))
        self.register_buffer("ends", torch.tensor(cutoffs, dtype=torch.int64), persistent=False)
        if counts is not None:
            self._start_at_frequencies(np.asarray(counts, dtype=np.float64))

    def _start_at_frequencies(self, counts: np.ndarray) -> None:
        share = (counts + 1) / (counts + 1).sum()
        self.bias.data.copy_(torch.from_numpy(np.log(share)))
        if self.tails is not None:
            self.tails.bias.data.copy_(_log_mass(share, self.edges))
        if self.rare is not None:
            self.rare.bias.data.copy_(_log_mass(share, self.row_edges[len(self.edges) - 2 :]))

    def _blocks(self) -> list[tuple[int, int]]:
        """The tails as (first, end) rows of the table."""
        return list(pairwise(self.edges))

    def _pieces(self) -> list[tuple[Tensor, Tensor]]:
        """Rows and biases of the head and of each tail. One split has one backward pass over the table."""
        sizes = np.diff((0, *self.edges)).tolist()
        return list(zip(self.table.split(sizes), self.bias.split(sizes), strict=True))

    def train_in_blocks(self) -> RowBlocks:
        """Train the table in blocks, the head, each tail and each block of rare words one, from now on; see
        `RowBlocks`."""
        self.blocks = RowBlocks(self.table, self.row_edges)
        return self.blocks

    def _head_logits(self, x: Tensor, rows: Tensor, bias: Tensor) -> Tensor:
        """(N, E) → (N, c₁ + tails)."""
        logits = F.linear(x, rows, bias)
        return logits if self.tails is None else torch.cat([logits, self.tails(x)], dim=1)

    def forward(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """(N, D) vectors, (N,) target ids → the summed loss in nats, a scalar."""
        loss = hidden.new_zeros(())
        more = -len(targets) % _multiple(hidden)
        hidden, targets = F.pad(hidden, (0, 0, 0, more)), F.pad(targets, (0, more), value=NO_TARGET)
        for _, logits, entries in self._choices(hidden, targets, _multiple(hidden)):
            loss = loss + F.cross_entropy(logits, entries, reduction="sum")
        return loss

    def nats(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """(N, D) vectors, (N,) target ids → (N,) the loss of each. A tail is looked into only for its own targets."""
        nats = hidden.new_zeros(len(targets))
        for rows, logits, entries in self._choices(hidden, targets):
            nats[rows] += F.cross_entropy(logits, entries, reduction="none")
        return nats

    def _choices(
        self, hidden: Tensor, targets: Tensor, multiple: int = 1
    ) -> Iterator[tuple[Tensor | slice, Tensor, Tensor]]:
        """Every softmax that a target is chosen in, the head's last: of which rows, their logits and their entries.
        Those of a tail are filled up to a multiple by rows without a target."""
        x = self.project(hidden)
        head, *tails = self._pieces()
        if self.blocks is not None:
            head, *tails = zip(self.blocks.leaves, (bias for _, bias in (head, *tails)), strict=False)
        piece = torch.bucketize(targets.contiguous(), self.get_buffer("ends"), right=True)
        entry = torch.where(piece > 0, self.edges[0] + piece - 1, targets)
        for number in piece[piece > 0].unique().tolist():
            chosen = (piece == number).nonzero().squeeze(1)
            entries = targets[chosen] - self.edges[number - 1]
            rows, tail = chosen, tails[number - 1]
            if self.rare is not None and number == len(tails):
                yield rows, self._within_blocks(x[rows], entries, *tail), entries % self.rare_block
                tail, entries = (self.rare.weight, self.rare.bias), entries // self.rare_block
            more = -len(chosen) % multiple
            rows, entries = torch.cat([rows, rows[:1].expand(more)]), F.pad(entries, (0, more), value=NO_TARGET)
            yield rows, F.linear(x[rows], *tail), entries
        yield slice(None), self._head_logits(x, *head), entry

    def _within_blocks(self, x: Tensor, entries: Tensor, rows: Tensor, bias: Tensor) -> Tensor:
        """(N, E) vectors and (N,) entries of the last tail → (N, B) logits of the words of each one's block.

        The blocks that are met are multiplied at once, each by its own vectors; in single precision, since their number
        is another each time, and kernels of bfloat16 are compiled for each.
        """
        size, spare = self.rare_block, -len(bias) % self.rare_block
        met, at, counts = (entries // size).unique(return_inverse=True, return_counts=True)
        if self.blocks is None:
            tables = F.pad(rows, (0, 0, 0, spare)).unflatten(0, (-1, size))[met]
        else:
            leaves = [self.blocks.leaves[len(self.edges) - 1 + number] for number in met.tolist()]
            leaves[-1] = F.pad(leaves[-1], (0, 0, 0, size - len(leaves[-1])))
            tables = torch.stack(leaves)
        biases = F.pad(bias, (0, spare), value=-torch.inf).unflatten(0, (-1, size))[met]
        order = at.argsort(stable=True)
        place = torch.empty_like(at)
        place[order] = torch.arange(len(at), device=at.device) - (counts.cumsum(0) - counts)[at[order]]
        with torch.autocast(x.device.type, enabled=False):
            vectors = x.new_zeros(len(met), int(counts.max()), x.shape[1], dtype=tables.dtype)
            vectors = vectors.index_put((at, place), x.to(tables.dtype))
            logits = torch.baddbmm(biases[:, None], vectors, tables.mT)
        return logits[at, place]

    def _tail_scores(self, x: Tensor, number: int, rows: Tensor, bias: Tensor) -> Tensor:
        """(N, E) vectors → (N, words) log-probabilities of the words of a tail, within it."""
        scores = F.linear(x, rows, bias)
        if self.rare is None or number < len(self.edges) - 2:
            return F.log_softmax(scores, dim=1)
        spare = -len(bias) % self.rare_block
        blocks = F.pad(scores, (0, spare), value=-torch.inf).unflatten(1, (-1, self.rare_block))
        within = F.log_softmax(blocks, dim=2) + F.log_softmax(self.rare(x), dim=1)[:, :, None]
        return within.flatten(1)[:, : len(bias)]

    def log_probabilities(self, hidden: Tensor) -> Tensor:
        """(N, D) → (N, V) log-probabilities of every token."""
        x = self.project(hidden)
        head, *tails = self._pieces()
        first = self.edges[0]
        scores = F.log_softmax(self._head_logits(x, *head), dim=1)
        parts = [scores[:, :first]]
        for i, tail in enumerate(tails):
            parts.append(scores[:, first + i, None] + self._tail_scores(x, i, *tail))
        return torch.cat(parts, dim=1)

    def likeliest(self, hidden: Tensor, banned: Tensor) -> Tensor:
        """(N, D) vectors, (N, V) tokens that may not be taken → (N,) the likeliest token of each.

        A tail is looked into only where it is likelier as a whole than the best word of the head.
        """
        x = self.project(hidden)
        head, *tails = self._pieces()
        first = self.edges[0]
        scores = F.log_softmax(self._head_logits(x, *head), dim=1)
        best, token = scores[:, :first].masked_fill(banned[:, :first], -torch.inf).max(dim=1)
        for i, ((start, end), tail) in enumerate(zip(self._blocks(), tails, strict=True)):
            rows = (scores[:, first + i] > best).nonzero().squeeze(1)
            if len(rows):
                within = scores[rows, first + i, None] + self._tail_scores(x[rows], i, *tail)
                value, place = within.masked_fill(banned[rows, start:end], -torch.inf).max(dim=1)
                better = value > best[rows]
                best[rows[better]], token[rows[better]] = value[better], place[better] + start
        return token


def _log_mass(share: np.ndarray, edges: Sequence[int]) -> Tensor:
    """(V,) shares of the words → the logarithms of their sums from each edge to the next."""
    return torch.tensor(np.log([share[start:end].sum() for start, end in pairwise(edges)]))


def _multiple(hidden: Tensor) -> int:
    """What the rows of a product are filled up to a multiple of, in the precision that it is done in here."""
    return ROUND_ROWS if torch.is_autocast_enabled(hidden.device.type) else 1
