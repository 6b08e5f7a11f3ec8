"""Train a language model on a corpus, from its text to a finished run folder."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from embedkit.corpora import open_corpus
from embedkit.corpora.corpus import Corpus
from embedkit.errors import TrainingError
from embedkit.models.softmax import choose_cutoffs
from embedkit.progress import Progress, prefixed
from embedkit.runs.folder import Run
from embedkit.runs.provenance import corpus_record
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.language_model.objective import LanguageModelObjective, evaluate
from embedkit.text.batching import batchify
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.driver import Fitting, Trainer
from embedkit.training.snapshots import Snapshots

ENCODED = "encoded"
"""The folder of a run that holds its text as ids while it is trained."""


@dataclass(frozen=True)
class _EncodedText:
    """What training starts from: the vocabulary and the encoded splits, memory-mapped."""

    vocabulary: Vocabulary
    splits: dict[str, np.ndarray]


def _columns(ids: np.ndarray, batch_size: int, split: str, corpus: Corpus) -> np.ndarray:
    try:
        return batchify(ids, batch_size)
    except ValueError as error:
        raise TrainingError(f"{corpus.source} ({split}): {error}; lower --batch-size or take a longer text") from None


def _valid_width(ids: np.ndarray, training: LanguageModelTraining) -> int:
    """Columns for measuring: as in training, but fewer where the text is too short for windows of full length."""
    return max(1, min(training.batch_size, len(ids) // (training.bptt + 1)))


def _metrics(
    network: LanguageModelNetwork, training: LanguageModelTraining, text: _EncodedText, corpus: Corpus
) -> dict[str, Any]:
    """The headline figures of the best weights, over all tokens of each held-out split."""
    vocabulary = text.vocabulary
    metrics: dict[str, Any] = {}
    for split in ("valid", "test"):
        ids = text.splits.get(split)
        if ids is None or len(ids) < 2:
            continue
        columns = _columns(ids, _valid_width(ids, training), split, corpus)
        nats = evaluate(network, columns, training.bptt)
        metrics[f"{split}_nats_per_token"] = nats
        metrics[f"{split}_perplexity"] = math.exp(nats)
        if vocabulary.level == "char":
            metrics[f"{split}_bits_per_character"] = nats / math.log(2)
        metrics[f"{split}_tokens"] = columns.size - columns.shape[1]
        if vocabulary.unk is not None:
            metrics[f"{split}_unknown_share"] = float(np.mean(ids == vocabulary.unk))
    return metrics | {"vocabulary_size": len(vocabulary)}


class LanguageModelTrainer(Trainer[LanguageModel, LanguageModelTraining, Corpus]):
    """A running text, batchified into columns."""

    def open(self, progress: Progress) -> Corpus:
        name = self.training.corpus
        return open_corpus(name, progress=prefixed(progress, f"reading {name}: "))

    def about(self, material: Corpus) -> Mapping[str, Any]:
        return corpus_record(material)

    def keep(self, run: Run, material: Corpus, progress: Progress) -> LanguageModel:
        model = self.model
        vocabulary = Vocabulary.build(
            material,
            level=model.level,
            size=model.vocabulary_size,
            min_count=model.min_count,
            progress=prefixed(progress, "building the vocabulary: "),
        )
        if model.softmax == "adaptive" and model.cutoffs is None:
            model = replace(model, cutoffs=choose_cutoffs(vocabulary.counts))
        vocabulary.save(run.path / "tokenizer.json")
        return model

    def prepare(self, run: Run, material: Corpus, device: torch.device, progress: Progress) -> Fitting:
        training = self.training
        text = _encode(run, material, progress)
        columns = _columns(text.splits["train"], training.batch_size, "train", material)
        measured = text.splits["valid"][: training.evaluation_tokens]
        valid_columns = _columns(measured, _valid_width(measured, training), "valid", material)
        network = LanguageModelNetwork(self.model, text.vocabulary.counts).to(device)

        def measure() -> dict[str, Any]:
            progress(None, "measuring the whole validation and test text")
            return _metrics(network, training, text, material)

        return Fitting(
            LanguageModelObjective(network, training, columns, valid_columns),
            measure,
            snapshots=Snapshots(run, network.embedding.weight, training.snapshots),
            scratch=run.path / ENCODED,
        )


def _encode(run: Run, corpus: Corpus, progress: Progress) -> _EncodedText:
    """The run's vocabulary, and the splits encoded with it in files that are read as they are needed."""
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    folder = run.path / ENCODED
    folder.mkdir(exist_ok=True)

    def encoded(split: str) -> np.ndarray:
        return encode_split(
            corpus,
            split,
            vocabulary,
            folder / f"{split}.ids",
            progress=prefixed(progress, f"encoding {split}: "),
        )

    return _EncodedText(
        vocabulary, {split: encoded(split) for split in ("train", "valid", "test") if split in corpus.splits}
    )


def checksum_of(run: Run) -> str | None:
    """The checksum of the text that a run learned from, as it is now; None where it came through standard input.

    Raises:
        UsageError, CorpusError: it is not at hand.
    """
    source = run.config["training"]["corpus"]
    return None if source == "-" else open_corpus(source).checksum
