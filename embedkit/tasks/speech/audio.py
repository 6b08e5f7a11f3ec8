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
        rate: samples a second of each channel.
        frames: how many there are.
    """

    def __init__(self, path: Path, rate: int, frames: int, read: Any) -> None:
        self.path, self.rate, self.frames, self._read = path, rate, frames, read

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
            raise CorpusError(f"{self.path}: breaks off at {start / self.rate:.1f} s ({error})") from None
        samples = block if block.ndim == 1 else block.mean(axis=1)
        finite = np.isfinite(samples)
        if not finite.all():
            at = (start + int(np.argmin(finite))) / self.rate
            raise CorpusError(f"{self.path}: the sample at {at:.3f} s is not a number; write the file anew")
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
    if not path.stat().st_size:
        raise CorpusError(f"{path}: an empty file, no sound")
    if find_spec("soundfile") is None:
        yield _by_scipy(path)
        return
    import soundfile

    try:
        opened = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise CorpusError(f"{path}: {_no_sound(path, str(getattr(error, 'error_string', error)))}") from None
    with opened as handle:

        def read(start: int, stop: int) -> np.ndarray:
            handle.seek(start)
            return handle.read(stop - start, dtype="float32")

        yield _checked(SoundFile(path, handle.samplerate, handle.frames, read), handle.channels)


def read_sound(path: Path, rate: int, *, longest: float = LONGEST) -> Sound:
    """A whole file at a rate of one's choice, mixed to one channel.

    Raises:
        CorpusError: as `open_sound`; it is longer than `longest` seconds.
    """
    with open_sound(path) as sound:
        if sound.seconds > longest:
            raise CorpusError(f"{path}: {sound.seconds:,.0f} s of sound, more than {longest:,.0f}; cut it into parts")
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
    return Sound(samples, rate)


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


def _by_scipy(path: Path) -> SoundFile:
    """A WAV file, as scipy reads it: not copied into memory where its samples can be mapped."""
    with open(path, "rb") as handle:
        start = handle.read(4)
    if start not in (b"RIFF", b"RIFX", b"RF64"):
        raise CorpusError(f"{path}: {_no_sound(path, 'not a WAV file')}; others are read by soundfile: {INSTALL}")
    rate, data = _scipy_wav(path, str(path))

    def read(first: int, stop: int) -> np.ndarray:
        return _as_floats(np.asarray(data[first:stop]))

    return _checked(SoundFile(path, int(rate), len(data), read), 1 if data.ndim == 1 else data.shape[1])


def _scipy_wav(file: Path | io.BytesIO, name: str) -> tuple[int, np.ndarray]:
    """Samples a second, and the samples as they stand in a file; mapped where they can be."""
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            try:
                rate, data = wavfile.read(file, mmap=isinstance(file, Path))
            except ValueError:  # of 24 bits, which cannot be mapped
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


def _checked(sound: SoundFile, channels: int) -> SoundFile:
    if not sound.frames:
        raise CorpusError(f"{sound.path}: no samples in it")
    if not 1_000 <= sound.rate <= HIGHEST_RATE or channels > MOST_CHANNELS:
        raise CorpusError(f"{sound.path}: {sound.rate:,} samples a second in {channels} channels is no rate of speech")
    return sound


def _no_sound(path: Path, problem: str) -> str:
    """What is wrong with a file that could not be opened as sound."""
    with open(path, "rb") as handle:
        start = handle.read(512)
    if start[:4] not in (b"RIFF", b"RIFX", b"fLaC", b"OggS") and start and _is_text(start):
        return "text, not sound"
    return _problem(problem)


def _problem(problem: str) -> str:
    return f"no sound that can be read, or damaged ({problem.strip().rstrip('.')[:80]})"


def _is_text(start: bytes) -> bool:
    return b"\0" not in start and all(byte >= 32 or byte in b"\t\r\n\f" for byte in start)
