"""Train a captioner, from scenes, images or vectors to a finished run folder."""

import math
from pathlib import Path
from typing import Any

import torch

from embedkit.config import from_table
from embedkit.errors import CorpusError, UsageError
from embedkit.runs.folder import Run
from embedkit.runs.provenance import circumstances
from embedkit.tasks.caption.config import CaptionModel, CaptionTraining
from embedkit.tasks.caption.corpus import CaptionCorpus, Captioned
from embedkit.tasks.caption.data import open_captions
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
from embedkit.training.fitting import OnStage, fit, silent, write_down
from embedkit.training.loop import OnProgress
from embedkit.training.setup import choose_device, new_run, refuse_changed, refuse_resume, seeded

KIND = "captioner"
SCENES = "scenes"


def train_captioner(
    model: CaptionModel,
    training: CaptionTraining,
    path: Path,
    *,
    on_progress: OnProgress | None = None,
    on_stage: OnStage | None = None,
) -> Run:
    """Train a new run at `path`.

    Returns:
        The finished run: weights, vocabulary, history, metrics and provenance.

    Raises:
        UsageError: the folder holds a run already, options that cannot go together, or there is no such device.
        CorpusError: the corpus cannot be read.
        TrainingError: the loss is no longer a number.
        KeyboardInterrupt: Ctrl-C; `resume_captioner` goes on from where it stood.
    """
    _refuse_contradictions(model, training)
    choose_device(training.device)
    run = new_run(path)
    say = on_stage or silent
    say(f"reading {training.corpus}")
    corpus = open_captioned(model, training)
    vocabulary = Vocabulary.build(corpus.text, level=model.level, size=model.vocabulary_size, min_count=model.min_count)
    path.mkdir(parents=True, exist_ok=True)
    vocabulary.save(path / "tokenizer.json")
    about = {key: getattr(corpus, key) for key in ("name", "source", "checksum", "licence", "citation")}
    vectors = {} if corpus.vector_size is None else {"vector_size": corpus.vector_size}
    write_down(run, KIND, model, training, {"corpus": {**about, **vectors}, **circumstances(training.seed)})
    return _fit(run, corpus, model, training, on_progress, say)


def resume_captioner(run: Run, *, on_progress: OnProgress | None = None, on_stage: OnStage | None = None) -> Run:
    """Go on with a run that was stopped or killed, as `resume_language_model` does.

    Raises:
        RunError: the run has finished, is of another kind, or its corpus has changed.
    """
    refuse_resume(run, KIND)
    model, training = options_of(run)
    corpus = open_captioned(model, training)
    refuse_changed(run, corpus.checksum, training.corpus)
    return _fit(run, corpus, model, training, on_progress, on_stage or silent)


def options_of(run: Run) -> tuple[CaptionModel, CaptionTraining]:
    model = from_table(CaptionModel, run.config["model"])
    return model, from_table(CaptionTraining, run.config["training"])


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
    model, training = options_of(run)
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
        model = Captioner(options_of(run)[0], vocabulary.counts, vector_size)
    load_weights(run, model)
    return model.eval(), vocabulary


def _refuse_contradictions(model: CaptionModel, training: CaptionTraining) -> None:
    if training.corpus != SCENES:
        return
    if (model.image_size, model.colour) != (SIDE, False):
        raise UsageError(f"--corpus scenes: its images are grey, of {SIDE} pixels; leave out --image-size and --colour")
    if training.images is not None:
        raise UsageError("--corpus scenes: its images are made here; leave out --images")


def _fit(
    run: Run,
    corpus: CaptionCorpus,
    model: CaptionModel,
    training: CaptionTraining,
    on_progress: OnProgress | None,
    say: OnStage,
) -> Run:
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    kind = SceneSupply if training.corpus == SCENES else CorpusSupply
    with seeded(training.seed):
        network = Captioner(model, vocabulary.counts, corpus.vector_size).to(choose_device(training.device))
        supply = kind(training, vocabulary, corpus.splits["train"])
        objective = CaptionObjective(network, training, supply, corpus.splits["valid"], vocabulary)

        def metrics() -> dict[str, Any]:
            found: dict[str, Any] = {"vocabulary_size": len(vocabulary)}
            for split in ("valid", "test"):
                if len(corpus.splits.get(split, ())):
                    say(f"measuring all {split} captions")
                    found |= _metrics(network, corpus.splits[split], vocabulary, split)
            return found

        fit(run, objective, training, metrics, on_progress=on_progress)
    return run


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
