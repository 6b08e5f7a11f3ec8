"""Texts that have no vectors yet, embedded by the kit's own models: a mean of word vectors, the code of a phrase
encoder, or the state of a language model after its last token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from embedkit.errors import SpaceError, UsageError
from embedkit.progress import Progress, no_progress
from embedkit.spaces.open import find_run, open_run_space, open_space
from embedkit.spaces.source import embedding_source
from embedkit.spaces.space import EmbeddingSpace
from embedkit.text.words import mostly_lowercase, split_words

_AT_ONCE = 512  # texts


@dataclass(frozen=True, eq=False)
class TextVectors:
    """Vectors of N texts, and how they came about.

    Attributes:
        vectors: (N, D) float32; a text without any known word is the zero vector.
        provenance: JSON-ready: "model" is what embedded them, "by" how; of a mean of word vectors also the running
            "words" and how many of them are "known".
    """

    vectors: np.ndarray
    provenance: Mapping[str, Any]


def text_vectors(model: str, texts: Sequence[str], *, progress: Progress = no_progress) -> TextVectors:
    """Embed texts.

    Args:
        model: "RUN/SPACE", an embedding file, or a run of word vectors: the mean of a text's word vectors; an
            encoder-decoder's run: its codes; a language model's run: its last layer's state after the text.

    Raises:
        UsageError: there is no such run, file or space, or it has neither words nor an encoder.
        RunError, SpaceError: it is damaged.
    """
    distinct = list(dict.fromkeys(texts))
    vectors, provenance = _embedded(model, distinct, progress)
    row = {text: number for number, text in enumerate(distinct)}
    return TextVectors(vectors[[row[text] for text in texts]], provenance)


def mean_vectors(space: EmbeddingSpace, texts: Sequence[str], *, lowercase: bool) -> tuple[np.ndarray, np.ndarray]:
    """N texts → (N, D) float32 means of their words' vectors, zero where no word has one; and (N, 2) how many words
    have a vector, of how many."""
    means = np.zeros((len(texts), space.dimensions), dtype=np.float32)
    counts = np.zeros((len(texts), 2), dtype=np.int64)
    for number, text in enumerate(texts):
        words = split_words(text, pretokenized=False, lowercase=lowercase)
        known = [row for word in words if (row := space.index_of(word)) is not None]
        counts[number] = len(known), len(words)
        if known:
            means[number] = space.vectors[known].mean(axis=0)
    return means, counts


def _embedded(model: str, texts: list[str], progress: Progress) -> tuple[np.ndarray, dict[str, Any]]:
    if embedding_source(model) is not None:
        return _means(open_space(model), texts, progress)
    run, which = find_run(model)
    named = model.endswith(f"/{which}") and not model.endswith(f"/{run.name}")
    if named or not run.task.encode:
        if which not in run.task.word_spaces:
            raise UsageError(f"{run.name}/{which} has no vectors of words; take a run of word vectors, or an encoder")
        return _means(open_run_space(run, which), texts, progress)
    encode = run.task.load("encode")
    blocks = []
    for start in range(0, len(texts), _AT_ONCE):
        block = texts[start : start + _AT_ONCE]
        space = encode(run, block)
        blocks.append(space.vectors[[space.index_of(text) for text in block]])
        progress((start + len(block)) / len(texts), f"{start + len(block):,} texts embedded")
    return np.concatenate(blocks), {"model": run.name, "by": f"the {run.task.noun.split(' ', 1)[1]}"}


def _means(space: EmbeddingSpace, texts: list[str], progress: Progress) -> tuple[np.ndarray, dict[str, Any]]:
    lowercase = mostly_lowercase(space.labels)
    blocks, known, words = [], 0, 0
    for start in range(0, len(texts), _AT_ONCE):
        means, counts = mean_vectors(space, texts[start : start + _AT_ONCE], lowercase=lowercase)
        blocks.append(means)
        known, words = known + int(counts[:, 0].sum()), words + int(counts[:, 1].sum())
        progress((start + len(means)) / len(texts), f"{start + len(means):,} texts embedded")
    if not known:
        first = f"{texts[0]:.40}" if texts else ""
        raise SpaceError(f"{space.name}: no text has a word of it, the first is {first!r}; take other vectors")
    return np.concatenate(blocks), {
        "model": space.name,
        "by": "the mean of word vectors",
        "words": words,
        "known": known,
    }
