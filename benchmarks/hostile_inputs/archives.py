"""Archives that corpora are published in, and of recordings: zip, and tar plain and compressed."""

import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.hostile_inputs.sample import Item, Sample
from benchmarks.hostile_inputs.texts import TEXT
from embedkit.corpora.archive import is_archive, unpack
from embedkit.corpora.textfile import TextFile
from embedkit.tasks.speech.audio import wav
from embedkit.tasks.speech.digits import holds_digits, read_digits

MEMBERS = {"train": "corpus/train.txt", "valid": "corpus/valid.txt"}
CONTENT = {"corpus/README": b"read me\n", "corpus/train.txt": TEXT, "corpus/valid.txt": TEXT[:600]}


def samples(folder: Path) -> Iterator[Sample]:
    for name, content in _archives(CONTENT).items():
        # A tar archive has no checksum of what is in it.
        yield Sample("archives", name, {name: content}, partial(_read, name), sealed="tar" not in name)
    recordings = {f"digits/{digit}_ann_{take}.wav": _spoken(digit + take) for digit in range(3) for take in (0, 7, 12)}
    for name, content in _archives(recordings).items():
        files = {f"held/{name}": content}
        yield Sample("archives", f"digits in {name}", files, partial(_read_digits, f"held/{name}"), whole=False)


def _archives(content: Mapping[str, bytes]) -> dict[str, bytes]:
    archives = {}
    for name, method in (("a.zip", zipfile.ZIP_DEFLATED), ("stored.zip", zipfile.ZIP_STORED)):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", method) as zipped:
            for member, data in content.items():
                zipped.writestr(member, data)
        archives[name] = held.getvalue()
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for member, data in content.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    plain = held.getvalue()
    return {**archives, "a.tar": plain, "a.tar.gz": gzip.compress(plain, mtime=0), "a.tar.xz": lzma.compress(plain)}


def _spoken(seed: int) -> bytes:
    return wav(np.random.default_rng(seed).normal(size=400).astype(np.float32) / 9, 8_000)


def _read(name: str, folder: Path) -> list[Item]:
    """As a card is prepared: what is no archive any more is read as a text."""
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    if not is_archive(folder / name):
        return [("text", line) for line in TextFile(folder / name)()]
    files = unpack(folder / name, MEMBERS, out, limit=20 * len(TEXT))
    outside = {each.relative_to(folder).parts[0] for each in folder.rglob("*")} - {name, "out"}
    if outside:
        raise AssertionError(f"unpacked outside its folder: {outside}")
    return [(split, path.read_bytes()) for split, path in files.items()]


def _read_digits(name: str, folder: Path) -> list[Item]:
    path = folder / name
    if not holds_digits(path):
        return []
    recordings, _ = read_digits(path, 8_000)
    return [(recording.name, recording.samples.tobytes()) for _, recording in recordings]
