"""Files of sound as samples: read whole or in blocks, mixed to one channel, resampled; and back as a small WAV file.

soundfile reads WAV, FLAC, Ogg and more where it is installed (`pip install 'embedkit[speech]'`); without it scipy reads
WAV files. Another rate becomes the model's by scipy.signal.resample_poly: a polyphase filter, a Kaiser window of 5.0,
cut off at the lower of the two Nyquist frequencies.
"""

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from embedkit.errors import CorpusError

INSTALL = "pip install 'embedkit[speech]'"
LONGEST = 3_600 * 4
"""Seconds; a file of more is refused where it is read whole."""
HIGHEST_RATE, MOST_CHANNELS = 768_000, 64
LARGEST_SENT = 8_000_000
"""Samples of all channels of a file that somebody sent: 20 seconds at 192 kHz in stereo."""
_LOUDEST = 1e9  # samples are from -1 to 1, or as whole numbers within some billions
_START = 512
BLOCK = 20
"""Seconds of a block in which a long file is read."""


@dataclass(frozen=True, eq=False)
class Sound:
    """(N,) float32 samples, `rate` of them a second."""

    samples: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


class SoundFile:
    """A file of sound that is read from its start to its end.

    Attributes:
        name: of the file, for messages.
        rate: samples a second of each channel.
        frames: how many there are.
    """

    def __init__(self, name: str, rate: int, frames: int, channels: int, read: Any) -> None:
        """Raises:
        CorpusError: there is no sample in it, or of so many at a time that it is no speech.
        """
        if not frames:
            raise CorpusError(f"{name}: no samples in it")
        if not 1_000 <= rate <= HIGHEST_RATE or channels > MOST_CHANNELS:
            raise CorpusError(f"{name}: {rate:,} samples a second in {channels} channels is no rate of speech")
        self.name, self.rate, self.frames, self.channels, self._read = name, rate, frames, channels, read

    @property
    def seconds(self) -> float:
        return self.frames / self.rate

    def read(self, start: int, stop: int) -> np.ndarray:
        """(stop - start,) float32: the mean of all channels.

        Raises:
            CorpusError: a sample is no number, or the file ends early.
        """
        try:
            block = np.asarray(self._read(start, stop), dtype=np.float32)
        except (OSError, RuntimeError, ValueError) as error:
            raise CorpusError(f"{self.name}: breaks off at {start / self.rate:.1f} s ({error})") from None
        samples = block if block.ndim == 1 else block.mean(axis=1)
        finite = np.isfinite(samples)
        if not finite.all():
            at = (start + int(np.argmin(finite))) / self.rate
            raise CorpusError(f"{self.name}: the sample at {at:.3f} s is not a number; write the file anew")
        refuse_loud(samples, self.name)
        return samples

    def blocks(self) -> Iterator[tuple[int, np.ndarray]]:
        """(number of its first sample, samples) of consecutive blocks, cut where it is quietest in the last quarter of
        each, so that no word is cut where there is a pause to cut in."""
        start, length = 0, BLOCK * self.rate
        while start < self.frames:
            stop = min(start + length, self.frames)
            samples = self.read(start, stop)
            if stop < self.frames:
                samples = samples[: quietest(samples, self.rate)]
            yield start, samples
            start += max(1, len(samples))


def quietest(samples: np.ndarray, rate: int) -> int:
    """Where the quietest fifth of a second in the last quarter of some samples has its middle."""
    first, width = len(samples) * 3 // 4, max(1, rate // 5)
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples[first:], dtype=np.float64))])
    if len(energy) <= width:
        return len(samples)
    return first + int(np.argmin(energy[width:] - energy[:-width])) + width // 2


@contextmanager
def open_sound(path: Path) -> Iterator[SoundFile]:
    """A file of sound.

    Raises:
        CorpusError: it is missing, empty, no sound, damaged, or of a format that nothing installed reads.
    """
    path = Path(path)
    if path.is_dir():
        raise CorpusError(f"{path} is a folder; name the files of sound in it")
    if not path.exists():
        raise CorpusError(f"{path}: no such file")
    with _opened(path, str(path)) as sound:
        yield sound


@contextmanager
def _opened(file: Path | io.BytesIO, name: str) -> Iterator[SoundFile]:
    """A file of sound on the disk or in memory; `name` says which in messages."""
    start = _start(file)
    if not start:
        raise CorpusError(f"{name}: an empty file, no sound")
    if find_spec("soundfile") is None:
        yield _by_scipy(file, name)
        return
    import soundfile

    try:
        opened = soundfile.SoundFile(file)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise CorpusError(f"{name}: {_no_sound(start, str(getattr(error, 'error_string', error)))}") from None
    with opened as handle:

        def read(first: int, stop: int) -> np.ndarray:
            handle.seek(first)
            return handle.read(stop - first, dtype="float32")

        yield SoundFile(name, handle.samplerate, handle.frames, handle.channels, read)


def read_sound(path: Path, rate: int, *, longest: float = LONGEST) -> Sound:
    """A whole file at a rate of one's choice, mixed to one channel.

    Raises:
        CorpusError: as `open_sound`; it is longer than `longest` seconds.
    """
    with open_sound(path) as sound:
        return _whole(sound, rate, longest)


def sound_in(content: bytes, name: str, rate: int, *, longest: float) -> Sound:
    """As `read_sound`, of a file that somebody sent: it is in memory, and small however much of it there would be.

    Raises:
        CorpusError: as `read_sound`; there is more in it than LARGEST_SENT.
    """
    with _opened(io.BytesIO(content), name) as sound:
        if sound.frames * sound.channels > LARGEST_SENT:
            raise CorpusError(
                f"{name}: {sound.seconds:,.0f} s in {sound.channels} channels at {sound.rate:,} samples a second is "
                f"more than {LARGEST_SENT:,} samples; send less"
            )
        return _whole(sound, rate, longest)


def _whole(sound: SoundFile, rate: int, longest: float) -> Sound:
    if sound.seconds > longest:
        raise CorpusError(f"{sound.name}: {sound.seconds:,.0f} s of sound, more than {longest:,.0f}; cut it into parts")
    return Sound(resample(sound.read(0, sound.frames), sound.rate, rate), rate)


def decoded(content: bytes, name: str) -> Sound:
    """A whole WAV file that is in memory, mixed to one channel.

    Raises:
        CorpusError: it is damaged; `name` says which.
    """
    rate, data = _scipy_wav(io.BytesIO(content), name)
    samples = _as_floats(data)
    samples = samples if samples.ndim == 1 else samples.mean(axis=1)
    if not len(samples) or not np.isfinite(samples).all():
        raise CorpusError(f"{name}: no samples in it, or some that are no numbers")
    refuse_loud(samples, name)
    return Sound(samples, rate)


def refuse_loud(samples: np.ndarray, name: str) -> None:
    """Raises:
    CorpusError: a sample is beyond what any way of counting them has, so that its square may be no number.
    """
    loudest = float(np.abs(samples).max(initial=0))
    if loudest > _LOUDEST:
        raise CorpusError(f"{name}: a sample of {loudest:.0e}, where all are due from -1 to 1; write the file anew")


def resample(samples: np.ndarray, rate: int, to: int) -> np.ndarray:
    """(N,) samples of one rate → (N · to / rate,) of another, by a polyphase filter."""
    if rate == to or not len(samples):
        return samples.astype(np.float32, copy=False)
    from scipy.signal import resample_poly

    common = math.gcd(rate, to)
    return resample_poly(samples.astype(np.float64), to // common, rate // common).astype(np.float32)


def wav(samples: np.ndarray, rate: int) -> bytes:
    """Samples as the bytes of a WAV file of 16 bits, the same for the same samples."""
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).round().astype("<i2").tobytes())
    return out.getvalue()


def _start(file: Path | io.BytesIO) -> bytes:
    if isinstance(file, io.BytesIO):
        return file.getvalue()[:_START]
    with open(file, "rb") as handle:
        return handle.read(_START)


def _by_scipy(file: Path | io.BytesIO, name: str) -> SoundFile:
    """A WAV file, as scipy reads it: not copied into memory where its samples can be mapped."""
    start = _start(file)
    if start[:4] not in (b"RIFF", b"RIFX", b"RF64"):
        raise CorpusError(f"{name}: {_no_sound(start, 'not a WAV file')}; others are read by soundfile: {INSTALL}")
    rate, data = _scipy_wav(file, name)

    def read(first: int, stop: int) -> np.ndarray:
        return _as_floats(np.asarray(data[first:stop]))

    return SoundFile(name, int(rate), len(data), 1 if data.ndim == 1 else data.shape[1], read)


def _scipy_wav(file: Path | io.BytesIO, name: str) -> tuple[int, np.ndarray]:
    """Samples a second, and the samples as they stand in a file; mapped where they can be."""
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            try:
                rate, data = wavfile.read(file, mmap=isinstance(file, Path))
            except ValueError:  # of 24 bits, which cannot be mapped
                if isinstance(file, io.BytesIO):
                    file.seek(0)
                rate, data = wavfile.read(file)
    except Exception as error:  # of a damaged file scipy lets any error out: struct's, of arithmetic, unbound names
        raise CorpusError(f"{name}: {_problem(f'{type(error).__name__}: {error}')}") from None
    return int(rate), data


def _as_floats(data: np.ndarray) -> np.ndarray:
    """Samples as a file has them → float32 between -1 and 1. Those of 8 bits have no sign, and 24 bits fill the upper
    part of 32."""
    if data.dtype.kind == "f":
        return data.astype(np.float32)
    if data.dtype == np.uint8:
        return (data.astype(np.float32) - 128) / 128
    return data.astype(np.float32) / -float(np.iinfo(data.dtype).min)


def _no_sound(start: bytes, problem: str) -> str:
    """What is wrong with a file that begins so and could not be opened as sound."""
    if start[:4] not in (b"RIFF", b"RIFX", b"fLaC", b"OggS") and start and _is_text(start):
        return "text, not sound"
    return _problem(problem)


def _problem(problem: str) -> str:
    return f"no sound that can be read, or damaged ({problem.strip().rstrip('.')[:80]})"


def _is_text(start: bytes) -> bool:
    return b"\0" not in start and all(byte >= 32 or byte in b"\t\r\n\f" for byte in start)
