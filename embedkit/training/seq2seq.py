"""Train an encoder-decoder, from pairs or a running text to a finished run folder."""

import math
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch

from embedkit.config import Seq2SeqConfig, Seq2SeqTrainingConfig, from_table
from embedkit.corpora import ParallelCorpus, copy_pairs, date_pairs, open_corpus, open_pairs, reverse_pairs
from embedkit.corpora.corpus import Corpus
from embedkit.errors import RunError, TrainingError, UsageError
from embedkit.files import write_text
from embedkit.models.encoder_decoder import EncoderDecoder
from embedkit.runs import Run
from embedkit.text.batching import batchify
from embedkit.text.bleu import bleu, chrf
from embedkit.text.encoding import encode_split
from embedkit.text.pairs import EncodedPairs, line_ids
from embedkit.text.phrases import phrase_pairs
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import (
    STATE_FILE,
    load_seq2seq_vocabularies,
    load_weights,
    save_seq2seq_vocabularies,
)
from embedkit.training.language_model import OnStage, silent
from embedkit.training.loop import OnProgress, Position, Trainer, discard_state
from embedkit.training.pairs import PairObjective, greedy_texts, measure
from embedkit.training.provenance import provenance
from embedkit.training.setup import choose_device, new_run, refuse_changed, refuse_resume, seeded
from embedkit.training.unrolled import StreamObjective

KIND = "seq2seq"
TAB = "\t"
STREAM_STEPS = 20
"""Steps of a window of running text where none are given."""
PHRASES_FILE = "phrases.tsv"
MOST_PHRASES = 20_000
"""Training phrases that are kept with a run, for its map and its neighbours."""


def train_seq2seq(
    model: Seq2SeqConfig,
    training: Seq2SeqTrainingConfig,
    path: Path,
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
    _refuse_contradictions(model, training)
    choose_device(training.device)
    run = new_run(path)
    say = on_stage or silent
    say(f"reading {training.corpus}")
    corpus = open_task(training)
    source, target = _build_vocabularies(model, corpus)
    if training.vectors is not None:
        common_vectors(training.vectors, source, model.embedding_size)
    path.mkdir(parents=True, exist_ok=True)
    save_seq2seq_vocabularies(run, source, None if model.shared_vocabulary else target)
    _save_phrases(run, corpus, training, source)
    run.write_provenance(provenance(corpus, training.seed))
    # Written last: a folder with a config can be resumed.
    run.write_config({"kind": KIND, "model": asdict(model), "training": asdict(training)})
    return _fit(run, corpus, model, training, on_progress, say)


def resume_seq2seq(run: Run, *, on_progress: OnProgress | None = None, on_stage: OnStage | None = None) -> Run:
    """Go on with a run that was stopped or killed, as `resume_language_model` does.

    Raises:
        RunError: the run has finished, is of another kind, or its corpus has changed.
    """
    refuse_resume(run, KIND)
    model = from_table(Seq2SeqConfig, run.config["model"])
    training = from_table(Seq2SeqTrainingConfig, run.config["training"])
    corpus = open_task(training)
    refuse_changed(run, corpus.checksum, training.corpus)
    return _fit(run, corpus, model, training, on_progress, on_stage or silent)


def open_task(training: Seq2SeqTrainingConfig) -> ParallelCorpus | Corpus:
    """What a configuration trains on: pairs, or with `stream` a running text.

    Raises:
        UsageError, CorpusError: as the corpora's own.
    """
    made = {"copy": copy_pairs, "reverse": reverse_pairs}
    if training.corpus in made:
        return made[training.corpus](size=training.pairs, longest=training.longest, seed=training.seed)
    if training.corpus == "dates":
        languages = tuple((training.target_language or "it").split(","))
        return date_pairs(
            languages, source_language=training.source_language or "en", size=training.pairs, seed=training.seed
        )
    if training.stream != "none":
        return open_corpus(training.corpus)
    if training.phrases:
        return phrase_pairs(
            open_corpus(training.corpus), shortest=training.shortest, longest=training.longest, size=training.pairs
        )
    return open_pairs(
        training.corpus,
        target=training.target,
        source_language=training.source_language,
        target_language=training.target_language,
    )


def _refuse_contradictions(model: Seq2SeqConfig, training: Seq2SeqTrainingConfig) -> None:
    if training.longest < training.shortest:
        raise UsageError(f"--longest {training.longest}: must be at least --shortest {training.shortest}")
    if model.shared_vocabulary and model.source_level != model.target_level:
        raise UsageError("--shared-vocabulary: both sides must have the same level")
    if training.compile:
        raise UsageError("--compile is for language models: every batch of an encoder-decoder has another shape")
    made_here = training.corpus in ("dates", "copy", "reverse")
    if made_here and (training.stream != "none" or training.phrases):
        raise UsageError(f"--corpus {training.corpus} is made of pairs; --phrases and --stream need a text")
    if training.stream == "none":
        return
    if training.phrases:
        raise UsageError("--stream and --phrases are two ways to use a text; give one")
    if model.bidirectional or model.attention != "none":
        raise UsageError("--stream carries the encoder's state: add --no-bidirectional and leave --attention none")
    if not model.shared_vocabulary:
        raise UsageError("--stream reads and tells the same text: add --shared-vocabulary")
    for name, off in (("denoise", 0.0), ("scheduled_sampling", 0.0), ("best", "loss")):
        if getattr(training, name) != off:
            raise UsageError(f"--{name.replace('_', '-')} is for pairs; with --stream leave it out")


def _build_vocabularies(model: Seq2SeqConfig, corpus: ParallelCorpus | Corpus) -> tuple[Vocabulary, Vocabulary]:
    both = corpus if isinstance(corpus, Corpus) else corpus.target
    target = Vocabulary.build(
        both, level=model.target_level, size=model.target_vocabulary_size, min_count=model.min_count
    )
    if model.shared_vocabulary and (isinstance(corpus, Corpus) or corpus.mirrored):
        return target, target
    assert isinstance(corpus, ParallelCorpus)
    if model.shared_vocabulary:
        splits = {split: partial(_both_sides, corpus, split) for split in corpus.splits}
        shared = Vocabulary.build(
            replace(corpus.target, splits=splits),
            level=model.target_level,
            size=model.target_vocabulary_size,
            min_count=model.min_count,
        )
        return shared, shared
    source = Vocabulary.build(
        corpus.source, level=model.source_level, size=model.source_vocabulary_size, min_count=model.min_count
    )
    return source, target


def _save_phrases(
    run: Run, corpus: ParallelCorpus | Corpus, training: Seq2SeqTrainingConfig, source: Vocabulary
) -> None:
    """Keep what is encoded for the run's map: distinct sources of the training pairs, or the frequent phrases of a
    running text, each with how often it stands there; those that stand there equally often in a random order, since
    corpora may stand in the order of their length. A kept run needs its corpus no more."""
    if isinstance(corpus, Corpus):
        corpus = phrase_pairs(corpus, shortest=training.shortest, longest=training.longest, size=training.pairs)
    counts = Counter(_case(source, text) for text in corpus.source.lines("train"))
    if corpus.frequencies:
        counts = Counter({text: corpus.frequencies.get(text, n) for text, n in counts.items()})
    shuffled = np.random.default_rng(training.seed).permutation(len(counts))
    texts = list(counts)
    ranked = sorted((texts[i] for i in shuffled), key=lambda text: -counts[text])[:MOST_PHRASES]
    write_text(run.path / PHRASES_FILE, "".join(f"{text.replace(TAB, ' ')}{TAB}{counts[text]}\n" for text in ranked))


def load_phrases(run: Run) -> dict[str, int]:
    """The training phrases that are kept with a run, the most frequent first, and how often each stands there.

    Raises:
        RunError: the file is missing or damaged.
    """
    path = run.path / PHRASES_FILE
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    except FileNotFoundError:
        raise RunError(f"{path}: no such file; train the run again") from None
    found: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        text, _, count = line.rpartition(TAB)
        if not text or not count.isdecimal():
            raise RunError(f"{path}:{number}: {line[:60]!r} is not a phrase and its count")
        found[text] = int(count)
    return found


def _both_sides(corpus: ParallelCorpus, split: str) -> Iterator[str]:
    return chain(corpus.source.lines(split), corpus.target.lines(split))


def _fit(
    run: Run,
    corpus: ParallelCorpus | Corpus,
    model: Seq2SeqConfig,
    training: Seq2SeqTrainingConfig,
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
            metrics = _fit_stream(run, corpus, network, training, target, on_progress, say)
        else:
            metrics = _fit_pairs(run, corpus, network, training, source, target, on_progress, say)
    run.write_metrics(metrics)
    discard_state(run)
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
    training: Seq2SeqTrainingConfig,
    source: Vocabulary,
    target: Vocabulary,
    on_progress: OnProgress | None,
    say: OnStage,
) -> dict[str, Any]:
    say("encoding the pairs")
    splits = {split: encode_pairs(corpus, split, source, target) for split in corpus.splits}
    train = splits["train"].pairs
    if not len(train) or not len(splits["valid"].pairs):
        raise TrainingError(f"{training.corpus}: there are too few pairs to train on and to validate with")
    measured = splits["valid"].head(training.evaluation_pairs)
    objective = PairObjective(network, training, train, measured.pairs, measured.references, target)
    position = Trainer(objective, training, run).fit(on_progress)
    load_weights(run, network)
    metrics: dict[str, Any] = {}
    for split in ("valid", "test"):
        if split in splits:
            say(f"measuring all {split} pairs")
            metrics |= _pair_metrics(network, splits[split], target, split)
    return metrics | _effort(network, position, train.target_tokens)


@dataclass(frozen=True, eq=False)
class Split:
    """The pairs of a split as ids and as text; references as the vocabulary prints what is right: "Va !" as "va!"."""

    pairs: EncodedPairs
    sources: Sequence[str]
    references: Sequence[str]

    def head(self, n: int) -> "Split":
        return Split(
            EncodedPairs(self.pairs.sources[:n], self.pairs.targets[:n]), self.sources[:n], self.references[:n]
        )


def encode_pairs(corpus: ParallelCorpus, split: str, source: Vocabulary, target: Vocabulary) -> Split:
    """A split with both its sides encoded."""
    texts = list(corpus.pairs(split))
    pairs = EncodedPairs([line_ids(source, s) for s, _ in texts], [line_ids(target, t) for _, t in texts])
    return Split(pairs, [_case(source, s) for s, _ in texts], [target.printed(t) for _, t in texts])


def _case(vocabulary: Vocabulary, text: str) -> str:
    return text.lower() if vocabulary.lowercase else text


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
    training: Seq2SeqTrainingConfig,
    target: Vocabulary,
    on_progress: OnProgress | None,
    say: OnStage,
) -> dict[str, Any]:
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
    position = Trainer(objective, training, run).fit(on_progress)
    load_weights(run, network)
    metrics: dict[str, Any] = {}
    for split in ("valid", "test"):
        if split in columns:
            nats = objective.measure(columns[split])
            metrics |= {f"{split}_nats_per_token": nats, f"{split}_perplexity": math.exp(nats)}
    shutil.rmtree(folder)
    return metrics | _effort(network, position, objective.tokens_per_epoch)


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


def _effort(network: EncoderDecoder, position: Position, tokens_per_epoch: int) -> dict[str, Any]:
    return {
        "steps": position.step,
        "tokens_seen": position.tokens_seen,
        "epochs": position.tokens_seen / tokens_per_epoch,
        "seconds": position.seconds,
        "tokens_per_second": position.tokens_seen / position.step_seconds,
        "parameters": sum(p.numel() for p in network.parameters()),
        "source_vocabulary_size": network.source_embedding.num_embeddings,
        "target_vocabulary_size": network.target_embedding.num_embeddings,
    }
