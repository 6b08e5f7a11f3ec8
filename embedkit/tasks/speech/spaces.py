"""What the layers of a recogniser hold of each word of held-out utterances, as vectors."""

from collections.abc import Sequence

import numpy as np

from embedkit.errors import unknown
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.runs.options import corpus_of
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.tables.values import text_array
from embedkit.tasks.speech.corpus import Utterance
from embedkit.tasks.speech.data import open_speech
from embedkit.tasks.speech.objective import hear
from embedkit.tasks.speech.predictions import Transcriber
from embedkit.tasks.speech.strings import held_out_utterances

MOST_WORDS = 1_500


def extract(run: Run, which: str, progress: Progress = no_progress) -> EmbeddingSpace:
    """The mean of the last layer's states over each word of held-out utterances; over each utterance where the borders
    of words are not known.

    Raises:
        CorpusError: the recordings are no longer at hand.
    """
    if which != "states":
        raise unknown("space", which, ["states"])
    transcriber = Transcriber(run)
    _, utterances = held_out(transcriber)
    vectors = word_vectors(transcriber, utterances)[-1]
    words = spans(utterances)
    labels = [
        f"{text} · {utterances[row].speaker or utterances[row].name} · {row}.{place}" for row, place, text in words
    ]
    columns = {
        "word": text_array([text for _, _, text in words]),
        "speaker": text_array([utterances[row].speaker for row, _, _ in words]),
        "place": np.array([place + 1 for _, place, _ in words]),
        "words": np.array([len(utterances[row].text.split()) for row, _, _ in words]),
    }
    if not all(len(utterance.borders) for utterance in utterances):
        del columns["word"], columns["place"]
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=tuple(labels),
        vectors=vectors,
        columns=columns,
        provenance={"run": run.name, "which": which, "noun": "spoken word", **run.provenance},
    )


def held_out(transcriber: Transcriber) -> tuple[str, list[Utterance]]:
    """The split that a report is about, and its utterances up to MOST_WORDS words."""
    corpus = corpus_of(transcriber.run, open_speech)
    split = "test" if corpus.splits.get("test") else "valid"
    utterances = held_out_utterances(corpus.splits[split], corpus.rate, transcriber.training, split, words=corpus.words)
    counts = np.cumsum([max(1, len(utterance.borders)) for utterance in utterances])
    return split, utterances[: max(1, int(np.searchsorted(counts, MOST_WORDS)))]


def spans(utterances: Sequence[Utterance]) -> list[tuple[int, int, str]]:
    """(utterance, place in it, word) of every word with borders; an utterance without is one span with all of its
    text."""
    places = []
    for row, utterance in enumerate(utterances):
        words = utterance.text.split() if len(utterance.borders) else [utterance.text]
        places += [(row, place, word) for place, word in enumerate(words)]
    return places


def word_vectors(transcriber: Transcriber, utterances: Sequence[Utterance]) -> list[np.ndarray]:
    """(N, D) float32 of what the first layer reads and of each layer: the mean over the steps of each word."""
    step = transcriber.network.step_seconds
    rows: list[list[np.ndarray]] = []
    for start, heard in hear(transcriber.network, utterances):
        levels = [each.cpu().numpy() for each in (heard.frames, *heard.layers)]
        for row, steps in enumerate(heard.steps.tolist()):
            borders = utterances[start + row].borders
            edges = borders if len(borders) else np.array([[0.0, steps * step]])
            for first, last in np.clip(np.round(edges / step).astype(int), 0, max(1, steps)):
                part = slice(min(first, max(0, steps - 1)), max(last, first + 1))
                rows.append([level[part, row].mean(axis=0) if steps else level.sum(axis=0)[row] for level in levels])
    return [np.stack(vectors).astype(np.float32) for vectors in zip(*rows, strict=True)]
