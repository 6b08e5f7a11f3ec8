"""Train a recogniser: connectionist temporal classification, which sums over all ways to lay the labels over the
steps.

With `--spelling` the first layer learns the letters of the words by a second loss of the same kind, so that words are
made of parts that they share.

References:
    Fernández, Graves & Schmidhuber 2007, Sequence labelling in structured domains with hierarchical recurrent neural
    networks. IJCAI. Phonemes below, digits above.
    Sanabria & Metze 2018, Hierarchical multitask learning with CTC. arXiv:1807.07104. Shorter units below, words above.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from embedkit.analysis.edits import edits
from embedkit.errors import RunError, TrainingError, UsageError
from embedkit.models.recurrent import State
from embedkit.progress import Progress
from embedkit.runs.folder import Run, require_kind
from embedkit.runs.options import configurations
from embedkit.tasks.speech.augmentation import draw
from embedkit.tasks.speech.config import SpeechModel, SpeechTraining
from embedkit.tasks.speech.corpus import Recording, SpeechCorpus, Utterance
from embedkit.tasks.speech.data import open_speech
from embedkit.tasks.speech.labels import BLANK, collapse
from embedkit.tasks.speech.network import LOUD, Augmentation, Heard, Recogniser
from embedkit.tasks.speech.strings import Strings, held_out_utterances
from embedkit.tasks.speech.voices import Voices, spoken_by_voices
from embedkit.text.vocabulary import SPECIALS, Vocabulary
from embedkit.training.checkpoint import load_weights
from embedkit.training.driver import Fitting, Trainer
from embedkit.training.objective import Evaluation, Step
from embedkit.training.precision import autocast

EVALUATION_BATCH = 32
TRAIN, STATISTICS = 10, 11
"""What seeds the draws of batches, and of the utterances by which bands are normalised."""


@dataclass(frozen=True, eq=False)
class SpeechBatch:
    """B utterances, the (B,) frames of each, and what is changed in them."""

    utterances: Sequence[Utterance]
    frames: np.ndarray
    augmentation: Augmentation

    def take(self, rows: slice) -> "SpeechBatch | None":
        """Some of the utterances; None where that is none."""
        utterances, frames = self.utterances[rows], self.frames[rows]
        if not utterances:
            return None
        return SpeechBatch(utterances, frames, self.augmentation.take(rows, int(frames.max())))


def encoded(vocabulary: Vocabulary, text: str) -> list[int]:
    """The tokens of a text."""
    return vocabulary.encode(text)


class Alphabet:
    """The letters of a vocabulary's words, in the order of their code points."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        letters = sorted({letter for word in vocabulary.tokens if word not in SPECIALS["word"] for letter in word})
        self._number = {letter: number for number, letter in enumerate(letters)}

    def __len__(self) -> int:
        return len(self._number)

    def spell(self, text: str) -> list[int]:
        """The letters of a text's words, one word after the other; what is in no word of the vocabulary is left out."""
        letters = (letter for word in self._vocabulary.split(text) for letter in word)
        return [self._number[letter] for letter in letters if letter in self._number]


def new_recogniser(model: SpeechModel, vocabulary: Vocabulary) -> Recogniser:
    """A network before training, with a label for each token."""
    return Recogniser(model, len(vocabulary), len(Alphabet(vocabulary)) if model.spelling else 0)


def padded(utterances: Sequence[Utterance], device: torch.device) -> tuple[Tensor, Tensor]:
    """(B, N) samples, zeros at the end, and (B,) how many each has."""
    lengths = torch.tensor([len(utterance.samples) for utterance in utterances])
    samples = torch.zeros(len(utterances), int(lengths.max()))
    for row, utterance in zip(samples, utterances, strict=True):
        row[: len(utterance.samples)] = torch.from_numpy(np.ascontiguousarray(utterance.samples))
    return samples.to(device), lengths.to(device)


def ctc_nats(heard: Heard, targets: Sequence[Sequence[int]]) -> Tensor:
    """(B,) −log of the summed probability of all paths that collapse to each target; 0 where it has more labels than
    there are steps, so that no path does."""
    lengths = torch.tensor([len(target) for target in targets])
    labels = torch.tensor([token + 1 for target in targets for token in target], dtype=torch.long)
    scores = heard.scores.float().cpu() if heard.scores.device.type == "mps" else heard.scores.float()
    return nn.functional.ctc_loss(
        scores, labels.to(scores.device), heard.steps.to(scores.device), lengths.to(scores.device), BLANK, "none", True
    )


@torch.no_grad()
def hear(network: Recogniser, utterances: Sequence[Utterance]) -> Iterator[tuple[int, Heard]]:
    """(number of the first, what is heard) of batches of utterances, dropout off."""
    training, device = network.training, next(network.parameters()).device
    network.eval()
    for start in range(0, len(utterances), EVALUATION_BATCH):
        yield start, network(*padded(utterances[start : start + EVALUATION_BATCH], device))
    network.train(training)


def measure(network: Recogniser, utterances: Sequence[Utterance], vocabulary: Vocabulary) -> dict[str, float]:
    """Nats a token, and how many words of the likeliest path are wrong, over all utterances."""
    nats, tokens, errors, words, exact = 0.0, 0, 0, 0, 0
    for start, heard in hear(network, utterances):
        part = utterances[start : start + EVALUATION_BATCH]
        targets = [encoded(vocabulary, utterance.text) for utterance in part]
        nats += float(ctc_nats(heard, targets).sum())
        tokens += sum(map(len, targets))
        paths = heard.scores.argmax(dim=2).T.cpu().numpy()
        for row, steps, utterance in zip(paths, heard.steps.tolist(), part, strict=True):
            reference = vocabulary.printed(utterance.text).split()
            wrong = edits(reference, vocabulary.decode(collapse(row[:steps])).split())
            errors, words, exact = errors + wrong, words + len(reference), exact + (not wrong)
    return {
        "nats_per_token": nats / tokens,
        "tokens": tokens,
        "word_errors": errors,
        "words": words,
        "word_error_rate": errors / words,
        "exact": exact,
        "utterances": len(utterances),
    }


class SpeechObjective:
    """Training on the text of each utterance: new strings of recordings without end, or every recording once an epoch,
    each time at another speed and level.

    Args:
        voices: what gives the recordings of synthetic voices, where strings are made of them too. It is called when a
            first batch is made: to measure takes none.
    """

    def __init__(
        self,
        network: Recogniser,
        config: SpeechTraining,
        corpus: SpeechCorpus,
        vocabulary: Vocabulary,
        voices: Callable[[], Sequence[Recording]] = tuple,
    ) -> None:
        self.model: nn.Module = network
        self._network, self._config, self._vocabulary = network, config, vocabulary
        self._alphabet, self._spelling = Alphabet(vocabulary), network.config.spelling
        self._words = corpus.words
        self._make_strings = lambda: Strings(corpus.splits["train"], corpus.rate, config, voices())
        self._strings: Strings | None = None
        self._valid = held_out_utterances(corpus.splits["valid"], corpus.rate, config, "valid", words=corpus.words)
        self._device = next(network.parameters()).device
        texts = [recording.text for recording in corpus.splits["train"]]
        tokens = sum(len(encoded(vocabulary, text)) for text in texts)
        count = config.strings if corpus.words else len(texts)
        self.batches_per_epoch = max(1, count // config.batch_size if corpus.words else -(-count // config.batch_size))
        mean = (1 + config.longest) / 2 if corpus.words else 1
        self.tokens_per_epoch = round(tokens / len(texts) * mean * count)
        self._order: tuple[int, np.ndarray] = (-1, np.zeros(0))

    def tables(self) -> Sequence[Tensor]:
        return []

    def initial_state(self) -> State:
        return ()

    def batches(self, epoch: int, start: int) -> Iterator[SpeechBatch]:
        features = self._network.features
        self._strings = self._strings or self._make_strings()
        for number in range(start, self.batches_per_epoch):
            rng = np.random.default_rng([self._config.seed, TRAIN, epoch, number])
            utterances = self._utterances(self._strings, epoch, number)
            lengths = torch.tensor([len(utterance.samples) for utterance in utterances])
            augmentation = draw(self._config, features, lengths, rng)
            frames = features.count(lengths, augmentation.hop).numpy()
            yield SpeechBatch(utterances, frames, augmentation)

    def _utterances(self, strings: Strings, epoch: int, number: int) -> list[Utterance]:
        size = self._config.batch_size
        if self._words:
            return strings.batch(size, TRAIN, epoch, number)
        if self._order[0] != epoch:
            order = np.random.default_rng((self._config.seed, epoch)).permutation(len(strings.recordings))
            self._order = epoch, order
        rows = self._order[1][number * size : (number + 1) * size]
        rng = np.random.default_rng([self._config.seed, TRAIN, epoch, number, 1])
        return [strings.noisy(strings.single(int(row), TRAIN, epoch), rng) for row in rows]

    def step(self, batch: Any, state: State, share: float) -> Step:
        utterances, augmentation = batch.utterances, batch.augmentation
        targets = [encoded(self._vocabulary, utterance.text) for utterance in utterances]
        tokens = sum(map(len, targets))
        with autocast(self._device, self._config.precision):
            heard = self._network(*padded(utterances, self._device), augmentation.to(self._device))
            spelled = self._network.spelled(heard) if self._spelling else None
        loss = total = ctc_nats(heard, targets).sum() / tokens
        if spelled is not None:
            letters = [self._alphabet.spell(utterance.text) for utterance in utterances]
            total = loss + self._spelling * ctc_nats(spelled, letters).sum() / tokens
        total.backward()
        return Step(loss.item(), tokens, ())

    def evaluate(self, share: float) -> Evaluation:
        figures = measure(self._network, self._valid, self._vocabulary)
        nats = figures["nats_per_token"]
        rate = {"valid_word_error_rate": figures["word_error_rate"]}
        return Evaluation(nats, int(figures["tokens"]), criterion=nats, figures=rate)


def load_recogniser(run: Run) -> tuple[Recogniser, Vocabulary]:
    """A finished recogniser and its vocabulary, ready to evaluate.

    Raises:
        UsageError: the run is of another kind.
    """
    require_kind(run, "recogniser")
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    with torch.random.fork_rng(devices=[]):
        network = new_recogniser(configurations(run)[0], vocabulary)
    load_weights(run, network)
    return network.eval(), vocabulary


def set_normalisation(network: Recogniser, utterances: Sequence[Utterance]) -> None:
    """Mean and spread of each band over the loud frames of some utterances, each at the level of all."""
    parts = []
    for utterance in utterances:
        frames = network.features(torch.from_numpy(np.ascontiguousarray(utterance.samples))[None])[0].cpu()
        if len(frames):
            loudness = frames.mean(dim=1)
            loud = frames[loudness > loudness.max() - LOUD]
            parts.append(loud - loud.mean())
    if not parts:
        raise TrainingError("the recordings are shorter than a frame; give longer ones")
    loud = torch.cat(parts)
    network.mean.copy_(loud.mean(dim=0))
    network.scale.copy_(loud.std(dim=0).clamp(min=1e-2))


class SpeechTrainer(Trainer[SpeechModel, SpeechTraining, SpeechCorpus]):
    """Digits that are made here or recorded, or recordings that people have."""

    validates_all = True
    divisible = True
    _voices: Voices | None = None

    def open(self, progress: Progress) -> SpeechCorpus:
        progress(None, f"reading {self.training.corpus}")
        material = open_speech(self.model, self.training, progress)
        if self.training.voices and not material.words:
            raise UsageError(
                f"--voices {self.training.voices:g}: they say single digits, and {material.source} has other texts"
            )
        return material

    def about(self, material: SpeechCorpus) -> Mapping[str, Any]:
        about = {key: getattr(material, key) for key in ("name", "source", "checksum", "licence", "citation")}
        return about if self._voices is None else {**about, "voices": self._voices.about}

    def keep(self, run: Run, material: SpeechCorpus, progress: Progress) -> SpeechModel:
        if self.training.voices:
            self._voices = self._voices_beside(material, progress)
        Vocabulary.build(material.text, level=self.model.level).save(run.path / "tokenizer.json")
        return self.model

    def prepare(self, run: Run, material: SpeechCorpus, device: torch.device, progress: Progress) -> Fitting:
        vocabulary = Vocabulary.load(run.path / "tokenizer.json")
        network = new_recogniser(self.model, vocabulary)
        strings = Strings(material.splits["train"], material.rate, self.training)
        count = min(200, len(material.splits["train"]))
        of_words = (strings.string(STATISTICS, number) for number in range(count))
        whole = (strings.single(number) for number in range(count))
        set_normalisation(network, list(of_words if material.words else whole))
        network.to(device)
        objective = SpeechObjective(
            network, self.training, material, vocabulary, partial(self._spoken, run, material, progress)
        )

        def measure_all() -> dict[str, Any]:
            metrics: dict[str, Any] = {"vocabulary_size": len(vocabulary)}
            for split in ("valid", "test"):
                if material.splits.get(split):
                    progress(None, f"recognising the {split} utterances")
                    utterances = held_out_utterances(
                        material.splits[split], material.rate, self.training, split, words=material.words
                    )
                    figures = measure(network, utterances, vocabulary)
                    metrics |= {f"{split}_{key}": value for key, value in figures.items()}
            return metrics

        return Fitting(objective, measure_all)

    def _voices_beside(self, material: SpeechCorpus, progress: Progress) -> Voices:
        speakers = {recording.speaker for split in material.splits.values() for recording in split}
        return spoken_by_voices(self.training.seed, self.model.sample_rate, progress, speakers)

    def _spoken(self, run: Run, material: SpeechCorpus, progress: Progress) -> Sequence[Recording]:
        """What synthetic voices say, which is what they said when the run was begun.

        Raises:
            RunError: it is not.
        """
        if not self.training.voices:
            return ()
        voices = self._voices or self._voices_beside(material, progress)
        if voices.about != (before := run.provenance["corpus"]["voices"]):
            raise RunError(
                f"{run.path} was begun with {before['count']:,} words by {before['voices']:,} synthetic voices; here "
                f"there are {voices.about['count']:,} by {voices.about['voices']:,}, or they sound otherwise. Go on "
                "where it was begun, or train another"
            )
        return voices.recordings
