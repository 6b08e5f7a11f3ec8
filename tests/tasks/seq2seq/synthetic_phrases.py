"""A finished encoder-decoder's run without training: phrases on a map, what lies between some, scores and looks."""

import math
from pathlib import Path

import numpy as np

from embedkit.analysis.clusters.clustering import cluster
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.generation import GenerationScore, score_generation
from embedkit.analysis.maps.projection import pca
from embedkit.analysis.maps.stored import MAPS
from embedkit.analysis.purity import Coverage, bag_of_words, knn_purity
from embedkit.files import write_text
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.stored import save_run_space
from embedkit.tasks.seq2seq.examples import (
    INTERPOLATIONS,
    TRANSLATION_TRACES,
    InterpolationTable,
    TranslationTrace,
    TranslationTraces,
)
from embedkit.tasks.seq2seq.score import GENERATION_SCORES, PURITY, PuritySheet
from tests.report import synthetic


def seq2seq_run(path: Path) -> Run:
    """A run folder with everything `embedkit.pipeline.study` makes of an encoder-decoder with attention."""
    run = Run(path)
    model = {"source_level": "word", "target_level": "word", "cell": "lstm", "bottleneck_size": 16}
    training = {"corpus": "a corpus", "stream": "none", "phrases": False}
    run.write_config(
        {"kind": "seq2seq", "model": model | {"attention": "dot", "variational": False}, "training": training}
    )
    nats = 1.25
    run.write_metrics(
        {
            "valid_nats_per_token": nats,
            "valid_perplexity": math.exp(nats),
            "valid_tokens": 9_321,
            "tokens_seen": 1_200_000,
            "epochs": 3.0,
            "seconds": 95.0,
            "tokens_per_second": 12_000.0,
            "parameters": 2_000_000,
            "source_vocabulary_size": 5_000,
            "target_vocabulary_size": 4_000,
        }
    )
    run.write_provenance(synthetic.lineage("embedkit train seq2seq --corpus 'a corpus'"))
    write_text(run.path / "history.jsonl", "".join(synthetic.history()))
    plain = synthetic.phrase_space()
    lengths = np.array([len(label.split()) for label in plain.labels])
    space = EmbeddingSpace(f"{run.name}/phrases", plain.labels, plain.vectors, {"length": lengths})
    shown = space.head(280)  # the map leaves some phrases out
    save_run_space(run, "phrases", space)
    MAPS.save(run, pca(shown))
    MAPS.save(run, synthetic.pretend_umap(shown))
    CLUSTERINGS.save(run, cluster(shown), "phrases")
    between = synthetic.interpolations(space)
    INTERPOLATIONS.save(run, InterpolationTable(between.phrases, between.steps, between.texts))
    PURITY.save(run, purity())
    GENERATION_SCORES.save(run, generation(space.labels), "valid")
    nodes = tuple(dict(node) for node in synthetic.beam_nodes())
    weights = synthetic.attention_weights()
    look = TranslationTrace(
        "das <b>Haus</b>", "the house", "a house", nodes, synthetic.READ, synthetic.WRITTEN, weights
    )
    TRANSLATION_TRACES.save(run, TranslationTraces((look,)))
    return run


def purity() -> PuritySheet:
    """Blobs that are pure, beside words that are not."""
    kinds = ["past", "future"] * 30
    templates = [f"{kind} {i % 5}" for i, kind in enumerate(kinds)]
    rng = np.random.default_rng(2)
    blobs = rng.normal(size=(60, 4)) + np.array([[9, 0, 0, 0] if kind == "past" else [0, 9, 0, 0] for kind in kinds])
    words = bag_of_words([f"w{i % 7}" for i in range(60)])
    spaces = {
        "the bottleneck": knn_purity(blobs, kinds, clusters=templates, resamples=100),
        "bag of words": knn_purity(words, kinds, clusters=templates, resamples=100),
    }
    return PuritySheet(spaces, {"bag of words": Coverage(words=60, known=45, phrases=60, empty=15)})


def generation(labels: tuple[str, ...]) -> GenerationScore:
    """A third of the phrases come back right."""
    said = [label if i % 3 == 0 else synthetic.HOSTILE[i % 5] for i, label in enumerate(labels)]
    known = {"memorised_from": set(labels[:9]), "trained_sources": labels[:9]}
    return score_generation(labels, labels, said, name="valid", resamples=50, **known)
