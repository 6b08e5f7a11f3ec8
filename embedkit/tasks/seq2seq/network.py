"""seq2vec2seq: a sequence is condensed into one vector, the bottleneck, and unrolled from it again.

    source (B, S) → encode → code (B, D) → decode → the target, token by token

The decoder is fed the code at every step (Cho et al. 2014), started from it (Sutskever et al. 2014), or both. With
attention it looks back at the source as well, and the code is no longer all it has to go on.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.models.attention import ATTENTIONS
from embedkit.models.cutoffs import two_cutoffs
from embedkit.models.decoder import Decoder, Encoded, token_table
from embedkit.models.recurrent import RecurrentCore, State
from embedkit.models.softmax import SoftmaxHead
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.seq2seq.config import Seq2SeqModel
from embedkit.tasks.seq2seq.vocabularies import load_vocabularies
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import load_weights

ROWS_OF_SOURCE = ("source_embedding.weight",)
ROWS_OF_TARGET = ("target_embedding.weight", "softmax.table", "softmax.bias")
"""The parameters that have a row a token of the source, and of the target; with a shared vocabulary the target's."""


class EncoderDecoder(Decoder):
    """Encoder → bottleneck → decoder.

    Args:
        config: the model's shape.
        source_counts, target_counts: (V,) frequency of each token in the training text; with a shared vocabulary the
            target's serve both.
    """

    def __init__(self, config: Seq2SeqModel, source_counts: np.ndarray, target_counts: np.ndarray) -> None:
        super().__init__()
        self.config, self.feed = config, config.feed
        width, hidden = config.embedding_size, config.hidden_size
        inputs = token_table(len(target_counts), width)
        self.target_embedding = nn.Embedding(len(target_counts), width)
        self.target_embedding.weight = inputs
        self.source_embedding = nn.Embedding(len(source_counts), width)
        self.source_embedding.weight = inputs if config.shared_vocabulary else token_table(len(source_counts), width)
        self.reader = _core(config, width)
        self.backward_reader = _core(config, width) if config.bidirectional else None
        read = hidden * (2 if config.bidirectional else 1)
        self.to_code = nn.Linear(read, config.bottleneck_size)
        self.to_log_variance = nn.Linear(read, config.bottleneck_size) if config.variational else None
        self.writer = _core(config, width + (config.bottleneck_size if config.feed != "start" else 0))
        self.to_state = self.starter(config.bottleneck_size)
        self.attention = None if config.attention == "none" else ATTENTIONS[config.attention](hidden, read)
        outputs = inputs if config.tied else token_table(len(target_counts), hidden)
        cutoffs = two_cutoffs(target_counts) if config.softmax == "adaptive" else ()
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


def _core(config: Seq2SeqModel, width: int) -> RecurrentCore:
    return RecurrentCore(config.cell, width, config.hidden_size, config.layers, dropout=config.dropout)


def load_seq2seq(run: Run) -> tuple[EncoderDecoder, Vocabulary, Vocabulary]:
    """A finished encoder-decoder with the vocabularies of its source and its target, ready to evaluate."""
    source, target = load_vocabularies(run)
    with torch.random.fork_rng(devices=[]):
        model = EncoderDecoder(configurations(run)[0], source.counts, target.counts)
    load_weights(run, model)
    return model.eval(), source, target
