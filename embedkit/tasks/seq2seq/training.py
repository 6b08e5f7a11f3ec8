"""Train an encoder-decoder, from pairs or a running text to a finished run folder."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from embedkit.corpora import ParallelCorpus
from embedkit.corpora.corpus import Corpus
from embedkit.errors import TrainingError, UsageError
from embedkit.progress import Progress, prefixed
from embedkit.runs.folder import Run
from embedkit.runs.provenance import corpus_record
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.data import (
    Split,
    build_vocabularies,
    encode_pairs,
    open_task,
    refuse_contradictions,
    save_phrases,
)
from embedkit.tasks.seq2seq.network import ROWS_OF_SOURCE, ROWS_OF_TARGET, EncoderDecoder
from embedkit.tasks.seq2seq.objective import PairObjective, greedy_texts, measure
from embedkit.tasks.seq2seq.running_text import StreamObjective
from embedkit.tasks.seq2seq.vocabularies import load_vocabularies, read_vocabularies, save_vocabularies
from embedkit.text.batching import batchify
from embedkit.text.bleu import bleu, chrf
from embedkit.text.encoding import encode_split
from embedkit.text.perplexity import perplexity
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import STATE_FILE
from embedkit.training.cost import tell_cost
from embedkit.training.driver import Fitting, Trainer
from embedkit.training.transfer import TokenMap, carry_weights, earlier_run, lineage_of, tell_tokens

PAIR_STEPS = 32
"""Tokens of a pair's longer side, about: what tells how many pairs lie side by side in a batch."""
STREAM_STEPS = 20
"""Steps of a window of running text where `bptt` is None."""


@torch.no_grad()
def start_from(network: EncoderDecoder, vocabulary: Vocabulary, vectors: str) -> int:
    """Set the source's embeddings to the unit vectors of a space, where it has the token → the number of those tokens.

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
    return list(rows), space.unit_rows(np.array(list(rows.values()), dtype=np.int64))


def _fit_pairs(
    corpus: ParallelCorpus,
    network: EncoderDecoder,
    training: Seq2SeqTraining,
    source: Vocabulary,
    target: Vocabulary,
    progress: Progress,
) -> Fitting:
    progress(None, "encoding the pairs")
    splits = {split: encode_pairs(corpus, split, source, target) for split in corpus.splits}
    train = splits["train"].pairs
    if not len(train) or not len(splits["valid"].pairs):
        raise TrainingError(f"{training.corpus}: there are too few pairs to train on and to validate with")
    measured = splits["valid"].head(training.evaluation_pairs)

    def metrics() -> dict[str, Any]:
        figures = _sizes(network)
        for split in ("valid", "test"):
            if split in splits:
                progress(None, f"measuring all {split} pairs")
                figures |= _pair_metrics(network, splits[split], target, split)
        return figures

    return Fitting(PairObjective(network, training, train, measured.pairs, measured.references, target), metrics)


def _pair_metrics(network: EncoderDecoder, split: Split, target: Vocabulary, name: str) -> dict[str, Any]:
    """The headline figures over all pairs of a held-out split; text is decoded greedily."""
    pair_scores = measure(network, split.pairs, target.line_end)
    hypotheses = greedy_texts(network, split.pairs.sources, target)
    exact = sum(h == r for h, r in zip(hypotheses, split.references, strict=True))
    text_scores = {
        "bleu": bleu(hypotheses, split.references, lowercase=target.lowercase),
        "chrf": chrf(hypotheses, split.references, lowercase=target.lowercase),
    }
    figures: dict[str, Any] = {
        "nats_per_token": pair_scores.nats_per_token,
        "perplexity": perplexity(pair_scores.nats_per_token),
        "token_accuracy": pair_scores.token_accuracy,
        "tokens": pair_scores.tokens,
        "exact_match": exact / pair_scores.pairs,
        "exact": exact,
        "pairs": pair_scores.pairs,
    }
    for metric, score in text_scores.items():
        figures |= {metric: score.score, f"{metric}_signature": score.signature}
    if network.config.variational:
        figures["divergence_nats"] = pair_scores.divergence / pair_scores.pairs
    return {f"{name}_{key}": value for key, value in figures.items()}


def _fit_stream(
    run: Run,
    corpus: Corpus,
    network: EncoderDecoder,
    training: Seq2SeqTraining,
    target: Vocabulary,
    progress: Progress,
) -> Fitting:
    steps = training.bptt or STREAM_STEPS
    folder = run.path / "encoded"
    folder.mkdir(exist_ok=True)
    progress(None, "encoding the text")
    ids = {
        split: encode_split(corpus, split, target, folder / f"{split}.ids")
        for split in ("train", "valid", "test")
        if split in corpus.splits
    }
    columns = {split: _columns(part, training.batch_size, steps, split, corpus) for split, part in ids.items()}
    objective = StreamObjective(network, training, columns["train"], columns["valid"], target, steps)

    def metrics() -> dict[str, Any]:
        figures = _sizes(network)
        for split in ("valid", "test"):
            if split in columns:
                nats = objective.measure(columns[split])
                figures |= {f"{split}_nats_per_token": nats, f"{split}_perplexity": perplexity(nats)}
        return figures

    return Fitting(objective, metrics, scratch=folder)


def _columns(ids: np.ndarray, batch_size: int, steps: int, split: str, corpus: Corpus) -> np.ndarray:
    """(N,) ids → (L, batch_size) columns, fewer where a short held-out text would not give them two windows each."""
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


class Seq2SeqTrainer(Trainer[Seq2SeqModel, Seq2SeqTraining, ParallelCorpus | Corpus]):
    """Pairs of texts, or a running text in windows."""

    divisible = True

    def check(self) -> None:
        refuse_contradictions(self.model, self.training)
        if self.training.start_from is not None:
            self._earlier()

    def _earlier(self) -> Run:
        assert self.training.start_from is not None
        return earlier_run(self.training.start_from, "seq2seq", self.model, Seq2SeqModel.SHAPE)

    def _maps(self, earlier: Run, source: Vocabulary, target: Vocabulary) -> dict[str, TokenMap]:
        """By side; "tokens" where both share a vocabulary."""
        their_source, their_target = load_vocabularies(earlier)
        if self.model.shared_vocabulary:
            return {"tokens": TokenMap.between(their_target, target)}
        return {"source": TokenMap.between(their_source, source), "target": TokenMap.between(their_target, target)}

    def ancestry(self, run: Run) -> Mapping[str, Any]:
        if self.training.start_from is None:
            return {}
        earlier = self._earlier()
        maps = self._maps(earlier, *read_vocabularies(run, shared=self.model.shared_vocabulary))
        tell_tokens(earlier, maps)
        return lineage_of(earlier, maps)

    def _carry(self, network: EncoderDecoder, source: Vocabulary, target: Vocabulary) -> None:
        earlier = self._earlier()
        maps = self._maps(earlier, source, target)
        of_source, of_target = (maps.get(side) or maps["tokens"] for side in ("source", "target"))
        rows = {**dict.fromkeys(ROWS_OF_SOURCE, of_source), **dict.fromkeys(ROWS_OF_TARGET, of_target)}
        carry_weights(earlier, network, rows)

    @property
    def rows(self) -> int:
        training = self.training
        return training.batch_size if training.stream != "none" else training.batch_tokens // PAIR_STEPS

    def open(self, progress: Progress) -> ParallelCorpus | Corpus:
        reading = f"reading {self.training.corpus}"
        progress(None, reading)
        return open_task(self.training, progress=prefixed(progress, f"{reading}: "))

    def about(self, material: ParallelCorpus | Corpus) -> Mapping[str, Any]:
        return corpus_record(material)

    def keep(self, run: Run, material: ParallelCorpus | Corpus, progress: Progress) -> Seq2SeqModel:
        source, target = build_vocabularies(self.model, material)
        if self.training.vectors is not None:
            common_vectors(self.training.vectors, source, self.model.embedding_size)
        save_vocabularies(run, source, None if self.model.shared_vocabulary else target)
        save_phrases(run, material, self.training, source)
        width, hidden = self.model.embedding_size, self.model.hidden_size
        tell_cost(target, [width] if self.model.tied else [width, hidden], self.training.optimiser)
        if not self.model.shared_vocabulary:
            tell_cost(source, [width], self.training.optimiser)
        return self.model

    def prepare(self, run: Run, material: ParallelCorpus | Corpus, device: torch.device, progress: Progress) -> Fitting:
        source, target = load_vocabularies(run)
        network = EncoderDecoder(self.model, source.counts, target.counts)
        if self.training.vectors is not None and not (run.path / STATE_FILE).exists():
            start_from(network, source, self.training.vectors)
        if self.training.start_from is not None and not (run.path / STATE_FILE).exists():
            self._carry(network, source, target)
        network.to(device)
        if isinstance(material, Corpus):
            return _fit_stream(run, material, network, self.training, target, progress)
        return _fit_pairs(material, network, self.training, source, target, progress)
