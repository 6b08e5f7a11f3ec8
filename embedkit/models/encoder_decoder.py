"""seq2vec2seq: a sequence is condensed into one vector, the bottleneck, and unrolled from it again.

    source (B, S) → encode → code (B, D) → decode → the target, token by token

The decoder is fed the code at every step (Cho et al. 2014), started from it (Sutskever et al. 2014), or both. With
attention it looks back at the source as well, and the code is no longer all it has to go on.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from embedkit.config import Seq2SeqConfig
from embedkit.models.attention import ATTENTIONS
from embedkit.models.recurrent import RecurrentCore, State
from embedkit.models.softmax import SoftmaxHead, choose_cutoffs


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


class EncoderDecoder(nn.Module):
    """Encoder → bottleneck → decoder.

    Args:
        config: the model's shape.
        source_counts, target_counts: (V,) frequency of each token in the training text; with a shared vocabulary the
            target's serve both.
    """

    def __init__(self, config: Seq2SeqConfig, source_counts: np.ndarray, target_counts: np.ndarray) -> None:
        super().__init__()
        self.config = config
        width, hidden = config.embedding_size, config.hidden_size
        inputs = _table(len(target_counts), width)
        self.target_embedding = nn.Embedding(len(target_counts), width)
        self.target_embedding.weight = inputs
        self.source_embedding = nn.Embedding(len(source_counts), width)
        self.source_embedding.weight = inputs if config.shared_vocabulary else _table(len(source_counts), width)
        self.reader = _core(config, width)
        self.backward_reader = _core(config, width) if config.bidirectional else None
        read = hidden * (2 if config.bidirectional else 1)
        self.to_code = nn.Linear(read, config.bottleneck_size)
        self.to_log_variance = nn.Linear(read, config.bottleneck_size) if config.variational else None
        self.writer = _core(config, width + (config.bottleneck_size if config.feed != "start" else 0))
        parts = config.layers * (2 if config.cell == "lstm" else 1)
        self.to_state = nn.Linear(config.bottleneck_size, parts * hidden) if config.feed != "every-step" else None
        self.attention = None if config.attention == "none" else ATTENTIONS[config.attention](hidden, read)
        outputs = inputs if config.tied else _table(len(target_counts), hidden)
        cutoffs = choose_cutoffs(target_counts) if config.softmax == "adaptive" else ()
        self.softmax = SoftmaxHead(hidden, outputs, cutoffs, target_counts)

    def encode(self, source: Tensor, lengths: Tensor) -> Encoded:
        """(B, S) token ids, padded at the end with any id, and (B,) lengths of at least 1 → what the decoder is given.

        Padding changes nothing: the forward reader's state is taken where each source ends, and the backward reader
        reads each source from its own last token on.
        """
        ids = source.T
        outputs, _ = self.reader(self._embed(ids), self.reader.initial_state(len(source)))
        last = (lengths - 1)[None, :, None]
        ends = outputs.gather(0, last.expand(1, -1, outputs.shape[2]))[0]
        if self.backward_reader is not None:
            steps = torch.arange(len(ids), device=ids.device)[:, None]
            mirrored = torch.where(steps < lengths, lengths - 1 - steps, steps)
            state = self.backward_reader.initial_state(len(source))
            back, _ = self.backward_reader(self._embed(ids.gather(0, mirrored)), state)
            ends = torch.cat([ends, back.gather(0, last.expand(1, -1, back.shape[2]))[0]], dim=1)
            if self.attention is not None:
                back = back.gather(0, mirrored[:, :, None].expand_as(back))
                outputs = torch.cat([outputs, back], dim=2)
        encoded = self._squeeze(ends)
        if self.attention is None:
            return encoded
        mask = torch.arange(len(ids), device=ids.device) < lengths[:, None]
        return replace(encoded, memory=outputs.transpose(0, 1), mask=mask)

    def encode_stream(self, ids: Tensor, state: State) -> tuple[Encoded, State]:
        """A (T, B) window of a batchified stream and the state carried so far → a vector a column, and the state after.

        Only a model that reads forwards and does not attend can carry a state.
        """
        outputs, state = self.reader(self._embed(ids), state)
        return self._squeeze(outputs[-1]), state

    def _embed(self, ids: Tensor) -> Tensor:
        return self.reader.drop(self.source_embedding(ids))

    def _squeeze(self, ends: Tensor) -> Encoded:
        """(B, R) final states → the bottleneck; drawn from its posterior while a variational model trains."""
        code = self.to_code(ends)
        if self.to_log_variance is None:
            return Encoded(code)
        log_variance = self.to_log_variance(ends)
        divergence = 0.5 * (code.square() + log_variance.exp() - log_variance - 1)
        if self.training:
            code = code + torch.randn_like(code) * (0.5 * log_variance).exp()
        return Encoded(code, divergence=divergence)

    def start(self, code: Tensor) -> State:
        """(B, D) codes → the state that the decoder starts in."""
        if self.to_state is None:
            return self.writer.initial_state(len(code))
        parts = torch.tanh(self.to_state(code)).chunk(self.to_state.out_features // self.writer.hidden_size, dim=1)
        each = len(parts) // len(self.writer.layers)
        return tuple(tuple(part[None].contiguous() for part in parts[i : i + each]) for i in range(0, len(parts), each))

    def decode(self, encoded: Encoded, inputs: Tensor, state: State) -> Decoded:
        """(B, T) ids, each the token before the one to be told, and a state → the vectors the softmax takes."""
        vectors, state = self.write(encoded.code, inputs, state)
        return self.attend(encoded, Decoded(vectors, state))

    def write(self, code: Tensor, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """(N, D) codes, (N, T) ids and a state → the decoder's (N, T, H) outputs and the state after them."""
        x = self.writer.drop(self.target_embedding(inputs.T))
        if self.config.feed != "start":
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

    def nats(self, decoded: Decoded, targets: Tensor, known: Tensor, smoothing: float = 0.0) -> Tensor:
        """The summed loss of the (B, T) targets at the places where `known`, (B, T), is True.

        With label smoothing ε a share ε of the probability asked for is spread evenly over the vocabulary (Szegedy et
        al. 2016): (1 − ε) · −log p(target) + ε · mean over v of −log p(v).
        """
        vectors, wanted = self.writer.drop(decoded.vectors)[known], targets[known]
        if smoothing == 0:
            return self.softmax(vectors, wanted)
        scores = self.softmax.log_probabilities(vectors)
        return F.nll_loss(scores, wanted, reduction="sum") * (1 - smoothing) - scores.mean(1).sum() * smoothing

    def log_probabilities(self, vectors: Tensor) -> Tensor:
        """(N, H) vectors → (N, V) log-probabilities of the next token."""
        return self.softmax.log_probabilities(vectors)


def _core(config: Seq2SeqConfig, width: int) -> RecurrentCore:
    return RecurrentCore(config.cell, width, config.hidden_size, config.layers, dropout=config.dropout)


def _table(size: int, width: int) -> nn.Parameter:
    """(V, width) vectors of expected length one."""
    return nn.Parameter(torch.randn(size, width) * width**-0.5)
