"""Spaces out of a language model's weights: its embeddings, and its hidden state after texts of one's choice."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from embedkit.errors import UsageError, unknown
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.studies.tracing import Reading
from embedkit.tasks.language_model.network import LanguageModelNetwork, load_language_model
from embedkit.text.vocabulary import Vocabulary


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
        provenance={"run": run.name, "which": which, "tied": tied, **run.provenance},
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
    rows = [_last_state(model, vocabulary, text) for text in distinct]
    return EmbeddingSpace(
        name=f"{run.name}/hidden",
        labels=tuple(distinct),
        vectors=np.stack(rows),
        provenance={"run": run.name, "which": "hidden", **run.provenance},
    )


@torch.no_grad()
def _last_state(model: LanguageModelNetwork, vocabulary: Vocabulary, text: str) -> np.ndarray:
    ids = vocabulary.encode(text)
    if not ids:
        raise UsageError(f"the text {text!r} has no token")
    hidden, _ = model.hidden(torch.tensor(ids)[:, None], model.initial_state(1))
    return hidden[-1, 0].numpy()
