"""The decoding half of a model: one vector is unrolled into a text, token by token.

code (B, D) → start → decode, each token fed the one before → vectors for the softmax
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from embedkit.config.architecture import Feed
from embedkit.models.attention import Attention
from embedkit.models.recurrent import RecurrentCore, State
from embedkit.models.softmax import SoftmaxHead


@dataclass(frozen=True, eq=False)
class Encoded:
    """What the decoder is given of B sources.

    Attributes:
        code: (B, D) the bottleneck vectors; in training, of a variational model, drawn.
        memory: (B, S, M) the encoder's outputs where the model attends to them, and mask: (B, S), True at tokens.
        keys: (B, S, H) what the attention makes of the memory, where it was made beforehand (see `with_keys`).
        divergence: (B, D) nats of a variational code over its prior, by dimension.
    """

    code: Tensor
    memory: Tensor | None = None
    mask: Tensor | None = None
    keys: Tensor | None = None
    divergence: Tensor | None = None

    def take(self, rows: Tensor) -> "Encoded":
        """The sources of these rows; (B',) int64."""

        def chosen(part: Tensor | None) -> Tensor | None:
            return None if part is None else part[rows]

        parts = (self.memory, self.mask, self.keys, self.divergence)
        return Encoded(self.code[rows], *map(chosen, parts))


@dataclass(frozen=True, eq=False)
class Decoded:
    """What the decoder makes of T tokens: (B, T, H) vectors for the softmax, the state after them, and how much of its
    attention each step gave to each source token, (B, T, S), where there is attention."""

    vectors: Tensor
    state: State
    weights: Tensor | None = None


class Decoder(nn.Module):
    """What an encoder-decoder and a captioner have in common; each of them sets these parts.

    Attributes:
        feed: whether the writer is fed the code at every step, started from it, or both.
        target_embedding: of the tokens that it writes.
        writer: the recurrent core that writes.
        to_state: from a code to the writer's first state, where it starts from it.
        attention: None where a code is all it has to go on.
        softmax: over the tokens.
    """

    feed: Feed
    target_embedding: nn.Embedding
    writer: RecurrentCore
    to_state: nn.Linear | None
    attention: Attention | None
    softmax: SoftmaxHead

    def starter(self, code_size: int) -> nn.Linear | None:
        """What makes a code of this size the writer's first state; None where the writer starts from zeros."""
        if self.feed == "every-step":
            return None
        parts = len(self.writer.layers) * (2 if self.writer.cell == "lstm" else 1)
        return nn.Linear(code_size, parts * self.writer.hidden_size)

    def start(self, code: Tensor) -> State:
        """(B, D) codes → the state that the decoder starts in."""
        if self.to_state is None:
            return self.writer.initial_state(len(code))
        parts = torch.tanh(self.to_state(code)).chunk(self.to_state.out_features // self.writer.hidden_size, dim=1)
        each = len(parts) // len(self.writer.layers)
        return tuple(tuple(part[None].contiguous() for part in parts[i : i + each]) for i in range(0, len(parts), each))

    def decode(self, encoded: Encoded, inputs: Tensor, state: State) -> Decoded:
        """(B, T) ids, each the token before the one to be predicted, and a state → the vectors the softmax takes."""
        vectors, state = self.write(encoded.code, inputs, state)
        return self.attend(encoded, Decoded(vectors, state))

    def write(self, code: Tensor, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """(N, D) codes, (N, T) ids and a state → the decoder's (N, T, H) outputs and the state after them."""
        x = self.writer.drop(self.target_embedding(inputs.T))
        if self.feed != "start":
            x = torch.cat([x, code.expand(len(x), -1, -1)], dim=2)
        outputs, state = self.writer(x, state)
        return outputs.transpose(0, 1), state

    def attend(self, encoded: Encoded, decoded: Decoded) -> Decoded:
        """The decoder's outputs with what attention adds to them; as they are where there is none."""
        if self.attention is None:
            return decoded
        assert encoded.memory is not None
        assert encoded.mask is not None
        vectors, weights = self.attention(decoded.vectors, encoded.memory, encoded.mask, encoded.keys)
        return Decoded(vectors, decoded.state, weights)

    def with_keys(self, encoded: Encoded) -> Encoded:
        """What attention makes of the memory at every step, made once: for decoding step by step."""
        if self.attention is None or encoded.memory is None:
            return encoded
        return replace(encoded, keys=self.attention.keys(encoded.memory))

    def nats(self, decoded: Decoded, targets: Tensor, mask: Tensor, smoothing: float = 0.0) -> Tensor:
        """The summed loss of the (B, T) targets at the places where `mask`, (B, T), is True.

        With label smoothing ε a share ε of the probability asked for is spread evenly over the vocabulary (Szegedy et
        al. 2016): (1 − ε) · −log p(target) + ε · mean over v of −log p(v).
        """
        vectors, token_ids = self.writer.drop(decoded.vectors)[mask], targets[mask]
        if smoothing == 0:
            return self.softmax(vectors, token_ids)
        scores = self.softmax.log_probabilities(vectors)
        return F.nll_loss(scores, token_ids, reduction="sum") * (1 - smoothing) - scores.mean(1).sum() * smoothing

    def log_probabilities(self, vectors: Tensor) -> Tensor:
        """(N, H) vectors → (N, V) log-probabilities of the next token."""
        return self.softmax.log_probabilities(vectors)


def token_table(size: int, width: int) -> nn.Parameter:
    """(V, width) vectors of expected length one."""
    return nn.Parameter(torch.randn(size, width) * width**-0.5)
