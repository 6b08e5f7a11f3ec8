"""Spaces out of a language model's weights: its embeddings, the mean state of each word over its text, and its state
after texts of one's choice."""

from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import groupby

import numpy as np
import torch

from embedkit.corpora import open_corpus
from embedkit.errors import UsageError, refuse_single_text, unknown
from embedkit.progress import Progress, no_progress
from embedkit.report.summaries import unit_of
from embedkit.runs.folder import Run
from embedkit.runs.options import corpus_of
from embedkit.spaces.space import EmbeddingSpace
from embedkit.studies.tracing import Reading
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.text.typed import typed_ids
from embedkit.text.vocabulary import Vocabulary

CONTEXTS = 2_000_000
"""A word's mean state is over so many tokens of the training text at most, from its start."""

_AT_ONCE = 256  # texts that are read side by side
_COLUMNS, _STEPS = 64, 64  # of the training text


def extract(run: Run, which: str, progress: Progress = no_progress) -> EmbeddingSpace:
    """The "input" or "output" embeddings, their "sum", or the "contextual" vectors: the mean of the last layer's states
    after each token over the training text, of its first `CONTEXTS` tokens, without what does not stand there.

    A point is a token, by falling frequency. Where the embeddings are tied they are the same vectors, and the
    provenance says so.

    Raises:
        UsageError: there is no space of this name; or the embeddings are tied or of two lengths, and have no sum.
        CorpusError: the training text is no longer at hand, or has changed.
    """
    model, vocabulary = load_language_model(run)
    inputs, outputs = model.embedding.weight.detach(), model.softmax.table.detach()
    tied = model.embedding.weight is model.softmax.table
    rows, columns = np.arange(len(vocabulary)), {"count": vocabulary.counts}
    if which == "contextual":
        means, contexts = mean_states(model, _training_ids(run, vocabulary), progress=progress)
        rows = np.flatnonzero(contexts)
        vectors, columns = means[rows], {"count": vocabulary.counts[rows], "contexts": contexts[rows]}
    elif which == "sum":
        if tied or inputs.shape != outputs.shape:
            why = "tied: one table" if tied else f"of {inputs.shape[1]} and {outputs.shape[1]} dimensions"
            raise UsageError(f"{run.name}/sum: input and output embeddings are {why}; take {run.name}/input")
        vectors = (inputs + outputs).numpy()
    elif which in ("input", "output"):
        vectors = (inputs if which == "input" else outputs).numpy()
    else:
        raise unknown("space", which, ["input", "output", "sum", "contextual"])
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=tuple(vocabulary.tokens[row] for row in rows.tolist()),
        vectors=vectors,
        columns=columns,
        provenance={"run": run.name, "which": which, "tied": tied, "noun": unit_of(run), **run.provenance},
    )


def _training_ids(run: Run, vocabulary: Vocabulary) -> np.ndarray:
    """The first `CONTEXTS` tokens of the text that a run was trained on, or all of a shorter one."""
    corpus = corpus_of(run, lambda _model, training: open_corpus(training.corpus))
    blocks, total = [], 0
    with closing(vocabulary.encode_lines(corpus.lines("train"))) as encoded:
        for ids in encoded:
            blocks.append(ids)
            total += len(ids)
            if total >= CONTEXTS:
                break
    return np.concatenate(blocks)[:CONTEXTS]


@torch.no_grad()
def mean_states(
    model: LanguageModelNetwork, ids: np.ndarray, *, columns: int = _COLUMNS, progress: Progress = no_progress
) -> tuple[np.ndarray, np.ndarray]:
    """(N,) token ids of a text → (V, H) the mean of the last layer's states after each token of the vocabulary, over
    all its contexts (Bommasani, Davis & Cardie 2020), and (V,) how often it stands there; 0 where it does not.

    Args:
        columns: the text is read in so many pieces side by side, or as one where it has fewer tokens for each than two;
            what is left over is left out.
    """
    columns = columns if len(ids) >= 2 * columns else 1
    length = len(ids) // columns
    text = torch.from_numpy(ids[: length * columns].astype(np.int64)).reshape(columns, length).T
    size = len(model.embedding.weight)
    sums, state = None, model.initial_state(columns)
    for start in range(0, length, _STEPS):
        window = text[start : start + _STEPS]
        hidden, state = model.hidden(window, state)
        states = hidden.flatten(0, 1).double()
        sums = torch.zeros(size, states.shape[1], dtype=torch.float64) if sums is None else sums
        sums.index_add_(0, window.flatten(), states)
        done = min(start + _STEPS, length)
        progress(done / length, f"{done * columns:,} tokens read")
    counts = np.bincount(text.flatten().numpy(), minlength=size)
    assert sums is not None
    return sums.numpy() / np.maximum(counts, 1)[:, None], counts


def reading(run: Run, ids: Callable[[Vocabulary], Sequence[int]]) -> Reading:
    """A text as the network reads it, with its log-probabilities of the next token."""
    model, vocabulary = load_language_model(run)
    token_ids = np.asarray(ids(vocabulary), dtype=np.int64)
    inputs = model.embedding(torch.from_numpy(token_ids)[:, None])
    return Reading(model.core, vocabulary, token_ids, inputs, model.log_probabilities)


def hidden_space(run: Run, texts: Sequence[str]) -> EmbeddingSpace:
    """The last layer's hidden state after each of the chosen texts, (N, H) in the order of the N distinct ones.

    Raises:
        UsageError: there is no text, one has no token, or this is a single text; or the run is of another kind.
    """
    refuse_single_text(texts)
    if not texts:
        raise UsageError("there is no text to take hidden states of; give at least one")
    distinct = list(dict.fromkeys(texts))
    model, vocabulary = load_language_model(run)
    vectors = _last_states(model, [_ids(vocabulary, text) for text in distinct])
    return EmbeddingSpace(
        name=f"{run.name}/hidden",
        labels=tuple(distinct),
        vectors=vectors,
        provenance={"run": run.name, "which": "hidden", "noun": "text", **run.provenance},
    )


def _ids(vocabulary: Vocabulary, text: str) -> list[int]:
    ids = typed_ids(vocabulary, text)
    if not ids:
        raise UsageError(f"the text {text!r} has no token")
    return ids


@torch.no_grad()
def _last_states(model: LanguageModelNetwork, texts: Sequence[Sequence[int]]) -> np.ndarray:
    """(N, H) the last layer's state after each of N token sequences; those of one length are read side by side."""
    states: dict[int, np.ndarray] = {}
    by_length = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    for _, group in groupby(by_length, key=lambda row: len(texts[row])):
        rows = list(group)
        for start in range(0, len(rows), _AT_ONCE):
            block = rows[start : start + _AT_ONCE]
            ids = torch.tensor([list(texts[row]) for row in block]).T
            hidden, _ = model.hidden(ids, model.initial_state(len(block)))
            states.update(zip(block, hidden[-1].numpy(), strict=True))
    return np.stack([states[row] for row in range(len(texts))])
