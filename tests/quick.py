"""A documented command with the least work that it can do, so that every example runs in the tests."""

import re
import shlex
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from embedkit import pipeline
from embedkit.analysis.analogies import lrcos, scoring
from embedkit.studies import spaces, words
from embedkit.tasks import task_trained_by
from embedkit.tasks.language_model import study as language_models
from embedkit.tasks.seq2seq import study as phrases
from tests.seeded import seed_umap

SMALL = {
    "steps": 2,
    "epochs": 1,
    "pairs": 400,
    "dimensions": 8,
    "channels": 4,
    "code_size": 8,
    "embedding_size": 16,
    "hidden_size": 8,
    "bottleneck_size": 8,
    "held_out": 40,
}
"""What makes a training small, by the options that a task has; of its budgets the first."""
SMALLEST = {
    "lab temporal-order": "--epochs 1 --seeds 1",
    "lab echo-capacity": "--cells gru --hidden-sizes 2 --delays 1 --seeds 1 --steps 20",
    "lab curricula": "--steps 2 --seeds 1 --held-out 10 --hidden-size 8 --evaluations 1",
    "lab gradients": "--levels easy --steps 4 --held-out 40",
    "t9 --evaluate": "--words 20",
    "probe": "--tokens 3000",
}
"""Options that make another command small, by how it starts; they take the place of the example's own."""
BUDGETS = ("--minutes", "--epochs", "--steps")
POINTS = 200
FITS = 20


def shrink(patch: pytest.MonkeyPatch) -> None:
    """What no option makes small: the points of maps, samples, landmarks, LRCos, and the models of the demo."""
    for module in (spaces, words, phrases):
        patch.setattr(module, "MAP_POINTS", POINTS)
    patch.setattr(language_models, "SAMPLE_TOKENS", dict.fromkeys(language_models.SAMPLE_TOKENS, 10))
    patch.setattr(phrases, "landmarks", partial(phrases.landmarks, most=5))
    patch.setattr("embedkit.tasks.seq2seq.data.MOST_PHRASES", 500)
    patch.setattr(scoring, "DRAWS", 2)
    patch.setattr(lrcos, "class_boundaries", partial(_first_boundaries, lrcos.class_boundaries))
    seed_umap(patch)
    # An explorer listens, and is not waited for.
    patch.setattr("embedkit.serve.server.run", lambda server: None)
    whole = pipeline.DEMO
    demo = replace(
        whole,
        model=replace(whole.model, embedding_size=16, hidden_size=16, min_count=20),
        word2vec=replace(whole.word2vec, epochs=1, dimensions=16, min_count=20),
        phrases=replace(whole.phrases, embedding_size=16, hidden_size=16, bottleneck_size=16),
        phrases_training=replace(whole.phrases_training, pairs=400),
    )
    patch.setattr(pipeline, "DEMO", demo)


def smallest(words: list[str]) -> tuple[str, str] | None:
    """How a command starts that can be made small, and the options that do so."""
    if words[:1] == ["train"]:
        options = {field.name for config in task_trained_by(words[1]).config_types() for field in fields(config)}
        budget = "steps" if "steps" in options else "epochs"
        names = [name for name in SMALL if name in options and (name not in ("steps", "epochs") or name == budget)]
        return f"train {words[1]}", " ".join(f"--{name.replace('_', '-')} {SMALL[name]}" for name in names)
    return next((each for each in SMALLEST.items() if words[: len(each[0].split())] == each[0].split()), None)


def _first_boundaries(fit: Any, vectors: Any, *pairs: Any, **options: Any) -> Any:
    """The boundaries of LRCos, a regression each, of the first query pairs; to the others every word is as likely."""
    source, targets, category, query_pairs, teachers = pairs
    first = fit(vectors, source, targets, category, query_pairs[:FITS], teachers[:FITS], **options)
    return np.pad(first, ((0, len(query_pairs) - len(first)), (0, 0)))


def quick(example: str) -> list[str]:
    """The words of an example, shrunk; one that asks for help or goes on with a run is left as it is."""
    program, *words = shlex.split(example)
    assert program == "embedkit", example
    if words[:1] == ["serve"]:
        return ["serve", "--port", "0"]  # two tests may listen at once
    if words[:1] == ["demo"]:
        return ["demo", "--minutes", "0.02"]
    if words[:1] in (["map"], ["clusters"], ["report"]) and "--verify" not in words and "--points" not in words:
        return [*words, "--points", str(POINTS)]
    if "--resume" in words or "--help" in words or (made_small := smallest(words)) is None:
        return words
    start, small_options = made_small
    options, small = shlex.join(words[len(start.split()) :]), small_options.split()
    for name in {*small[::2], *BUDGETS}:
        options = re.sub(rf"(^| ){name} (?!--)\S+( (?!--)\S+)*", " ", options)
    return [*start.split(), *shlex.split(options), *small]
