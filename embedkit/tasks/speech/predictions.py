"""A finished recogniser at work: sound to words with their times, whole, in blocks, or as it comes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from embedkit.analysis.cells.traces import HiddenTrace
from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.studies.tracing import layer_number, trace_core
from embedkit.tasks.speech.audio import open_sound, read_sound, resample
from embedkit.tasks.speech.corpus import Utterance, utterance_of
from embedkit.tasks.speech.fusion import fuse
from embedkit.tasks.speech.hearing import Hearing
from embedkit.tasks.speech.labels import BLANK, GREEDY, Search, Spoken, align, prefix_beam, runs
from embedkit.tasks.speech.network import Heard, Layer
from embedkit.tasks.speech.objective import EVALUATION_BATCH, hear, load_recogniser

LONGEST_TRACE = 20.0
"""Seconds of a file that is traced."""
PIECE = 0.5
"""Seconds of sound that a stream is fed at a time."""


@dataclass(frozen=True)
class TimedWord:
    """A word, and the seconds between which its labels were the likeliest: in CTC about its middle, not its borders."""

    text: str
    start: float
    stop: float


@dataclass(frozen=True)
class Transcript:
    """What was recognised of `seconds` of sound."""

    text: str
    words: tuple[TimedWord, ...]
    seconds: float


class Transcriber:
    """The network of a finished recogniser with its vocabulary, and how it searches.

    Raises:
        UsageError: the tokens of the search's language model do not fit.
        RunError: the run's weights are missing or damaged.
    """

    def __init__(self, run: Run, search: Search = GREEDY) -> None:
        self.run, self.search = run, search
        self.network, self.vocabulary = load_recogniser(run)
        self.config, self.training = configurations(run)
        model = search.language_model
        self._language = None if model is None else fuse(model, self.vocabulary, search.weight, search.bonus)

    @property
    def rate(self) -> int:
        """Samples a second that it takes."""
        return self.config.sample_rate

    def file(self, path: Path) -> Transcript:
        """A file of any length, read in blocks, so that memory does not grow with it.

        Raises:
            CorpusError: it cannot be read.
        """
        words: list[TimedWord] = []
        with open_sound(path) as sound:
            for start, samples in sound.blocks():
                part = self.samples(resample(samples, sound.rate, self.rate), at=start / sound.rate)
                words += part.words
            return Transcript(" ".join(word.text for word in words), tuple(words), sound.seconds)

    def pieces(self, path: Path) -> Iterator[TimedWord]:
        """The words of a file, each as soon as it has been heard, half a second after the other.

        Raises:
            UsageError: the network reads backwards too.
            CorpusError: it cannot be read.
        """
        stream = Stream(self)
        with open_sound(path) as sound:
            for _, samples in sound.blocks():
                block = resample(samples, sound.rate, self.rate)
                size = int(PIECE * self.rate)
                for start in range(0, len(block), size):
                    yield from stream.feed(block[start : start + size])
        yield from stream.end()

    @torch.no_grad()
    def samples(self, samples: np.ndarray, *, at: float = 0.0) -> Transcript:
        """(N,) samples at the model's rate; `at` is the second at which they start."""
        heard = self.network(torch.from_numpy(samples)[None], torch.tensor([len(samples)]))
        words = self.words(self.spoken(heard, 0), at)
        return Transcript(" ".join(word.text for word in words), tuple(words), len(samples) / self.rate)

    def texts(self, utterances: Sequence[Utterance]) -> list[str]:
        """What is recognised of each."""
        texts = []
        for _, heard in hear(self.network, utterances):
            for row in range(len(heard.steps)):
                texts.append(self.vocabulary.decode([each.token for each in self.spoken(heard, row)]).strip())
        assert len(texts) == len(utterances), EVALUATION_BATCH
        return texts

    @torch.no_grad()
    def hearing(self, utterance: Utterance) -> Hearing:
        """What it makes of one utterance, step by step."""
        samples = torch.from_numpy(np.ascontiguousarray(utterance.samples))[None]
        heard = self.network(samples, torch.tensor([samples.shape[1]]))
        posterior = heard.scores[:, 0].exp().numpy()
        spoken = self.spoken(heard, 0)
        tokens = sorted({each.token for each in spoken})
        names = self.vocabulary.tokens
        return Hearing(
            name=utterance.name,
            spectrogram=self.network.features(samples)[0].numpy().astype(np.float32),
            labels=("", *(names[token] for token in tokens)),
            posterior=posterior[:, [0, *(token + 1 for token in tokens)]].astype(np.float32),
            spoken=tuple(names[each.token] for each in spoken),
            starts=np.array([each.start for each in spoken], dtype=np.int64),
            stops=np.array([each.stop for each in spoken], dtype=np.int64),
            words=tuple(utterance.text.split()) if len(utterance.borders) else (),
            borders=utterance.borders.astype(np.float64),
            step=self.network.step_seconds,
            hop=self.network.features.hop / self.rate,
            samples=(np.clip(utterance.samples, -1, 1) * 32_767).round().astype(np.int16),
            rate=self.rate,
        )

    @torch.no_grad()
    def trace(self, utterance: Utterance, *, layer: int = -1) -> HiddenTrace:
        """What the units of a layer do over an utterance, those that read backwards after those that read forwards; the
        borders are those of its words, or of the recognised ones where its own are not known.

        Raises:
            UsageError: there is no such layer, or the sound is shorter than a step.
        """
        samples = torch.from_numpy(np.ascontiguousarray(utterance.samples))[None]
        heard = self.network(samples, torch.tensor([samples.shape[1]]))
        steps, step = int(heard.steps[0]), self.network.step_seconds
        if not steps:
            raise UsageError(f"{utterance.name}: shorter than a step of {step * 1000:.0f} ms")
        number = layer_number(len(self.network.layers), layer)
        own = self.network.layers[number]
        assert isinstance(own, Layer)
        inputs = (heard.frames, *heard.layers)[number]
        spoken = self.spoken(heard, 0)
        names = [f"{i * step:.2f} s" for i in range(steps)]
        for each in spoken:
            for i in range(each.start, each.stop):
                names[i] += f": {self.vocabulary.tokens[each.token]}"
        trace = trace_core(own.ahead, inputs, names)
        if own.back is not None:
            trace = _beside(trace, trace_core(own.back, inputs.flip(0), names))
        words: Sequence[TimedWord] = self.words(spoken)
        if len(utterance.borders):
            texts = utterance.text.split()
            words = [TimedWord(text, *edges) for text, edges in zip(texts, utterance.borders.tolist(), strict=True)]
        frames = self.network.features(samples)[0, : steps * self.config.reduction].mean(dim=1)
        return replace(
            trace,
            layer=layer,
            features={
                "loudness": frames.view(steps, -1).mean(dim=1).numpy(),
                "probability of a label": 1 - heard.scores[:, 0, BLANK].exp().numpy(),
            },
            step=step,
            words=tuple(word.text for word in words),
            borders=np.array([(word.start, word.stop) for word in words]).reshape(-1, 2),
        )

    def spoken(self, heard: Heard, row: int) -> list[Spoken]:
        """The tokens of one of a batch, with their steps: of the likeliest path, or of the best sequence that a prefix
        beam search finds."""
        scores = heard.scores[: int(heard.steps[row]), row].double().numpy()
        if self.search.beams == 1:
            return runs(scores.argmax(axis=1).tolist()) if len(scores) else []
        return align(scores, prefix_beam(scores, self.search.beams, self._language)[0].tokens)

    def words(self, spoken: Sequence[Spoken], at: float = 0.0) -> list[TimedWord]:
        """Tokens as words with their seconds; characters are joined between spaces."""
        step = self.network.step_seconds
        words: list[TimedWord] = []
        group: list[Spoken] = []
        for each in (*spoken, None):
            text = "" if each is None else self.vocabulary.tokens[each.token]
            if group and (each is None or self.vocabulary.level == "word" or text.isspace()):
                written = self.vocabulary.decode([one.token for one in group]).strip()
                if written:
                    words.append(TimedWord(written, at + group[0].start * step, at + group[-1].stop * step))
                group = []
            if each is not None and not text.isspace():
                group.append(each)
        return words


def _beside(ahead: HiddenTrace, back: HiddenTrace) -> HiddenTrace:
    """The units of a layer that reads forwards, and after them those of one that was fed the steps from the last to the
    first."""
    signals = {
        name: np.concatenate([values, back.signals[name][::-1]], axis=1) for name, values in ahead.signals.items()
    }
    return replace(ahead, values=signals.pop("hidden"), gates=signals)


def trace_file(run: Run, path: Path, layer: int) -> HiddenTrace:
    """What the units of a layer do over a file of sound.

    Raises:
        UsageError: there is no such layer, or the file is shorter than a step.
        CorpusError: it cannot be read, or is longer than LONGEST_TRACE.
    """
    transcriber = Transcriber(run)
    samples = read_sound(path, transcriber.rate, longest=LONGEST_TRACE).samples
    return transcriber.trace(utterance_of(path.name, samples), layer=layer)


class Stream:
    """Sound that comes piece by piece, and the words that are complete so far.

    Raises:
        UsageError: the network reads backwards too, and so cannot begin before the end.
    """

    def __init__(self, transcriber: Transcriber) -> None:
        if transcriber.config.bidirectional:
            raise UsageError(
                f"run {transcriber.run.name} reads backwards too, from the end; train one with --no-bidirectional"
            )
        self._transcriber, self._network = transcriber, transcriber.network
        self._where = self._network.initial(1)
        self._samples = np.zeros(0, dtype=np.float32)
        self._path: list[int] = []
        self._given = 0

    @torch.no_grad()
    def feed(self, samples: np.ndarray) -> list[TimedWord]:
        """The next (N,) samples → the words that became complete with them."""
        self._samples = np.concatenate([self._samples, samples.astype(np.float32)])
        features, reduction = self._network.features, self._network.config.reduction
        frames = max(0, (len(self._samples) - features.width) // features.hop + 1)
        steps = frames // reduction
        if steps:
            count = (steps * reduction - 1) * features.hop + features.width
            heard, self._where = self._network.listen(torch.from_numpy(self._samples[:count])[None], self._where)
            self._path += heard.scores[:, 0].argmax(dim=1).tolist()
            self._samples = self._samples[steps * reduction * features.hop :]
        return self._new(ended=False)

    def end(self) -> list[TimedWord]:
        """The words that are complete now that nothing more comes."""
        return self._new(ended=True)

    @property
    def path(self) -> tuple[int, ...]:
        """The likeliest label of every step so far."""
        return tuple(self._path)

    def _new(self, *, ended: bool) -> list[TimedWord]:
        """A word is complete when another label than its own has come, of characters a space."""
        words = self._transcriber.words(runs(self._path))
        by_word = self._transcriber.vocabulary.level == "word"
        open_still = not ended and bool(words) and (self._path[-1] != BLANK if by_word else True)
        complete = words[: len(words) - open_still]
        new = complete[self._given :]
        self._given = len(complete)
        return new
