"""Sound: files of several kinds, and a folder of them with a table of what is said."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.hostile_inputs.sample import Item, Sample
from embedkit.progress import no_progress
from embedkit.tasks.speech.audio import open_sound, read_sound, wav
from embedkit.tasks.speech.transcripts import read_transcripts

RATE = 8_000
SUBTYPES = (("WAV", "PCM_U8"), ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"))


def samples(folder: Path) -> Iterator[Sample]:
    for kind, subtype in (*SUBTYPES, ("OGG", "VORBIS")):
        name = f"{subtype}.{kind.lower()}"
        content = _encoded(kind, subtype)
        if content is not None:
            # FLAC has a checksum of each of its frames.
            yield Sample("sound", name, {name: content}, partial(_read, name), sealed=kind == "FLAC")
    content = wav(noise(), RATE)
    yield Sample("sound", "WAV by scipy", {"a.wav": content}, _read_by_scipy)
    table = "file\ttext\tspeaker\tsplit\n" + "".join(
        f"{n}.wav\twhat is said {n}\tann\t{('train', 'valid')[n % 2]}\n" for n in range(8)
    )
    files = {"said/transcripts.tsv": table.encode(), **{f"said/{n}.wav": content for n in range(8)}}
    sample = partial(Sample, "sound", files=files, read=_read_transcripts, whole=False)
    yield sample("transcripts", damaged=("said/transcripts.tsv",))
    yield sample("their sounds", damaged=("said/3.wav",), by_file=True)
    comma = {**files, "said/transcripts.csv": table.replace("\t", ",").encode()}
    del comma["said/transcripts.tsv"]
    yield Sample("sound", "with commas", comma, _read_transcripts, ("said/transcripts.csv",), whole=False)


def noise() -> np.ndarray:
    """Samples of a tone that is not steady."""
    return (np.sin(np.arange(3_000) / 9) * np.random.default_rng(0).uniform(0.1, 0.9, size=3_000)).astype(np.float32)


def _encoded(kind: str, subtype: str) -> bytes | None:
    """A file of sound; None without soundfile."""
    try:
        import soundfile
    except ImportError:
        return wav(noise(), RATE) if (kind, subtype) == ("WAV", "PCM_16") else None
    held = io.BytesIO()
    soundfile.write(held, noise(), RATE, format=kind, subtype=subtype)
    return held.getvalue()


def _read(name: str, folder: Path) -> list[Item]:
    sound = read_sound(folder / name, RATE, longest=60)
    with open_sound(folder / name) as opened:
        blocks = [samples for _, samples in opened.blocks()]
    _check(sound.samples)
    pieces = np.array_split(sound.samples, 30)
    return [("seconds", sound.seconds), ("blocks", len(blocks))] + [
        (str(number), piece.tobytes()) for number, piece in enumerate(pieces)
    ]


def _read_by_scipy(folder: Path) -> list[Item]:
    from embedkit.tasks.speech.audio import _by_scipy

    sound = _by_scipy(folder / "a.wav", "a.wav")
    _check(sound.read(0, sound.frames))
    return []


def _check(samples: np.ndarray) -> None:
    if not np.isfinite(samples).all():
        raise AssertionError("samples that are no numbers were accepted")


def _read_transcripts(folder: Path) -> list[Item]:
    splits, _ = read_transcripts(folder / "said", RATE, None, 1, no_progress)
    return [
        (recording.name, (recording.text, recording.speaker, recording.samples.tobytes()))
        for recordings in splits.values()
        for recording in recordings
    ]
