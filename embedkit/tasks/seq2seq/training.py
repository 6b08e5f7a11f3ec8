"""Train an encoder-decoder, from pairs or a running text to a finished run folder."""

import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embedkit.config import from_table
from embedkit.corpora import ParallelCorpus
from embedkit.corpora.corpus import Corpus
from embedkit.errors import TrainingError, UsageError
from embedkit.runs.folder import Run
from embedkit.runs.provenance import provenance
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.data import (
    Split,
    build_vocabularies,
    encode_pairs,
    open_task,
    refuse_contradictions,
    save_phrases,
)
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.tasks.seq2seq.objective import PairObjective, greedy_texts, measure
from embedkit.tasks.seq2seq.running_text import StreamObjective
from embedkit.text.batching import batchify
from embedkit.text.bleu import bleu, chrf
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import (
    STATE_FILE,
    load_seq2seq_vocabularies,
    save_seq2seq_vocabularies,
)
from embedkit.training.fitting import OnStage, fit, silent, write_down
from embedkit.training.loop import OnProgress
from embedkit.training.setup import choose_device, new_run, refuse_changed, refuse_resume, seeded

KIND = "seq2seq"
STREAM_STEPS = 20
"""Steps of a window of running text where none are given."""


def train_seq2seq(
    model: Seq2SeqModel,
    training: Seq2SeqTraining,
    path: str | Path,
    *,
    on_progress: OnProgress | None = None,
    on_stage: OnStage | None = None,
) -> Run:
    """Train a new run at `path`.

    Returns:
        The finished run: weights, vocabularies, history, metrics and provenance.

    Raises:
        UsageError: the folder holds a run already, options that cannot go together, or there is no such device.
        CorpusError: the corpus cannot be read.
        TrainingError: there is too little to train on, or the loss is no longer a number.
        KeyboardInterrupt: Ctrl-C; `resume_seq2seq` goes on from where it stood.
    """
    refuse_contradictions(model, training)
    choose_device(training.device)
    path = Path(path)
    run = new_run(path)
    say = on_stage or silent
    say(f"reading {training.corpus}")
    corpus = open_task(training)
    source, target = build_vocabularies(model, corpus)
    if training.vectors is not None:
        common_vectors(training.vectors, source, model.embedding_size)
    path.mkdir(parents=True, exist_ok=True)
    save_seq2seq_vocabularies(run, source, None if model.shared_vocabulary else target)
    save_phrases(run, corpus, training, source)
    write_down(run, KIND, model, training, provenance(corpus, training.seed))
    return _fit(run, corpus, model, training, on_progress, say)


def resume_seq2seq(run: Run, *, on_progress: OnProgress | None = None, on_stage: OnStage | None = None) -> Run:
    """Go on with a run that was stopped or killed, as `resume_language_model` does.

    Raises:
        RunError: the run has finished, is of another kind, or its corpus has changed.
    """
    refuse_resume(run, KIND)
    model = from_table(Seq2SeqModel, run.config["model"])
    training = from_table(Seq2SeqTraining, run.config["training"])
    corpus = open_task(training)
    refuse_changed(run, corpus.checksum, training.corpus)
    return _fit(run, corpus, model, training, on_progress, on_stage or silent)


def _fit(
    run: Run,
    corpus: ParallelCorpus | Corpus,
    model: Seq2SeqModel,
    training: Seq2SeqTraining,
    on_progress: OnProgress | None,
    say: OnStage,
) -> Run:
    device = choose_device(training.device)
    source, target = load_seq2seq_vocabularies(run)
    with seeded(training.seed):
        network = EncoderDecoder(model, source.counts, target.counts)
        if training.vectors is not None and not (run.path / STATE_FILE).exists():
            start_from(network, source, training.vectors)
        network.to(device)
        if isinstance(corpus, Corpus):
            _fit_stream(run, corpus, network, training, target, on_progress, say)
        else:
            _fit_pairs(run, corpus, network, training, source, target, on_progress, say)
    return run


@torch.no_grad()
def start_from(network: EncoderDecoder, vocabulary: Vocabulary, vectors: str) -> int:
    """Set the source's embeddings to the unit vectors of a space, where it has the token; how many it has.

    Raises:
        UsageError: as `common_vectors`.
    """
    table = network.source_embedding.weight
    here, unit = common_vectors(vectors, vocabulary, table.shape[1])
    table[here] = torch.from_numpy(unit)
    return len(here)


def common_vectors(vectors: str, vocabulary: Vocabulary, width: int) -> tuple[list[int], np.ndarray]:
    """The ids of those tokens that a space has too, and their (N, width) unit vectors there.

    Raises:
        UsageError: there is no such space, its vectors have another length than the embeddings, or no token in common.
    """
    from embedkit.spaces.open import open_space

    space = open_space(vectors)
    if space.dimensions != width:
        raise UsageError(
            f"--vectors {vectors}: {space.dimensions} numbers a word; add --embedding-size {space.dimensions}"
        )
    rows = {i: row for i, token in enumerate(vocabulary.tokens) if (row := space.index_of(token)) is not None}
    if not rows:
        raise UsageError(f"--vectors {vectors}: it has none of the source's {len(vocabulary):,} tokens")
    return list(rows), space.unit[list(rows.values())]


def _fit_pairs(
    run: Run,
    corpus: ParallelCorpus,
    network: EncoderDecoder,
    training: Seq2SeqTraining,
    source: Vocabulary,
    target: Vocabulary,
    on_progress: OnProgress | None,
    say: OnStage,
) -> None:
    say("encoding the pairs")
    splits = {split: encode_pairs(corpus, split, source, target) for split in corpus.splits}
    train = splits["train"].pairs
    if not len(train) or not len(splits["valid"].pairs):
        raise TrainingError(f"{training.corpus}: there are too few pairs to train on and to validate with")
    measured = splits["valid"].head(training.evaluation_pairs)
    objective = PairObjective(network, training, train, measured.pairs, measured.references, target)

    def metrics() -> dict[str, Any]:
        found = _sizes(network)
        for split in ("valid", "test"):
            if split in splits:
                say(f"measuring all {split} pairs")
                found |= _pair_metrics(network, splits[split], target, split)
        return found

    fit(run, objective, training, metrics, on_progress=on_progress)


def _pair_metrics(network: EncoderDecoder, split: Split, target: Vocabulary, name: str) -> dict[str, Any]:
    """The headline figures over all pairs of a held-out split; text is decoded greedily."""
    found = measure(network, split.pairs, target.line_end)
    hypotheses = greedy_texts(network, split.pairs.sources, target)
    exact = sum(h == r for h, r in zip(hypotheses, split.references, strict=True))
    scores = {
        "bleu": bleu(hypotheses, split.references, lowercase=target.lowercase),
        "chrf": chrf(hypotheses, split.references, lowercase=target.lowercase),
    }
    figures: dict[str, Any] = {
        "nats_per_token": found.nats_per_token,
        "perplexity": math.exp(found.nats_per_token),
        "token_accuracy": found.token_accuracy,
        "tokens": found.tokens,
        "exact_match": exact / found.pairs,
        "exact": exact,
        "pairs": found.pairs,
    }
    for name_, score in scores.items():
        figures |= {name_: score.score, f"{name_}_signature": score.signature}
    if network.config.variational:
        figures["divergence_nats"] = found.divergence / found.pairs
    return {f"{name}_{key}": value for key, value in figures.items()}


def _fit_stream(
    run: Run,
    corpus: Corpus,
    network: EncoderDecoder,
    training: Seq2SeqTraining,
    target: Vocabulary,
    on_progress: OnProgress | None,
    say: OnStage,
) -> None:
    steps = training.bptt or STREAM_STEPS
    folder = run.path / "encoded"
    folder.mkdir(exist_ok=True)
    say("encoding the text")
    ids = {
        split: encode_split(corpus, split, target, folder / f"{split}.ids")
        for split in ("train", "valid", "test")
        if split in corpus.splits
    }
    columns = {split: _columns(part, training.batch_size, steps, split, corpus) for split, part in ids.items()}
    objective = StreamObjective(network, training, columns["train"], columns["valid"], target, steps)

    def metrics() -> dict[str, Any]:
        found = _sizes(network)
        for split in ("valid", "test"):
            if split in columns:
                nats = objective.measure(columns[split])
                found |= {f"{split}_nats_per_token": nats, f"{split}_perplexity": math.exp(nats)}
        return found

    fit(run, objective, training, metrics, on_progress=on_progress)
    shutil.rmtree(folder)


def _columns(ids: np.ndarray, batch_size: int, steps: int, split: str, corpus: Corpus) -> np.ndarray:
    """As many columns as asked for, or fewer where a short held-out text would not give them two windows each."""
    if split != "train":
        batch_size = max(1, min(batch_size, len(ids) // (2 * steps)))
    if len(ids) // batch_size < 2 * steps:
        raise TrainingError(
            f"{corpus.source} ({split}): {len(ids)} tokens are too few for {batch_size} columns of two windows; "
            "lower --batch-size or --bptt, or take a longer text"
        )
    return batchify(ids, batch_size)


def _sizes(network: EncoderDecoder) -> dict[str, Any]:
    return {
        "source_vocabulary_size": network.source_embedding.num_embeddings,
        "target_vocabulary_size": network.target_embedding.num_embeddings,
    }
