"""From samples to labels, one or none at every step.

samples (B, N) → log-mel frames (B, F, M) → `reduction` frames together (T, B, R · M) → recurrent layers → (T, B, V + 1)

Label 0 is the blank of CTC (Graves et al. 2006); label i + 1 is token i of the vocabulary. Nothing looks ahead but the
backward layers: without them a step depends on the samples up to its end alone.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from embedkit.models.recurrent import RecurrentCore, State
from embedkit.tasks.speech.config import SpeechModel
from embedkit.tasks.speech.filterbank import mel_filters

FRAME, HOP = 0.025, 0.010
"""Seconds of a frame, and from one to the next."""
FLOOR = 1e-6
"""What a band has at least before its logarithm is taken: silence is no minus infinity."""
PRIOR = 50.0
"""The mean and the spread of a band count as if so many frames of the corpus's had gone before."""
LOUD = 4.0
"""Frames within so many nats (17 dB) of the loudest count for the mean of a band: how long a silence is does not."""
LOWEST = -4.0
"""Nothing is read as further below the mean than by so many spreads, so that one silence is as good as another."""


@dataclass(frozen=True, eq=False)
class Augmentation:
    """What is changed in the frames of a batch in training.

    Attributes:
        hop: samples from one frame to the next.
        filters: (B, size // 2 + 1, M) mel filters of each utterance.
        response: (B, M) nats that are added to each band.
        hidden_bands, hidden_frames: (B, M) and (B, F), True where one is hidden.
    """

    hop: int
    filters: Tensor
    response: Tensor
    hidden_bands: Tensor
    hidden_frames: Tensor

    def to(self, device: torch.device) -> "Augmentation":
        """The same on another device."""
        return Augmentation(self.hop, *(part.to(device) for part in list(vars(self).values())[1:]))

    def take(self, rows: slice, frames: int) -> "Augmentation":
        """That of some of the utterances, the longest of which has so many frames."""
        return Augmentation(
            self.hop,
            self.filters[rows],
            self.response[rows],
            self.hidden_bands[rows],
            self.hidden_frames[rows, :frames],
        )


class LogMel(nn.Module):
    """Log-mel frames: Hann window, power spectrum, mel filters, natural logarithm.

    Frames are not centred and nothing is padded: frame i is of the samples from i · hop on, so that the frames of a
    beginning are those of the whole.
    """

    def __init__(self, mels: int, rate: int) -> None:
        super().__init__()
        self.mels, self.rate = mels, rate
        self.width, self.hop = round(FRAME * rate), round(HOP * rate)
        self.size = 1 << (self.width - 1).bit_length()
        self.window: Tensor
        self.filters: Tensor
        window = torch.hann_window(self.width, periodic=True, dtype=torch.float64)
        filters = torch.from_numpy(mel_filters(mels, rate, self.size))
        self.register_buffer("window", window.float(), persistent=False)
        self.register_buffer("filters", filters.float(), persistent=False)

    def count(self, samples: Tensor, hop: int | None = None) -> Tensor:
        """(B,) numbers of samples → (B,) numbers of whole frames."""
        return ((samples - self.width) // (hop or self.hop) + 1).clamp(min=0)

    def forward(self, samples: Tensor, augmentation: Augmentation | None = None) -> Tensor:
        """(B, N) samples → (B, F, M); F is 0 where there are fewer samples than a frame has. An augmentation's hop and
        filters take the place of its own, and its response is added."""
        if samples.shape[1] < self.width:
            return samples.new_zeros(len(samples), 0, self.filters.shape[1])
        hop, filters = (self.hop, self.filters) if augmentation is None else (augmentation.hop, augmentation.filters)
        frames = samples.unfold(1, self.width, hop) * self.window
        spectrum = torch.fft.rfft(frames, n=self.size)
        power = spectrum.real.square() + spectrum.imag.square()
        bands = (power @ filters).clamp(min=FLOOR).log()
        return bands if augmentation is None else bands + augmentation.response[:, None]


@dataclass(frozen=True, eq=False)
class Heard:
    """What the network makes of a batch.

    Attributes:
        scores: (T, B, V + 1) log-probabilities of labels.
        steps: (B,) how many steps each has.
        layers: (T, B, D) of each layer, the one that is read out last.
        frames: (T, B, R · M) what the first of them reads.
    """

    scores: Tensor
    steps: Tensor
    layers: tuple[Tensor, ...]
    frames: Tensor


@dataclass(frozen=True, eq=False)
class Listening:
    """Where a network stands that hears a stream.

    Attributes:
        states: of each layer.
        total, squares, count: (B, 1, M) twice and (B, 1, 1), the sum of the loud frames so far, that of their squares,
            and their number.
        loudest: (B, 1) of the frames so far.
    """

    states: tuple[State, ...]
    total: Tensor
    squares: Tensor
    count: Tensor
    loudest: Tensor


class Layer(nn.Module):
    """A recurrent layer that reads forwards, or both ways side by side."""

    def __init__(self, config: SpeechModel, size: int) -> None:
        super().__init__()
        self.ahead = RecurrentCore(config.cell, size, config.hidden_size)
        self.back = RecurrentCore(config.cell, size, config.hidden_size) if config.bidirectional else None

    def forward(self, x: Tensor, mirrored: Tensor, state: State) -> tuple[Tensor, State]:
        """(T, B, D) and a state → (T, B, H or 2 · H) and the state after the last step; `mirrored` (T, B) is the step
        of each sequence read backwards from its own end."""
        ahead, state = self.ahead(x, state)
        if self.back is None:
            return ahead, state
        back, _ = self.back(_taken(x, mirrored), self.back.initial_state(x.shape[1]))
        return torch.cat([ahead, _taken(back, mirrored)], dim=2), state


class Recogniser(nn.Module):
    """Frames → recurrent layers → a label or none a step.

    Args:
        letters: what the first layer spells words with, where it learns to.
    """

    def __init__(self, config: SpeechModel, labels: int, letters: int = 0) -> None:
        super().__init__()
        self.config = config
        self.features = LogMel(config.mels, config.sample_rate)
        # Of the corpus, and never trained; parameters all the same, since those are what a run keeps.
        self.mean = nn.Parameter(torch.zeros(config.mels), requires_grad=False)
        self.scale = nn.Parameter(torch.ones(config.mels), requires_grad=False)
        read = config.hidden_size * (2 if config.bidirectional else 1)
        sizes = [config.mels * config.reduction] + [read] * (config.layers - 1)
        self.layers = nn.ModuleList(Layer(config, size) for size in sizes)
        self.dropout = nn.Dropout(config.dropout)
        self.readout = nn.Linear(read, labels + 1)
        self.speller = nn.Linear(read, letters + 1) if config.spelling else None

    @property
    def step_seconds(self) -> float:
        """From the start of a step to that of the next."""
        return self.features.hop * self.config.reduction / self.config.sample_rate

    def initial(self, batch: int) -> Listening:
        """Before anything is heard."""
        states = tuple(layer.ahead.initial_state(batch) for layer in self.layers if isinstance(layer, Layer))
        zeros = self.mean.new_zeros(batch, 1, len(self.mean))
        return Listening(states, zeros, zeros, zeros[:, :, :1], self.mean.new_full((batch, 1), -torch.inf))

    def forward(self, samples: Tensor, lengths: Tensor, augmentation: Augmentation | None = None) -> Heard:
        """(B, N) samples, padded at the end with anything, and (B,) how many are meant → what is heard.

        Padding changes nothing. An augmentation is of training alone.
        """
        frames = self.features(samples, augmentation)
        counts = self.features.count(lengths, None if augmentation is None else augmentation.hop)
        steps = counts // self.config.reduction
        known = (torch.arange(frames.shape[1], device=frames.device) < counts[:, None])[:, :, None]
        normal = self._normal_whole(frames, known) if self.config.bidirectional else self._normal(frames, None)[0]
        if augmentation is not None:
            hidden = augmentation.hidden_bands[:, None, :] | augmentation.hidden_frames[:, :, None]
            normal = normal.masked_fill(hidden, 0.0)
        heard, _ = self._read(normal * known, steps, self.initial(len(samples)))
        return heard

    def spelled(self, heard: Heard) -> Heard:
        """The same with (T, B, L + 1) log-probabilities of letters, as the first layer spells what was heard."""
        assert self.speller is not None
        return replace(heard, scores=self.speller(self.dropout(heard.layers[0])).log_softmax(dim=2))

    def listen(self, samples: Tensor, before: Listening) -> tuple[Heard, Listening]:
        """The next (1, N) samples of a stream, a whole number of steps of them, and where it stood → what is heard and
        where it stands. What comes of a stream is what `forward` gives of the whole."""
        assert not self.config.bidirectional
        frames = self.features(samples)
        normal, after = self._normal(frames, before)
        steps = torch.tensor([frames.shape[1] // self.config.reduction])
        heard, states = self._read(normal, steps, before)
        return heard, replace(after, states=states)

    def _normal_whole(self, frames: Tensor, known: Tensor) -> Tensor:
        """Frames by the mean, and perhaps the spread, of each band over the loud ones of an utterance."""
        if not frames.shape[1]:
            return frames
        loudness = frames.mean(dim=2, keepdim=True).masked_fill(~known, -torch.inf)
        loud = loudness > loudness.amax(dim=1, keepdim=True) - LOUD
        counted = frames * loud
        total, squares = (each.sum(dim=1, keepdim=True) for each in (counted, counted * frames))
        return self._scaled(frames, total, squares, loud.sum(dim=1, keepdim=True))

    def _normal(self, frames: Tensor, before: Listening | None) -> tuple[Tensor, Listening]:
        """Frames by the mean, and perhaps the spread, of each band over the loud ones so far."""
        before = self.initial(len(frames)) if before is None else before
        if not frames.shape[1]:
            return frames, before
        loudness = frames.mean(dim=2)
        loudest = torch.maximum(loudness.cummax(dim=1).values, before.loudest)
        loud = (loudness > loudest - LOUD)[:, :, None]
        counted = frames * loud
        totals = before.total + counted.cumsum(dim=1)
        squares = before.squares + (counted * frames).cumsum(dim=1)
        counts = before.count + loud.cumsum(dim=1)
        after = Listening(before.states, totals[:, -1:], squares[:, -1:], counts[:, -1:], loudest[:, -1:])
        return self._scaled(frames, totals, squares, counts), after

    def _scaled(self, frames: Tensor, total: Tensor, squares: Tensor, count: Tensor) -> Tensor:
        # The corpus's mean at the level of this sound: how loud a microphone is says nothing.
        level = total.mean(dim=2, keepdim=True) / count.clamp(min=1) - self.mean.mean()
        mean = (total + PRIOR * (self.mean + level)) / (count + PRIOR)
        scale: Tensor = self.scale
        if self.config.scaling == "utterance":
            about = squares - 2 * mean * total + count * mean.square()
            scale = ((about.clamp(min=0) + PRIOR * self.scale.square()) / (count + PRIOR)).sqrt()
        return ((frames - mean) / scale).clamp(min=LOWEST)

    def _read(self, normal: Tensor, steps: Tensor, before: Listening) -> tuple[Heard, tuple[State, ...]]:
        reduction = self.config.reduction
        count = normal.shape[1] // reduction
        batch, _, mels = normal.shape
        x = frames = normal[:, : count * reduction].reshape(batch, count, reduction * mels).transpose(0, 1)
        places = torch.arange(count, device=x.device)[:, None]
        mirrored = torch.where(places < steps, steps - 1 - places, places)
        layers: list[Tensor] = []
        states: list[State] = []
        for layer, state in zip(self.layers, before.states, strict=True):
            if count:
                x, state = layer(x if not layers else self.dropout(x), mirrored, state)
            else:
                x = x.new_zeros(0, batch, self.readout.in_features)
            layers.append(x)
            states.append(state)
        scores = self.readout(self.dropout(x)).log_softmax(dim=2)
        return Heard(scores, steps, tuple(layers), frames), tuple(states)


def _taken(x: Tensor, places: Tensor) -> Tensor:
    """(T, B, D) → the same with the steps of each sequence in another order."""
    return x.gather(0, places[:, :, None].expand_as(x))
