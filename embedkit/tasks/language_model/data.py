"""What a language model learns from: a text as ids, in columns, and whether it is still the text that was read."""

from dataclasses import dataclass

import numpy as np

from embedkit.corpora import open_corpus
from embedkit.corpora.corpus import Corpus
from embedkit.errors import TrainingError
from embedkit.progress import Progress, prefixed
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LanguageModelTraining
from embedkit.text.batching import batchify
from embedkit.text.encoding import encode_split
from embedkit.text.vocabulary import Vocabulary

ENCODED = "encoded"
"""The folder of a run that holds its text as ids while it is trained."""


@dataclass(frozen=True)
class EncodedText:
    """What training starts from: the vocabulary and, by split, (N,) ids, memory-mapped."""

    vocabulary: Vocabulary
    splits: dict[str, np.ndarray]


def encode_text(run: Run, corpus: Corpus, progress: Progress) -> EncodedText:
    """The run's vocabulary, and the splits encoded with it in files that are read as they are needed."""
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    folder = run.path / ENCODED
    folder.mkdir(exist_ok=True)

    def encoded(split: str) -> np.ndarray:
        return encode_split(
            corpus,
            split,
            vocabulary,
            folder / f"{split}.ids",
            progress=prefixed(progress, f"encoding {split}: "),
        )

    return EncodedText(
        vocabulary, {split: encoded(split) for split in ("train", "valid", "test") if split in corpus.splits}
    )


def text_columns(ids: np.ndarray, batch_size: int, split: str, corpus: Corpus) -> np.ndarray:
    """(N,) ids of a split → (L, batch_size) columns.

    Raises:
        TrainingError: the text is too short for so many columns.
    """
    try:
        return batchify(ids, batch_size)
    except ValueError as error:
        raise TrainingError(f"{corpus.source} ({split}): {error}; lower --batch-size or take a longer text") from None


def held_out_width(ids: np.ndarray, training: LanguageModelTraining) -> int:
    """Columns for measuring: as in training, but fewer where the text is too short for windows of full length."""
    return max(1, min(training.batch_size, len(ids) // (training.bptt + 1)))


def checksum_of(run: Run) -> str | None:
    """The checksum of the text that a run learned from, as it is now; None where it came through standard input.

    Raises:
        UsageError, CorpusError: it is not at hand.
    """
    source = run.config["training"]["corpus"]
    return None if source == "-" else open_corpus(source).checksum
