"""The final states of a classifier as a space."""

import numpy as np
import torch

from embedkit.progress import Progress, no_progress
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.tasks.classify.data import CLASSES, texts
from embedkit.tasks.classify.objective import columns, held_out, load_classifier


@torch.no_grad()
def extract(run: Run, which: str = "final", progress: Progress = no_progress) -> EmbeddingSpace:
    """(N, H) states of a classifier after its test sequences; the columns "class" and "told" have the true and the
    predicted classes."""
    training, network = run.config["training"], load_classifier(run)
    sequences = held_out(training["level"], "test", training["held_out"])
    states = network.final_state(columns(sequences.ids, torch.device("cpu")))
    classes = np.array(list(CLASSES))
    return EmbeddingSpace(
        name=f"{run.name}/final",
        labels=tuple(texts(sequences.ids)),
        vectors=states.numpy(),
        columns={"class": classes[sequences.labels], "told": classes[network.head(states).argmax(1).numpy()]},
        provenance={"run": run.name, "which": "final", "noun": "sequence", **run.provenance},
    )
