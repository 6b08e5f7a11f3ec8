"""Sentences with their probability by a language model."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from embedkit.progress import Progress, no_progress
from embedkit.tasks.language_model.network import LanguageModelNetwork

_AT_ONCE = 4_096  # tokens that are read side by side


@torch.no_grad()
def sentence_nats(
    model: LanguageModelNetwork,
    sentences: Sequence[tuple[int, ...]],
    start: int,
    *,
    progress: Progress = no_progress,
) -> np.ndarray:
    """N sentences as token ids → (N,) −ln of the probability of each, all of its tokens given `start`, a line's end.

    That it ends there is not part of it. A sentence that stands several times is read once, so that equal sentences are
    equally likely to the bit.
    """
    numbers: dict[tuple[int, ...], int] = {}
    rows = np.array([numbers.setdefault(sentence, len(numbers)) for sentence in sentences], dtype=np.int64)
    distinct = list(numbers)
    nats = np.zeros(len(distinct))
    done = 0
    for batch in _batches(distinct):
        ids = torch.tensor([(start, *distinct[row]) for row in batch]).T  # (T + 1, B): sentences of one length
        hidden, _ = model.hidden(ids[:-1], model.initial_state(len(batch)))
        parts = zip(hidden.flatten(0, 1).split(_AT_ONCE), ids[1:].flatten().split(_AT_ONCE), strict=True)
        each = torch.cat([model.softmax.nats(*part) for part in parts])
        nats[batch] = each.double().unflatten(0, hidden.shape[:2]).sum(0).numpy()
        done += len(batch)
        progress(done / len(distinct), f"{done:,} sentences")
    return nats[rows]


def _batches(sentences: Sequence[tuple[int, ...]]) -> Iterator[list[int]]:
    """Rows of sentences that are no empty ones, of one length each time, so that nothing is padded."""
    rows = sorted((row for row in range(len(sentences)) if sentences[row]), key=lambda row: len(sentences[row]))
    batch: list[int] = []
    for row in rows:
        length = len(sentences[row])
        if batch and (length != len(sentences[batch[0]]) or (len(batch) + 1) * length > _AT_ONCE):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
