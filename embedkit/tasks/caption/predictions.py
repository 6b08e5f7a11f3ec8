"""A finished captioner at work: images or vectors to words."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from embedkit.decoding.beam import beam_search, check_beams
from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.caption.data import SCENES
from embedkit.tasks.caption.files import read_vectors
from embedkit.tasks.caption.images import read_image
from embedkit.tasks.caption.objective import load_captioner

BATCH = 128
LONGEST = {"word": 60, "bpe": 120, "char": 400}
"""Tokens after which a caption that has found no end is cut."""


@dataclass(frozen=True)
class ScoredCaption:
    """A caption that a model wrote: `score` is what several are ranked by, `log_probability` is in nats."""

    text: str
    log_probability: float
    score: float


class CaptionWriter:
    """The model of a finished captioner run with its vocabulary.

    Raises:
        RunError: the run's weights are missing or damaged.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.model, self.vocabulary = load_captioner(run)
        self.config, self.training = configurations(run)

    @property
    def of_scenes(self) -> bool:
        """Whether it was trained on scenes, not on somebody's images or vectors."""
        return self.training.corpus == SCENES

    @property
    def vector_size(self) -> int | None:
        """Length of the vectors that it describes; None where it describes images."""
        return self.run.provenance["corpus"].get("vector_size")

    def inputs(self, path: Path) -> tuple[np.ndarray, bool]:
        """A file as the model's inputs: (1, C, S, S) of an image, (N, V) of an .npz; and whether the image was turned
        into its negative.

        Scenes are light on dark; an image whose edge is light is taken for dark on light.

        Raises:
            CorpusError: the file is missing or cannot be read.
            UsageError: its vectors are of another length than those the model was trained on.
        """
        if self.vector_size is not None:
            vectors = read_vectors(path)
            if vectors.shape[1] != self.vector_size:
                raise UsageError(
                    f"{path}: {vectors.shape[1]} numbers a vector; {self.run.name} takes {self.vector_size}"
                )
            return vectors, False
        image = read_image(path, self.config.image_size, colour=self.config.colour)
        edge = np.concatenate([image[:, [0, -1]].ravel(), image[:, :, [0, -1]].ravel()])
        negative = self.of_scenes and float(np.median(edge)) > 127
        return (255 - image if negative else image)[None], negative

    @torch.no_grad()
    def codes(self, inputs: np.ndarray) -> np.ndarray:
        """(N, …) images or vectors → (N, D) float32: the vector that each is condensed into."""
        parts = [inputs[start : start + BATCH] for start in range(0, len(inputs), BATCH)]
        return np.concatenate([self.model.encode(torch.from_numpy(part)).code.numpy() for part in parts])

    @torch.no_grad()
    def captions(self, inputs: np.ndarray, *, beams: int = 5, length_penalty: float = 1.0) -> list[list[ScoredCaption]]:
        """The best captions of each of N images or vectors, by beam search; one beam is greedy decoding.

        Raises:
            UsageError: beams is below 1, or length_penalty below 0.
        """
        check_beams(beams, length_penalty)
        banned = [] if self.vocabulary.unk is None else [self.vocabulary.unk]
        captions: list[list[ScoredCaption]] = []
        for start in range(0, len(inputs), BATCH):
            results = beam_search(
                self.model,
                self.model.encode(torch.from_numpy(inputs[start : start + BATCH])),
                end=self.vocabulary.line_end,
                longest=LONGEST[self.vocabulary.level],
                beams=beams,
                length_penalty=length_penalty,
                banned=banned,
            )
            captions += [
                [
                    ScoredCaption(self.vocabulary.decode(hypothesis.ids), hypothesis.log_probability, hypothesis.score)
                    for hypothesis in result.hypotheses
                ]
                for result in results
            ]
        return captions
