"""Spaces out of an encoder-decoder's weights: its embeddings, and the bottleneck vectors of texts."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from embedkit.errors import UsageError, refuse_single_text, unknown
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.studies.tracing import Reading
from embedkit.tasks.seq2seq.data import load_phrases
from embedkit.tasks.seq2seq.network import load_seq2seq
from embedkit.tasks.seq2seq.translator import Translator
from embedkit.text.vocabulary import Vocabulary


def extract(run: Run, which: str, progress: Progress = no_progress) -> EmbeddingSpace:
    """The "source" or "target" embeddings, a point a token; the bottleneck vectors of the training "phrases"; or of the
    source's single "words".

    Raises:
        UsageError: there is no space of this name, or the source is not read in words.
    """
    if which == "phrases":
        counts = load_phrases(run)
        return phrase_space(run, list(counts), which=which, counts=np.array(list(counts.values())))
    translator = Translator(run)
    if which == "words":
        return _word_codes(run, translator)
    sides = {
        "source": (translator.source, translator.model.source_embedding.weight),
        "target": (translator.target, translator.model.target_embedding.weight),
    }
    if which not in sides:
        raise unknown("space", which, ["phrases", *sides, "words"])
    vocabulary, table = sides[which]
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=vocabulary.tokens,
        vectors=table.detach().numpy(),
        columns={"count": vocabulary.counts},
        provenance={"run": run.name, "which": which, **run.provenance},
    )


def _word_codes(run: Run, translator: Translator) -> EmbeddingSpace:
    vocabulary = translator.source
    if vocabulary.level != "word":
        raise UsageError(f"{run.name}/words: the source is read by {vocabulary.level}; take {run.name}/source")
    rows = [row for row in range(len(vocabulary)) if row not in (vocabulary.unk, vocabulary.eos)]
    words = [vocabulary.tokens[row] for row in rows]
    return EmbeddingSpace(
        name=f"{run.name}/words",
        labels=words,
        vectors=translator.codes(words),
        columns={"count": vocabulary.counts[rows]},
        provenance={"run": run.name, "which": "words", **run.provenance},
    )


def phrase_space(
    run: Run, texts: Sequence[str], *, which: str = "encoded", counts: np.ndarray | None = None
) -> EmbeddingSpace:
    """The bottleneck vector of each text, a point a distinct text, with its length in words.

    Raises:
        UsageError: there is no text, one is too long, or this is a single text; or the run is of another kind.
    """
    refuse_single_text(texts)
    distinct = list(dict.fromkeys(texts))
    if not distinct:
        raise UsageError("there is no text to encode; give at least one")
    columns = {"length": np.array([len(text.split()) for text in distinct])}
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=tuple(distinct),
        vectors=Translator(run).codes(distinct),
        columns=columns if counts is None else {"count": counts, **columns},
        provenance={"run": run.name, "which": which, "noun": "phrase", **run.provenance},
    )


def reading(run: Run, ids: Callable[[Vocabulary], Sequence[int]]) -> Reading:
    """The forward reader of an encoder."""
    model, vocabulary, _ = load_seq2seq(run)
    token_ids = np.asarray(ids(vocabulary), dtype=np.int64)
    return Reading(model.reader, vocabulary, token_ids, model.source_embedding(torch.from_numpy(token_ids)[:, None]))
