"""How a language model is trained: truncated back-propagation through time over windows of a batchified stream, with
the state carried on, and what its trainer takes from the text and measures of it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.corpora import open_corpus
from embedkit.corpora.corpus import Corpus
from embedkit.models.cutoffs import choose_cutoffs
from embedkit.models.recurrent import State, detach
from embedkit.progress import Progress, no_progress, prefixed
from embedkit.runs.folder import Run
from embedkit.runs.provenance import corpus_record
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.data import ENCODED, EncodedText, encode_text, held_out_width, text_columns
from embedkit.tasks.language_model.network import ROWS_OF_TOKENS, LanguageModelNetwork
from embedkit.text.batching import StreamBatch, window_count, windows
from embedkit.text.perplexity import perplexity
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import STATE_FILE
from embedkit.training.cost import tell_cost
from embedkit.training.driver import Fitting, Trainer
from embedkit.training.objective import Evaluation, Step
from embedkit.training.precision import autocast
from embedkit.training.snapshots import Snapshots
from embedkit.training.transfer import TokenMap, carry_weights, earlier_run, lineage_of, tell_tokens


def on_device(batch: StreamBatch, device: torch.device) -> tuple[Tensor, Tensor]:
    """The (T, B) inputs and targets of a window as int64 tensors."""
    inputs = torch.from_numpy(batch.inputs.astype(np.int64))
    targets = torch.from_numpy(batch.targets.astype(np.int64))
    return inputs.to(device), targets.to(device)


@torch.no_grad()
def evaluate(model: LanguageModelNetwork, columns: np.ndarray, bptt: int) -> float:
    """(L, B) columns → mean nats per token, averaged over tokens; the state is carried from window to window."""
    device = next(model.parameters()).device
    training = model.training
    model.eval()
    state, total, tokens = model.initial_state(columns.shape[1]), 0.0, 0
    for batch in windows(columns, bptt):
        inputs, targets = on_device(batch, device)
        loss, state = model(inputs, targets, state)
        total += loss.item() * targets.numel()
        tokens += targets.numel()
    model.train(training)
    return total / tokens


def dropout_share(passes: float, after: float) -> float:
    """How much of its dropout a model has after so many passes over its text: none before `after` of them, then a
    quarter, and a quarter more each time they have doubled.

    What a text read once or twice has too much of, one read ten times has too little of: the more often it is read, the
    more of it can be learned by heart. Dropout that sets in late is Morerio et al.'s (2017, Curriculum dropout).
    """
    if passes < after:
        return 0.0
    return min(1.0, (1 + math.floor(math.log2(passes / after))) / 4) if after else 1.0


class LanguageModelObjective:
    """The next token at every step of (L, B) columns; the state is handed on from window to window and detached.

    Args:
        train: (L, B) columns of the training text.
        valid: (L', B') columns of the part of the validation text that is measured each time.
    """

    def __init__(
        self, model: LanguageModelNetwork, config: LanguageModelTraining, train: np.ndarray, valid: np.ndarray
    ) -> None:
        self.model: nn.Module = model
        self.columns, self.valid_columns = train, valid
        self.batches_per_epoch = window_count(train, config.bptt)
        self.tokens_per_epoch = train.size - train.shape[1]
        self._network, self._config, self._dropout = model, config, model.core.dropout
        self._device = next(model.parameters()).device
        self._forward = torch.compile(model) if config.compile else model

    def tables(self) -> Sequence[Tensor]:
        return self._network.tables()

    def initial_state(self) -> State:
        return self._network.initial_state(self.columns.shape[1])

    def batches(self, epoch: int, start: int) -> Iterator[StreamBatch]:
        """Every epoch runs down the columns from their top; the network's dropout is set to what is due there."""
        for number, batch in enumerate(windows(self.columns, self._config.bptt, start * self._config.bptt), start):
            passes = epoch + number / self.batches_per_epoch
            self._network.core.dropout = self._dropout * dropout_share(passes, self._config.dropout_after)
            yield batch

    def step(self, batch: Any, state: State, share: float) -> Step:
        inputs, targets = on_device(batch, self._device)
        with autocast(self._device, self._config.precision):
            loss, state = self._forward(inputs, targets, detach(state))
        loss.backward()
        return Step(loss.item(), targets.numel(), state)

    def evaluate(self, share: float) -> Evaluation:
        nats = evaluate(self._network, self.valid_columns, self._config.bptt)
        return Evaluation(nats, self.valid_columns.size - self.valid_columns.shape[1], criterion=nats)


def _metrics(
    network: LanguageModelNetwork, training: LanguageModelTraining, text: EncodedText, corpus: Corpus
) -> dict[str, Any]:
    """The headline figures of the best weights, over all tokens of each held-out split."""
    vocabulary = text.vocabulary
    metrics: dict[str, Any] = {}
    for split in ("valid", "test"):
        ids = text.splits.get(split)
        if ids is None or len(ids) < 2:
            continue
        columns = text_columns(ids, held_out_width(ids, training), split, corpus)
        nats = evaluate(network, columns, training.bptt)
        metrics[f"{split}_nats_per_token"] = nats
        metrics[f"{split}_perplexity"] = perplexity(nats)
        if vocabulary.level == "char":
            metrics[f"{split}_bits_per_character"] = nats / math.log(2)
        metrics[f"{split}_tokens"] = columns.size - columns.shape[1]
        if vocabulary.unk is not None:
            metrics[f"{split}_unknown_share"] = float(np.mean(ids == vocabulary.unk))
    return metrics | {"vocabulary_size": len(vocabulary)}


def build_vocabulary(model: LanguageModel, corpus: Corpus, progress: Progress = no_progress) -> Vocabulary:
    """The tokens that a model of this configuration has of the training text."""
    return Vocabulary.build(
        corpus,
        level=model.level,
        size=model.vocabulary_size,
        min_count=model.min_count,
        longest_stretch=model.longest_stretch,
        progress=progress,
    )


def _vocabulary(run: Run) -> Vocabulary:
    return Vocabulary.load(run.path / "tokenizer.json")


class LanguageModelTrainer(Trainer[LanguageModel, LanguageModelTraining, Corpus]):
    """A running text, batchified into columns."""

    divisible = True

    def check(self) -> None:
        if self.training.start_from is not None:
            self._earlier()

    def _earlier(self) -> Run:
        assert self.training.start_from is not None
        return earlier_run(self.training.start_from, "language-model", self.model, LanguageModel.SHAPE)

    def ancestry(self, run: Run) -> Mapping[str, Any]:
        if self.training.start_from is None:
            return {}
        earlier = self._earlier()
        maps = {"tokens": TokenMap.between(_vocabulary(earlier), _vocabulary(run))}
        tell_tokens(earlier, maps)
        return lineage_of(earlier, maps)

    def open(self, progress: Progress) -> Corpus:
        name = self.training.corpus
        return open_corpus(name, progress=prefixed(progress, f"reading {name}: "))

    def about(self, material: Corpus) -> Mapping[str, Any]:
        return corpus_record(material)

    def keep(self, run: Run, material: Corpus, progress: Progress) -> LanguageModel:
        model = self.model
        vocabulary = build_vocabulary(model, material, prefixed(progress, "building the vocabulary: "))
        if model.softmax == "adaptive" and model.cutoffs is None:
            cutoffs, rare_block = choose_cutoffs(vocabulary.counts)
            model = replace(model, cutoffs=cutoffs, rare_block=rare_block)
        model.check_size(len(vocabulary))
        vocabulary.save(run.path / "tokenizer.json")
        widths = [model.embedding_size] if model.tied else [model.embedding_size, model.hidden_size]
        tell_cost(vocabulary, widths, self.training.optimiser, in_blocks=model.in_blocks)
        return model

    def prepare(self, run: Run, material: Corpus, device: torch.device, progress: Progress) -> Fitting:
        training = self.training
        text = encode_text(run, material, progress)
        columns = text_columns(text.splits["train"], training.batch_size, "train", material)
        measured = text.splits["valid"][: training.evaluation_tokens]
        valid_columns = text_columns(measured, held_out_width(measured, training), "valid", material)
        network = LanguageModelNetwork(self.model, text.vocabulary.counts).to(device)
        if training.start_from is not None and not (run.path / STATE_FILE).exists():
            earlier = self._earlier()
            tokens = TokenMap.between(_vocabulary(earlier), text.vocabulary)
            carry_weights(earlier, network, dict.fromkeys(ROWS_OF_TOKENS, tokens))
        if self.model.in_blocks:
            network.train_in_blocks()

        def measure() -> dict[str, Any]:
            progress(None, "measuring the whole validation and test text")
            return _metrics(network, training, text, material)

        return Fitting(
            LanguageModelObjective(network, training, columns, valid_columns),
            measure,
            snapshots=Snapshots(run, network.embedding.weight, training.snapshots),
            scratch=run.path / ENCODED,
        )
