"""Spaces out of a language model's weights: its embeddings, and its hidden state after texts of one's choice."""

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
import torch

from embedkit.errors import UsageError, unknown
from embedkit.report.summaries import unit_of
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.studies.tracing import Reading
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.text.vocabulary import Vocabulary

_AT_ONCE = 256  # texts that are read side by side


def extract(run: Run, which: str) -> EmbeddingSpace:
    """The "input" or "output" embeddings, a point a token, by falling frequency; where the two are tied they are the
    same vectors, and the provenance says so.

    Raises:
        UsageError: there is no space of this name.
    """
    model, vocabulary = load_language_model(run)
    tables = {"input": model.embedding.weight, "output": model.softmax.table}
    if which not in tables:
        raise unknown("space", which, tables)
    tied = tables["input"] is tables["output"]
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=vocabulary.tokens,
        vectors=tables[which].detach().numpy(),
        columns={"count": vocabulary.counts},
        provenance={"run": run.name, "which": which, "tied": tied, "noun": unit_of(run), **run.provenance},
    )


def reading(run: Run, ids: Callable[[Vocabulary], Sequence[int]]) -> Reading:
    """A text as the network reads it, with its log-probabilities of the next token."""
    model, vocabulary = load_language_model(run)
    token_ids = np.asarray(ids(vocabulary), dtype=np.int64)
    inputs = model.embedding(torch.from_numpy(token_ids)[:, None])
    return Reading(model.core, vocabulary, token_ids, inputs, model.log_probabilities)


def hidden_space(run: Run, texts: list[str]) -> EmbeddingSpace:
    """The last layer's hidden state after each of the chosen texts, a point a distinct text.

    Raises:
        UsageError: there is no text, or one has no token.
    """
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
    ids = vocabulary.encode(text)
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
