"""Where a captioner's batches come from: new scenes without end, or every caption of a corpus once an epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from embedkit.tasks.caption.config import CaptionTraining
from embedkit.tasks.caption.corpus import Captioned
from embedkit.tasks.caption.scenes import training_scenes
from embedkit.text.pairs import line_ids
from embedkit.text.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False)
class CaptionBatch:
    """B inputs, (B, C, S, S) uint8 or (B, V) float32, with a caption each: (L,) ids, the end of line last."""

    inputs: np.ndarray
    captions: Sequence[np.ndarray]

    def take(self, rows: slice) -> "CaptionBatch | None":
        """Some of the captions with their inputs; None where that is none."""
        captions = self.captions[rows]
        return CaptionBatch(self.inputs[rows], captions) if captions else None


class Supply(Protocol):
    """Where batches come from."""

    batches_per_epoch: int
    tokens_per_epoch: int

    def batch(self, epoch: int, number: int) -> CaptionBatch:
        """A batch of an epoch: the same whenever it is asked for."""
        ...


class SceneSupply:
    """New scenes in every batch, of the training originals."""

    def __init__(self, config: CaptionTraining, vocabulary: Vocabulary, sample: Captioned) -> None:
        self.batches_per_epoch = max(1, config.scenes // config.batch_size)
        tokens = sum(len(line_ids(vocabulary, caption)) for _, caption in sample.pairs) / len(sample)
        self.tokens_per_epoch = round(tokens * self.batches_per_epoch * config.batch_size)
        self._config, self._vocabulary = config, vocabulary

    def batch(self, epoch: int, number: int) -> CaptionBatch:
        scenes = training_scenes(self._config.batch_size, self._config.seed, epoch, number)
        return CaptionBatch(scenes.images, [line_ids(self._vocabulary, caption) for caption in scenes.captions])


class CorpusSupply:
    """Every caption of a corpus once an epoch, in another order each time."""

    def __init__(self, config: CaptionTraining, vocabulary: Vocabulary, train: Captioned) -> None:
        pairs = train.pairs
        self._rows = np.array([row for row, _ in pairs])
        self._ids = [line_ids(vocabulary, caption) for _, caption in pairs]
        self._config, self._inputs = config, train.inputs
        self.batches_per_epoch = -(-len(pairs) // config.batch_size)
        self.tokens_per_epoch = sum(map(len, self._ids))
        self._order: tuple[int, np.ndarray] = (-1, self._rows)

    def batch(self, epoch: int, number: int) -> CaptionBatch:
        if self._order[0] != epoch:
            self._order = epoch, np.random.default_rng((self._config.seed, epoch)).permutation(len(self._ids))
        start = number * self._config.batch_size
        places = self._order[1][start : start + self._config.batch_size]
        return CaptionBatch(self._inputs[self._rows[places]], [self._ids[i] for i in places])
