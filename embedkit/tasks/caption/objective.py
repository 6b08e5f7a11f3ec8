"""What a captioner is trained to do: write the caption of an image or a vector, token by token."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.errors import UsageError
from embedkit.models.recurrent import State
from embedkit.models.unrolling import unroll
from embedkit.progress import Progress
from embedkit.runs.folder import Run, require_kind
from embedkit.runs.options import configurations
from embedkit.tasks.caption.batches import CaptionBatch, CorpusSupply, SceneSupply, Supply
from embedkit.tasks.caption.config import CaptionModel, CaptionTraining
from embedkit.tasks.caption.corpus import CaptionCorpus, Captioned
from embedkit.tasks.caption.data import SCENES, open_corpus
from embedkit.tasks.caption.network import Captioner
from embedkit.tasks.caption.scenes import SIDE
from embedkit.text.bleu import bleu
from embedkit.text.pairs import line_ids, pad
from embedkit.text.perplexity import perplexity
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import load_weights
from embedkit.training.driver import Fitting, Trainer
from embedkit.training.objective import Evaluation, Step, TokenScores
from embedkit.training.precision import autocast

EVALUATION_BATCH = 256


@dataclass(frozen=True, eq=False)
class CaptionTensors:
    """A batch on its device: inputs, and (B, T) tokens the decoder is fed, its targets, and where a target is known."""

    inputs: Tensor
    fed: Tensor
    targets: Tensor
    known: Tensor

    @classmethod
    def of(cls, batch: CaptionBatch, end: int, device: torch.device) -> "CaptionTensors":
        """`end` is the id of the end of line, which the decoder is fed first."""
        padded, lengths = pad(batch.captions)
        targets = torch.from_numpy(padded).to(device)
        fed = torch.cat([torch.full_like(targets[:, :1], end), targets[:, :-1]], dim=1)
        known = torch.arange(targets.shape[1], device=device) < torch.from_numpy(lengths).to(device)[:, None]
        return cls(torch.from_numpy(batch.inputs).to(device), fed, targets, known)


@torch.no_grad()
def measure(model: Captioner, captioned: Captioned, vocabulary: Vocabulary) -> TokenScores:
    """Loss and accuracy over all captions, with the true token before each, dropout off."""
    training, device = model.training, next(model.parameters()).device
    model.eval()
    tokens, nats, right = 0, 0.0, 0
    pairs = captioned.pairs
    for start in range(0, len(pairs), EVALUATION_BATCH):
        part = pairs[start : start + EVALUATION_BATCH]
        ids = [line_ids(vocabulary, caption) for _, caption in part]
        batch = CaptionBatch(captioned.inputs[[row for row, _ in part]], ids)
        tensors = CaptionTensors.of(batch, vocabulary.line_end, device)
        encoded = model.encode(tensors.inputs)
        decoded = model.decode(encoded, tensors.fed, model.start(encoded.code))
        scores = model.log_probabilities(decoded.vectors[tensors.known])
        targets = tensors.targets[tensors.known]
        tokens += len(targets)
        nats -= float(scores.gather(1, targets[:, None]).sum())
        right += int((scores.argmax(dim=1) == targets).sum())
    model.train(training)
    return TokenScores(tokens, nats, right)


@torch.no_grad()
def greedy_captions(model: Captioner, inputs: np.ndarray, vocabulary: Vocabulary, longest: int) -> list[str]:
    """A caption of each of (N, …) inputs, by the likeliest token at every step; the unknown token is never taken."""
    training, device = model.training, next(model.parameters()).device
    model.eval()
    banned = [] if vocabulary.unk is None else [vocabulary.unk]
    texts: list[str] = []
    for start in range(0, len(inputs), EVALUATION_BATCH):
        encoded = model.encode(torch.from_numpy(inputs[start : start + EVALUATION_BATCH]).to(device))
        outputs = unroll(model, encoded, end=vocabulary.line_end, longest=longest, banned=banned)
        texts += [vocabulary.decode(ids) for ids in outputs]
    model.train(training)
    return texts


def printed(captions: Sequence[Sequence[str]], vocabulary: Vocabulary) -> list[tuple[str, ...]]:
    """References as the vocabulary prints what is right: "A dog ." as "a dog."."""
    return [tuple(vocabulary.printed(caption) for caption in row) for row in captions]


def longest_caption(captioned: Captioned, vocabulary: Vocabulary) -> int:
    """Tokens after which a caption that has found no end is cut: what is longer than twice every other is wrong."""
    return 2 * max(len(line_ids(vocabulary, caption)) for _, caption in captioned.pairs)


class CaptionObjective:
    """Training on the caption of each image, from its code.

    Args:
        supply: gives the batches.
        valid: held-out captions, which every evaluation measures.
    """

    def __init__(
        self,
        model: Captioner,
        config: CaptionTraining,
        supply: Supply,
        valid: Captioned,
        vocabulary: Vocabulary,
    ) -> None:
        self.model: nn.Module = model
        self.batches_per_epoch, self.tokens_per_epoch = supply.batches_per_epoch, supply.tokens_per_epoch
        self._network, self._config, self._supply = model, config, supply
        self._valid, self._vocabulary = valid, vocabulary
        self._references = printed(valid.captions, vocabulary)
        self._longest = longest_caption(valid, vocabulary)
        self._device = next(model.parameters()).device

    def tables(self) -> Sequence[Tensor]:
        return [self._network.target_embedding.weight, self._network.softmax.table]

    def initial_state(self) -> State:
        return ()

    def batches(self, epoch: int, start: int) -> Iterator[CaptionBatch]:
        return (self._supply.batch(epoch, number) for number in range(start, self.batches_per_epoch))

    def step(self, batch: Any, state: State, share: float) -> Step:
        tensors = CaptionTensors.of(batch, self._vocabulary.line_end, self._device)
        tokens = int(tensors.known.sum())
        with autocast(self._device, self._config.precision):
            encoded = self._network.encode(tensors.inputs)
            decoded = self._network.decode(encoded, tensors.fed, self._network.start(encoded.code))
            nats = self._network.nats(decoded, tensors.targets, tensors.known, self._config.label_smoothing)
        (nats / tokens).backward()
        return Step(nats.item() / tokens, tokens, ())

    def evaluate(self, share: float) -> Evaluation:
        loss = measure(self._network, self._valid, self._vocabulary)
        captions = greedy_captions(self._network, self._valid.inputs, self._vocabulary, self._longest)
        exact = sum(caption in row for caption, row in zip(captions, self._references, strict=True)) / len(captions)
        figures = {
            "valid_token_accuracy": loss.token_accuracy,
            "valid_exact_match": exact,
            "valid_bleu": bleu(captions, self._references, lowercase=self._vocabulary.lowercase).score,
        }
        return Evaluation(loss.nats_per_token, loss.tokens, loss.nats_per_token, figures)


def load_captioner(run: Run) -> tuple[Captioner, Vocabulary]:
    """A finished captioner and its vocabulary, ready to evaluate.

    Raises:
        UsageError: the run is of another kind.
    """
    require_kind(run, "captioner")
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    vector_size = run.provenance["corpus"].get("vector_size")
    with torch.random.fork_rng(devices=[]):
        model = Captioner(configurations(run)[0], vocabulary.counts, vector_size)
    load_weights(run, model)
    return model.eval(), vocabulary


def _metrics(network: Captioner, captioned: Captioned, vocabulary: Vocabulary, split: str) -> dict[str, Any]:
    """The headline figures of a held-out split; captions are written greedily."""
    loss = measure(network, captioned, vocabulary)
    captions = greedy_captions(network, captioned.inputs, vocabulary, longest_caption(captioned, vocabulary))
    references = printed(captioned.captions, vocabulary)
    exact = sum(caption in row for caption, row in zip(captions, references, strict=True))
    score = bleu(captions, references, lowercase=vocabulary.lowercase)
    figures = {
        "nats_per_token": loss.nats_per_token,
        "perplexity": perplexity(loss.nats_per_token),
        "token_accuracy": loss.token_accuracy,
        "tokens": loss.tokens,
        "exact_match": exact / len(captions),
        "exact": exact,
        "images": len(captions),
        "bleu": score.score,
        "bleu_signature": score.signature,
    }
    return {f"{split}_{key}": value for key, value in figures.items()}


class CaptionTrainer(Trainer[CaptionModel, CaptionTraining, CaptionCorpus]):
    """Scenes that are made here, or images or vectors that people have."""

    validates_all = True
    divisible = True

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
        return open_corpus(self.model, self.training)

    def about(self, material: CaptionCorpus) -> Mapping[str, Any]:
        about = {key: getattr(material, key) for key in ("name", "source", "checksum", "licence", "citation")}
        return about if material.vector_size is None else {**about, "vector_size": material.vector_size}

    def keep(self, run: Run, material: CaptionCorpus, progress: Progress) -> CaptionModel:
        model = self.model
        vocabulary = Vocabulary.build(
            material.text,
            level=model.level,
            size=model.vocabulary_size,
            min_count=model.min_count,
            longest_stretch=model.longest_stretch,
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
