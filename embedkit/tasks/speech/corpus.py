"""What is spoken: recordings with their texts and speakers, in splits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from embedkit.corpora.corpus import Corpus
from embedkit.errors import CorpusError


@dataclass(frozen=True, eq=False)
class Recording:
    """What one speaker says: (N,) float32 samples between -1 and 1, and the text. `speaker` is "" where not known."""

    name: str
    text: str
    speaker: str
    samples: np.ndarray


@dataclass(frozen=True, eq=False)
class Utterance:
    """What is recognised in one go: a recording, or several strung together.

    Attributes:
        sources: the number of the recording in its split that each word is from; of a recording on its own, its number
            once.
        borders: (W, 2) the seconds at which each word starts and ends; empty where that is not known.
        pause: the mean silence between words, in seconds; None where that is not known.
    """

    name: str
    text: str
    speaker: str
    samples: np.ndarray
    sources: tuple[int, ...]
    borders: np.ndarray
    pause: float | None = None


def utterance_of(name: str, samples: np.ndarray) -> Utterance:
    """A sound of which nothing more is known."""
    return Utterance(name, "", "", samples, (), np.zeros((0, 2)))


@dataclass(frozen=True, eq=False)
class SpeechCorpus:
    """Recordings in "train", "valid" and perhaps "test"; none is in two of them.

    Attributes:
        rate: samples a second of all of them.
        words: each recording is one word, of which strings are made.
        checksum: "sha256:…" over all of it.

    Raises:
        CorpusError: train or valid are empty.
    """

    name: str
    source: str
    checksum: str
    licence: str
    citation: str
    rate: int
    words: bool
    splits: Mapping[str, Sequence[Recording]]

    def __post_init__(self) -> None:
        for split in ("train", "valid"):
            if not self.splits.get(split):
                raise CorpusError(f"{self.source}: nothing in it is for {split}; give more recordings")

    @property
    def text(self) -> Corpus:
        """The texts alone."""
        lines = {split: partial(_texts, recordings) for split, recordings in self.splits.items()}
        return Corpus(self.name, lines, False, self.checksum, self.licence, self.citation, self.source)


def _texts(recordings: Sequence[Recording]) -> Iterator[str]:
    return (recording.text for recording in recordings)
