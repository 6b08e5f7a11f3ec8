"""What captions are about: images or vectors, each with one caption or several, in splits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np

from embedkit.corpora.corpus import Corpus
from embedkit.errors import CorpusError


@dataclass(frozen=True, eq=False)
class Captioned:
    """N images or vectors with their captions.

    Attributes:
        inputs: (N, C, S, S) uint8, or (N, V) float32.
        captions: N tuples of one or several.
        names: N, such as the images' files.
        originals: of scenes, the numbers of the handwritten originals in each; empty where there are none.
    """

    inputs: np.ndarray
    captions: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    originals: tuple[tuple[int, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def pairs(self) -> list[tuple[int, str]]:
        """Every caption with the row of its input."""
        return [(row, caption) for row, captions in enumerate(self.captions) for caption in captions]


@dataclass(frozen=True, eq=False)
class CaptionCorpus:
    """Captioned images or vectors in "train", "valid" and perhaps "test".

    Attributes:
        checksum: "sha256:…" over all of it.

    Raises:
        CorpusError: train or valid are empty.
    """

    name: str
    source: str
    checksum: str
    licence: str
    citation: str
    splits: Mapping[str, Captioned]

    def __post_init__(self) -> None:
        for split in ("train", "valid"):
            if split not in self.splits or not len(self.splits[split]):
                raise CorpusError(f"{self.source}: nothing in it is for {split}; give more images, or a split column")

    def copies(self, split: str, most: int | None = None) -> int:
        """How many of the first `most` images or vectors of a split are in train too, pixel by pixel or number by
        number, whatever their names: none but where their publisher put them in both."""
        trained = {values.tobytes() for values in self.splits["train"].inputs}
        return sum(values.tobytes() in trained for values in self.splits[split].inputs[:most])

    @property
    def vector_size(self) -> int | None:
        """Length of the vectors; None where there are images."""
        inputs = self.splits["train"].inputs
        return int(inputs.shape[1]) if inputs.ndim == 2 else None

    @property
    def text(self) -> Corpus:
        """The captions alone."""
        lines = {split: partial(_lines, captioned.captions) for split, captioned in self.splits.items()}
        return Corpus(self.name, lines, False, self.checksum, self.licence, self.citation, self.source)


def _lines(captions: Sequence[Sequence[str]]) -> chain[str]:
    return chain.from_iterable(captions)
