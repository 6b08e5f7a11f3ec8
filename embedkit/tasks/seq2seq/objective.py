"""What an encoder-decoder is trained to do on pairs: give the target back from the code of the source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from embedkit.models.decoder import Decoded, Encoded
from embedkit.models.recurrent import State, detach
from embedkit.models.unrolling import unroll
from embedkit.tasks.seq2seq.config import Seq2SeqTraining, longest_answer
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.text.bleu import bleu
from embedkit.text.pairs import EncodedPairs, PaddedBatch, length_buckets
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.objective import Evaluation, Step, TokenScores
from embedkit.training.precision import autocast

EVALUATION_BATCH = 128
ROUND_STEPS = 4
"""oneDNN compiles kernels for each shape of a batch that it has not met."""


@dataclass(frozen=True, eq=False)
class PairTensors:
    """A batch of B pairs on its device.

    Attributes:
        source: (B, S) ids, padded, and `lengths` (B,).
        inputs: (B, T) ids that the decoder is fed.
        targets: (B, T) ids, padded.
        known: (B, T) true where a target has a token, false where it is padded.
    """

    source: Tensor
    lengths: Tensor
    inputs: Tensor
    targets: Tensor
    known: Tensor

    @classmethod
    def of(cls, batch: PaddedBatch, end: int, device: torch.device) -> "PairTensors":
        """The decoder is fed the end of line, then the target but for its last token. Either side is padded to a
        multiple of ROUND_STEPS, so that there are few shapes."""
        source, lengths, targets = (
            torch.from_numpy(part).to(device) for part in (batch.source, batch.source_lengths, batch.target)
        )
        source, targets = (F.pad(ids, (0, -ids.shape[1] % ROUND_STEPS)) for ids in (source, targets))
        starts = torch.full_like(targets[:, :1], end)
        steps = torch.arange(targets.shape[1], device=device)
        known = steps < torch.from_numpy(batch.target_lengths).to(device)[:, None]
        return cls(source, lengths, torch.cat([starts, targets[:, :-1]], dim=1), targets, known)


@dataclass(frozen=True)
class PairScores(TokenScores):
    """Scores over all target tokens of some pairs.

    Attributes:
        divergence: nats of the codes' divergence from their prior, summed over pairs.
    """

    pairs: int
    divergence: float


@torch.no_grad()
def measure(model: EncoderDecoder, pairs: EncodedPairs, end: int) -> PairScores:
    """Loss and accuracy with teacher forcing (the decoder is fed the true token before), dropout off.

    Args:
        end: the id of the end of line.
    """
    training, device = model.training, next(model.parameters()).device
    model.eval()
    tokens, nats, right, divergence = 0, 0.0, 0, 0.0
    for rows in _in_order_of_length(pairs.targets):
        batch = PairTensors.of(pairs.batch(rows), end, device)
        encoded = model.encode(batch.source, batch.lengths)
        decoded = model.decode(encoded, batch.inputs, model.start(encoded.code))
        scores = model.log_probabilities(decoded.vectors[batch.known])
        targets = batch.targets[batch.known]
        tokens += len(targets)
        nats -= float(scores.gather(1, targets[:, None]).sum())
        right += int((scores.argmax(dim=1) == targets).sum())
        if encoded.divergence is not None:
            divergence += float(encoded.divergence.sum())
    model.train(training)
    return PairScores(tokens, nats, right, len(pairs), divergence)


@torch.no_grad()
def greedy_texts(
    model: EncoderDecoder, sources: Sequence[np.ndarray], target: Vocabulary, longest: int | None = None
) -> list[str]:
    """The model's output for each source, the likeliest token at every step; the unknown token is never written.

    Args:
        longest: stop after so many tokens; by default what `longest_answer` allows each source.
    """
    training, device = model.training, next(model.parameters()).device
    model.eval()
    texts = [""] * len(sources)
    banned = [] if target.unk is None else [target.unk]
    for rows in _in_order_of_length(sources):
        batch = EncodedPairs(sources, sources).batch(rows)
        encoded = model.encode(*(torch.from_numpy(p).to(device) for p in (batch.source, batch.source_lengths)))
        most = longest_answer(batch.source.shape[1]) if longest is None else longest
        answers = unroll(model, encoded, end=target.line_end, longest=most, banned=banned)
        for row, ids in zip(rows, answers, strict=True):
            texts[row] = target.decode(ids)
    model.train(training)
    return texts


def _in_order_of_length(sequences: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    order = np.argsort([len(s) for s in sequences], kind="stable")
    return (order[start : start + EVALUATION_BATCH] for start in range(0, len(order), EVALUATION_BATCH))


class PairObjective:
    """The target of each pair from its source, in batches of like lengths.

    Args:
        valid: the pairs that are measured each time, and `references` their targets as text.
        target: the vocabulary of the targets.
    """

    def __init__(
        self,
        model: EncoderDecoder,
        config: Seq2SeqTraining,
        train: EncodedPairs,
        valid: EncodedPairs,
        references: Sequence[str],
        target: Vocabulary,
    ) -> None:
        self.model: nn.Module = model
        self.tokens_per_epoch = train.target_tokens
        self._network, self._config, self._train, self._valid = model, config, train, valid
        self._references, self._target, self._end = references, target, target.line_end
        self._device = next(model.parameters()).device
        self._buckets = self._of_epoch(0)
        self.batches_per_epoch = len(self._buckets)

    def tables(self) -> Sequence[Tensor]:
        return embedding_tables(self._network)

    def initial_state(self) -> State:
        return ()

    def _of_epoch(self, epoch: int) -> list[np.ndarray]:
        generator = np.random.default_rng((self._config.seed, epoch))
        return length_buckets(self._train, self._config.batch_tokens, generator)

    def batches(self, epoch: int, start: int) -> Iterator[PaddedBatch]:
        return (self._train.batch(rows) for rows in self._of_epoch(epoch)[start:])

    def step(self, batch: Any, state: State, share: float) -> Step:
        tensors = PairTensors.of(batch, self._end, self._device)
        if self._config.denoise:
            tensors = leave_out(tensors, self._config.denoise)
        sampled = share * self._config.scheduled_sampling
        tokens = int(tensors.known.sum())
        with autocast(self._device, self._config.precision):
            encoded = self._network.encode(tensors.source, tensors.lengths)
            if sampled:
                tensors = replace(tensors, inputs=own_inputs(self._network, encoded, tensors, sampled))
            extra = divergence_loss(encoded, self._config, share) / tokens
        if self._config.bptt is None:
            nats = self._decoded_nats(encoded, tensors)
            (nats / tokens + extra).backward()
            return Step(nats.item() / tokens, tokens, ())
        return Step(self._in_windows(encoded, tensors, tokens, extra) / tokens, tokens, ())

    def _decoded_nats(self, encoded: Encoded, tensors: PairTensors) -> Tensor:
        with autocast(self._device, self._config.precision):
            decoded = self._network.decode(encoded, tensors.inputs, self._network.start(encoded.code))
            return self._nats(decoded, tensors.targets, tensors.known)

    def _nats(self, decoded: Decoded, targets: Tensor, known: Tensor) -> Tensor:
        return self._network.nats(decoded, targets, known, self._config.label_smoothing)

    def _in_windows(self, encoded: Encoded, tensors: PairTensors, tokens: int, extra: Tensor) -> float:
        """Windows of `bptt` decoder steps, each with a backward pass of its own, so that memory holds one at a time.

        The state goes from window to window detached. The gradients of all windows with respect to what the encoder
        gave are summed, and go back through it once.
        """
        assert self._config.bptt is not None
        parts = [part for part in (encoded.code, encoded.memory) if part is not None]
        leaves = [part.detach().requires_grad_() for part in parts]
        detached = replace(encoded, code=leaves[0], memory=leaves[1] if len(leaves) > 1 else None)
        state, total = self._network.start(detached.code), 0.0
        for top in range(0, tensors.targets.shape[1], self._config.bptt):
            window = slice(top, top + self._config.bptt)
            with autocast(self._device, self._config.precision):
                decoded = self._network.decode(detached, tensors.inputs[:, window], state)
                nats = self._nats(decoded, tensors.targets[:, window], tensors.known[:, window])
            (nats / tokens).backward()
            state, total = detach(decoded.state), total + nats.item()
        gradients = [leaf.grad if leaf.grad is not None else torch.zeros_like(leaf) for leaf in leaves]
        if extra.requires_grad:  # it is a constant without a variational bottleneck
            parts, gradients = [*parts, extra], [*gradients, torch.ones_like(extra)]
        torch.autograd.backward(parts, gradients)
        return total

    def evaluate(self, share: float) -> Evaluation:
        scores = measure(self._network, self._valid, self._end)
        # What is longer than every reference is wrong already; early in training nothing would end it.
        most = max(map(len, self._valid.targets))
        hypotheses = greedy_texts(self._network, self._valid.sources, self._target, most)
        exact = sum(h == r for h, r in zip(hypotheses, self._references, strict=True)) / len(hypotheses)
        score = bleu(hypotheses, self._references, lowercase=self._target.lowercase).score
        figures = {"valid_token_accuracy": scores.token_accuracy, "valid_exact_match": exact, "valid_bleu": score}
        if self._network.config.variational:
            figures["valid_divergence_nats"] = scores.divergence / scores.pairs
        # Below every BLEU there is, the loss decides: short or early texts have none, and are not all equally bad.
        criterion = -score if self._config.best == "bleu" and score else scores.nats_per_token
        return Evaluation(scores.nats_per_token, scores.tokens, criterion, figures)


def embedding_tables(model: EncoderDecoder) -> list[Tensor]:
    """The parameters that hold a vector a token, which have a learning rate of their own; shared ones stand twice."""
    return [model.target_embedding.weight, model.source_embedding.weight, model.softmax.table]


def leave_out(tensors: PairTensors, share: float) -> PairTensors:
    """Each source without a random share of its tokens; the end of line stays."""
    steps = torch.arange(tensors.source.shape[1], device=tensors.source.device)
    inside = steps < (tensors.lengths - 1)[:, None]
    stays = ~(inside & (torch.rand(tensors.source.shape, device=tensors.source.device) < share))
    order = (~stays).to(torch.int8).argsort(dim=1, stable=True)
    left_out = (~stays).sum(dim=1)
    return replace(tensors, source=tensors.source.gather(1, order), lengths=tensors.lengths - left_out)


@torch.no_grad()
def own_inputs(model: EncoderDecoder, encoded: Encoded, tensors: PairTensors, share: float) -> Tensor:
    """(B, T) decoder inputs of which a random share are the model's own likeliest tokens, from one pass with the true
    ones (scheduled sampling, Bengio et al. 2015, in parallel as in Duckworth et al. 2019)."""
    decoded = model.decode(encoded, tensors.inputs, model.start(encoded.code))
    own = model.log_probabilities(decoded.vectors.flatten(0, 1)).argmax(dim=1).view_as(tensors.inputs)
    replaced = torch.rand(own[:, :-1].shape, device=own.device) < share
    mixed = tensors.inputs.clone()
    mixed[:, 1:] = torch.where(replaced, own[:, :-1], mixed[:, 1:])
    return mixed


def divergence_loss(encoded: Encoded, config: Seq2SeqTraining, share: float) -> Tensor:
    """The summed divergence of a batch's codes from their prior, by its annealed weight; what a dimension has less than
    its free bits on average costs nothing. Zero where the bottleneck is not variational."""
    if encoded.divergence is None:
        return encoded.code.new_zeros(())
    weight = config.kl_weight * (min(1.0, share / config.kl_annealing) if config.kl_annealing > 0 else 1.0)
    return weight * encoded.divergence.mean(dim=0).clamp(min=config.free_bits).sum() * len(encoded.code)
