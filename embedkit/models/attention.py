"""Attention over the encoder's outputs, after the decoder's step (Luong et al. 2015, section 3.1)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Weights over the source for every decoder step, and the vector that comes of them: tanh(W [context; h])."""

    def __init__(self, hidden_size: int, memory_size: int) -> None:
        super().__init__()
        self.combine = nn.Linear(hidden_size + memory_size, hidden_size, bias=False)

    keys: nn.Linear  # (B, S, M) → (B, S, H), what queries are compared with

    def scores(self, hidden: Tensor, keys: Tensor) -> Tensor:
        """(B, T, H), (B, S, H) → (B, T, S)."""
        raise NotImplementedError

    def forward(
        self, hidden: Tensor, memory: Tensor, mask: Tensor, keys: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(B, T, H), (B, S, M), (B, S) True at tokens → (B, T, H) vectors and (B, T, S) weights that sum to one.

        Args:
            keys: `self.keys(memory)`, where it is at hand.
        """
        keys = self.keys(memory) if keys is None else keys
        scores = self.scores(hidden, keys).masked_fill(~mask[:, None, :], -torch.inf)
        weights = scores.softmax(dim=2)
        return torch.tanh(self.combine(torch.cat([weights @ memory, hidden], dim=2))), weights


class DotAttention(Attention):
    """hᵀ W m: the dot product, after a map that gives both the same length (Luong's "general")."""

    def __init__(self, hidden_size: int, memory_size: int) -> None:
        super().__init__(hidden_size, memory_size)
        self.keys = nn.Linear(memory_size, hidden_size, bias=False)

    def scores(self, hidden: Tensor, keys: Tensor) -> Tensor:
        return hidden @ keys.transpose(1, 2)


class AdditiveAttention(Attention):
    """vᵀ tanh(W h + U m) (Bahdanau et al. 2015)."""

    def __init__(self, hidden_size: int, memory_size: int) -> None:
        super().__init__(hidden_size, memory_size)
        self.queries = nn.Linear(hidden_size, hidden_size)
        self.keys = nn.Linear(memory_size, hidden_size, bias=False)
        self.value = nn.Linear(hidden_size, 1, bias=False)

    def scores(self, hidden: Tensor, keys: Tensor) -> Tensor:
        both = self.queries(hidden)[:, :, None] + keys[:, None]
        return self.value(torch.tanh(both)).squeeze(3)


ATTENTIONS: dict[str, Callable[[int, int], Attention]] = {"dot": DotAttention, "additive": AdditiveAttention}
