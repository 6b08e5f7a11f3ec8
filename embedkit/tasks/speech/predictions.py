"""A finished recogniser at work: sound to words with their times, whole, in blocks, or as it comes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.runs.options import configurations
from embedkit.tasks.speech.audio import open_sound, resample
from embedkit.tasks.speech.corpus import Utterance
from embedkit.tasks.speech.hearing import Hearing
from embedkit.tasks.speech.labels import BLANK, Spoken, align, prefix_beam, runs
from embedkit.tasks.speech.network import Heard
from embedkit.tasks.speech.objective import EVALUATION_BATCH, hear, load_recogniser

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
    """The network of a finished recogniser with its vocabulary.

    Raises:
        RunError: the run's weights are missing or damaged.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.network, self.vocabulary = load_recogniser(run)
        self.config, self.training = configurations(run)

    @property
    def rate(self) -> int:
        """Samples a second that it takes."""
        return self.config.sample_rate

    def file(self, path: Path, *, beams: int = 1) -> Transcript:
        """A file of any length, read in blocks, so that memory does not grow with it.

        Raises:
            CorpusError: it cannot be read.
        """
        words: list[TimedWord] = []
        with open_sound(path) as sound:
            for start, samples in sound.blocks():
                part = self.samples(resample(samples, sound.rate, self.rate), beams=beams, at=start / sound.rate)
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
    def samples(self, samples: np.ndarray, *, beams: int = 1, at: float = 0.0) -> Transcript:
        """(N,) samples at the model's rate; `at` is the second at which they start."""
        heard = self.network(torch.from_numpy(samples)[None], torch.tensor([len(samples)]))
        words = self.words(self.spoken(heard, 0, beams), at)
        return Transcript(" ".join(word.text for word in words), tuple(words), len(samples) / self.rate)

    def texts(self, utterances: Sequence[Utterance], *, beams: int = 1) -> list[str]:
        """What is recognised of each."""
        texts = []
        for _, heard in hear(self.network, utterances):
            for row in range(len(heard.steps)):
                texts.append(self.vocabulary.decode([each.token for each in self.spoken(heard, row, beams)]).strip())
        assert len(texts) == len(utterances), EVALUATION_BATCH
        return texts

    @torch.no_grad()
    def hearing(self, utterance: Utterance) -> Hearing:
        """What it makes of one utterance, step by step."""
        samples = torch.from_numpy(np.ascontiguousarray(utterance.samples))[None]
        heard = self.network(samples, torch.tensor([samples.shape[1]]))
        posterior = heard.scores[:, 0].exp().numpy()
        spoken = self.spoken(heard, 0, 1)
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

    def spoken(self, heard: Heard, row: int, beams: int) -> list[Spoken]:
        """The tokens of one of a batch, with their steps: of the likeliest path, or of the best sequence that a prefix
        beam search finds.

        Raises:
            UsageError: beams is below 1.
        """
        if beams < 1:
            raise UsageError(f"--beams {beams}: must be at least 1")
        scores = heard.scores[: int(heard.steps[row]), row].double().numpy()
        if beams == 1:
            return runs(scores.argmax(axis=1).tolist()) if len(scores) else []
        return align(scores, prefix_beam(scores, beams)[0].tokens)

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
