"""The vectors that a captioner condenses held-out images into, as a space."""

import numpy as np

from embedkit.errors import unknown
from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.runs.options import corpus_of
from embedkit.spaces.space import EmbeddingSpace
from embedkit.tasks.caption.data import open_corpus
from embedkit.tasks.caption.predictions import CaptionWriter


def extract(run: Run, which: str, progress: Progress = no_progress) -> EmbeddingSpace:
    """The vector of each held-out image, or that a vector is condensed into, a point an image; "digits" says how many
    there are in a scene, "length" of any other caption how many words it has.

    Raises:
        CorpusError: the images are no longer at hand.
    """
    if which != "codes":
        raise unknown("space", which, ["codes"])
    writer, splits = CaptionWriter(run), corpus_of(run, open_corpus).splits
    held_out = splits.get("test", splits["valid"])
    first = [captions[0] for captions in held_out.captions]
    column = {"length": np.array([len(caption.split()) for caption in first])}
    if held_out.originals:
        column = {"digits": np.array([len(numbers) for numbers in held_out.originals])}
    return EmbeddingSpace(
        name=f"{run.name}/{which}",
        labels=tuple(f"{caption} · {name}" for caption, name in zip(first, held_out.names, strict=True)),
        vectors=writer.codes(held_out.inputs),
        columns=column,
        provenance={"run": run.name, "which": which, "noun": "image", **run.provenance},
    )
