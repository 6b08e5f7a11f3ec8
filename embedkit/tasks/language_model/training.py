"""Train a language model on a corpus, from its text to a finished run folder."""

import math
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.config import from_table
from embedkit.corpora import open_corpus
from embedkit.corpora.corpus import Corpus
from embedkit.errors import TrainingError
from embedkit.models.softmax import choose_cutoffs
from embedkit.runs.folder import Run
from embedkit.runs.provenance import provenance
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import LanguageModelNetwork
from embedkit.tasks.language_model.objective import LanguageModelObjective, evaluate
from embedkit.text.batching import batchify
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.fitting import OnStage, fit, silent, write_down
from embedkit.training.loop import OnProgress
from embedkit.training.setup import choose_device, new_run, refuse_changed, refuse_resume, seeded
from embedkit.training.snapshots import Snapshots

KIND = "language-model"


@dataclass(frozen=True)
class _Prepared:
    """What training starts from: the vocabulary and the encoded splits, memory-mapped."""

    vocabulary: Vocabulary
    splits: dict[str, np.ndarray]


def train_language_model(
    model: LanguageModel,
    training: LanguageModelTraining,
    path: str | Path,
    *,
    on_progress: OnProgress | None = None,
    on_stage: OnStage | None = None,
) -> Run:
    """Train a new run at `path`.

    Returns:
        The finished run: weights, vocabulary, history, metrics and provenance.

    Raises:
        UsageError: the folder holds a run already, or there is no such device.
        CorpusError: the corpus cannot be read.
        TrainingError: the text is too short, or the loss is no longer a number.
        KeyboardInterrupt: Ctrl-C; `resume_language_model` goes on from where it stood.
    """
    choose_device(training.device)
    path = Path(path)
    run = new_run(path)
    say = on_stage or silent
    corpus = open_corpus(training.corpus, on_lines=lambda count: say(f"reading {training.corpus}: {count:,} lines"))
    vocabulary = Vocabulary.build(
        corpus,
        level=model.level,
        size=model.vocabulary_size,
        min_count=model.min_count,
        on_lines=lambda count: say(f"building the vocabulary: {count:,} lines"),
    )
    if model.softmax == "adaptive" and model.cutoffs is None:
        model = replace(model, cutoffs=choose_cutoffs(vocabulary.counts))
    path.mkdir(parents=True, exist_ok=True)
    vocabulary.save(path / "tokenizer.json")
    write_down(run, KIND, model, training, provenance(corpus, training.seed))
    return _fit(run, corpus, model, training, on_progress, say)


def resume_language_model(run: Run, *, on_progress: OnProgress | None = None, on_stage: OnStage | None = None) -> Run:
    """Go on with a run that was stopped or killed; it ends with the weights it would have had.

    That holds to the last bit on a CPU for a budget in steps or epochs. A budget in minutes depends on the clock.

    Raises:
        RunError: the run has finished, or its corpus has changed.
    """
    refuse_resume(run, KIND)
    model = from_table(LanguageModel, run.config["model"])
    training = from_table(LanguageModelTraining, run.config["training"])
    corpus = open_corpus(training.corpus)
    refuse_changed(run, corpus.checksum, training.corpus)
    return _fit(run, corpus, model, training, on_progress, on_stage or silent)


def _fit(
    run: Run,
    corpus: Corpus,
    model: LanguageModel,
    training: LanguageModelTraining,
    on_progress: OnProgress | None,
    say: OnStage,
) -> Run:
    device = choose_device(training.device)
    prepared = _prepare(run, corpus, say)
    columns = _columns(prepared.splits["train"], training.batch_size, "train", corpus)
    measured = prepared.splits["valid"][: training.evaluation_tokens]
    valid_columns = _columns(measured, _valid_width(measured, training), "valid", corpus)
    with seeded(training.seed):
        network = LanguageModelNetwork(model, prepared.vocabulary.counts).to(device)
        objective = LanguageModelObjective(network, training, columns, valid_columns)
        snapshots = Snapshots(run, network.embedding.weight, training.snapshots)

        def measure() -> dict[str, Any]:
            say("measuring the whole validation and test text")
            return _metrics(network, training, prepared, corpus)

        fit(run, objective, training, measure, on_progress=on_progress, snapshots=snapshots)
    shutil.rmtree(run.path / "encoded")
    return run


def _prepare(run: Run, corpus: Corpus, say: OnStage) -> _Prepared:
    """The run's vocabulary, and the splits encoded with it in files that are read as they are needed."""
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    folder = run.path / "encoded"
    folder.mkdir(exist_ok=True)

    def encoded(split: str) -> np.ndarray:
        def told(count: int) -> None:
            say(f"encoding {split}: {count:,} tokens")

        return encode_split(corpus, split, vocabulary, folder / f"{split}.ids", on_tokens=told)

    splits = {split: encoded(split) for split in ("train", "valid", "test") if split in corpus.splits}
    return _Prepared(vocabulary, splits)


def _columns(ids: np.ndarray, batch_size: int, split: str, corpus: Corpus) -> np.ndarray:
    try:
        return batchify(ids, batch_size)
    except ValueError as error:
        raise TrainingError(f"{corpus.source} ({split}): {error}; lower --batch-size or take a longer text") from None


def _valid_width(ids: np.ndarray, training: LanguageModelTraining) -> int:
    """Columns for measuring: as in training, but fewer where the text is too short for windows of full length."""
    return max(1, min(training.batch_size, len(ids) // (training.bptt + 1)))


def _metrics(
    network: LanguageModelNetwork, training: LanguageModelTraining, prepared: _Prepared, corpus: Corpus
) -> dict[str, Any]:
    """The headline figures of the best weights, over all tokens of each held-out split."""
    vocabulary = prepared.vocabulary
    metrics: dict[str, Any] = {}
    for split in ("valid", "test"):
        ids = prepared.splits.get(split)
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
