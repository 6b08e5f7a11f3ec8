"""Train a captioner, from scenes, images or vectors to a finished run folder."""

import math
from collections.abc import Mapping
from typing import Any

import torch

from embedkit.errors import CorpusError, UsageError
from embedkit.progress import Progress
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.caption.config import CaptionModel, CaptionTraining
from embedkit.tasks.caption.corpus import CaptionCorpus, Captioned
from embedkit.tasks.caption.files import open_captions
from embedkit.tasks.caption.network import Captioner
from embedkit.tasks.caption.objective import (
    CaptionObjective,
    CorpusSupply,
    SceneSupply,
    greedy_captions,
    longest_caption,
    measure,
    printed,
)
from embedkit.tasks.caption.scenes import SIDE, scene_corpus
from embedkit.text.bleu import bleu
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import load_weights
from embedkit.training.driver import Fitting, Trainer

SCENES = "scenes"


def open_captioned(model: CaptionModel, training: CaptionTraining) -> CaptionCorpus:
    """What a configuration trains on.

    Raises:
        UsageError, CorpusError: as `open_captions`.
    """
    if training.corpus == SCENES:
        return scene_corpus(training.held_out, training.seed)
    return open_captions(
        training.corpus,
        side=model.image_size,
        colour=model.colour,
        images=training.images,
        most=training.most_images,
    )


def open_corpus_of(run: Run) -> CaptionCorpus:
    """What a captioner was trained on.

    Raises:
        CorpusError: it is no longer at hand, or has changed.
    """
    model, training = configurations(run)
    try:
        corpus = open_captioned(model, training)
    except UsageError as error:  # the run was trained from another folder, or its file has gone
        raise CorpusError(f"the corpus of run {run.name} is not at hand: {error}") from None
    if corpus.checksum != run.provenance["corpus"]["checksum"]:
        raise CorpusError(f"{training.corpus} has changed since {run.name} was trained on it")
    return corpus


def load_captioner(run: Run) -> tuple[Captioner, Vocabulary]:
    """A finished captioner and its vocabulary, ready to evaluate."""
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    vector_size = run.provenance["corpus"].get("vector_size")
    with torch.random.fork_rng(devices=[]):
        model = Captioner(configurations(run)[0], vocabulary.counts, vector_size)
    load_weights(run, model)
    return model.eval(), vocabulary


def _metrics(network: Captioner, captioned: Captioned, vocabulary: Vocabulary, split: str) -> dict[str, Any]:
    """The headline figures of a held-out split; captions are written greedily."""
    found = measure(network, captioned, vocabulary)
    said = greedy_captions(network, captioned.inputs, vocabulary, longest_caption(captioned, vocabulary))
    references = printed(captioned.captions, vocabulary)
    exact = sum(one in several for one, several in zip(said, references, strict=True))
    score = bleu(said, references, lowercase=vocabulary.lowercase)
    figures = {
        "nats_per_token": found.nats_per_token,
        "perplexity": math.exp(found.nats_per_token),
        "token_accuracy": found.token_accuracy,
        "tokens": found.tokens,
        "exact_match": exact / len(said),
        "exact": exact,
        "images": len(said),
        "bleu": score.score,
        "bleu_signature": score.signature,
    }
    return {f"{split}_{key}": value for key, value in figures.items()}


def checksum_of(run: Run) -> str:
    """The checksum of what a captioner was trained on, as it is now. Raises as `open_captions`."""
    return open_captioned(*configurations(run)).checksum


class CaptionTrainer(Trainer[CaptionModel, CaptionTraining, CaptionCorpus]):
    """Scenes that are made here, or images or vectors that people have."""

    def check(self) -> None:
        if self.training.corpus != SCENES:
            return
        if (self.model.image_size, self.model.colour) != (SIDE, False):
            raise UsageError(
                f"--corpus scenes: its images are grey, of {SIDE} pixels; leave out --image-size and --colour"
            )
        if self.training.images is not None:
            raise UsageError("--corpus scenes: its images are made here; leave out --images")

    def open(self, progress: Progress) -> CaptionCorpus:
        progress(None, f"reading {self.training.corpus}")
        return open_captioned(self.model, self.training)

    def about(self, material: CaptionCorpus) -> Mapping[str, Any]:
        about = {key: getattr(material, key) for key in ("name", "source", "checksum", "licence", "citation")}
        return about if material.vector_size is None else {**about, "vector_size": material.vector_size}

    def keep(self, run: Run, material: CaptionCorpus, progress: Progress) -> CaptionModel:
        model = self.model
        vocabulary = Vocabulary.build(
            material.text, level=model.level, size=model.vocabulary_size, min_count=model.min_count
        )
        vocabulary.save(run.path / "tokenizer.json")
        return model

    def prepare(self, run: Run, material: CaptionCorpus, device: torch.device, progress: Progress) -> Fitting:
        vocabulary = Vocabulary.load(run.path / "tokenizer.json")
        network = Captioner(self.model, vocabulary.counts, material.vector_size).to(device)
        supply = (SceneSupply if self.training.corpus == SCENES else CorpusSupply)(
            self.training, vocabulary, material.splits["train"]
        )
        objective = CaptionObjective(network, self.training, supply, material.splits["valid"], vocabulary)

        def measure() -> dict[str, Any]:
            metrics: dict[str, Any] = {"vocabulary_size": len(vocabulary)}
            for split in ("valid", "test"):
                if len(material.splits.get(split, ())):
                    progress(None, f"measuring all {split} captions")
                    metrics |= _metrics(network, material.splits[split], vocabulary, split)
            return metrics

        return Fitting(objective, measure)
