"""Recordings of single digits, called DIGIT_SPEAKER_INDEX.wav as in the Free Spoken Digit Dataset: a folder of them, or
the publisher's archive.

The publisher's split is by index: 0 to 4 are test. Of what is left 5 to 9 are valid here. With a speaker held out all
of that speaker's recordings are test, and no other's are.
"""

import hashlib
import re
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from embedkit.corpora.archive import DAMAGED, cannot_unpack
from embedkit.errors import CorpusError, UsageError
from embedkit.tasks.speech.audio import decoded, resample
from embedkit.tasks.speech.corpus import Recording
from embedkit.tasks.speech.formants import DIGITS

FILE = re.compile(r"([0-9])_([A-Za-z]+)_(\d{1,4})\.wav")
TEST, VALID = range(5), range(5, 10)
_ARCHIVES = ("*.tar.gz", "*.tgz", "*.zip")
_LARGEST = 4 << 20  # bytes of a member
_MOST = 20_000


def holds_digits(corpus: str | Path) -> bool:
    """Whether a path is a folder or an archive of recordings so called."""
    path = Path(corpus)
    return bool(_folder(path)) or _archive(path) is not None


def _folder(path: Path) -> Path | None:
    """The folder that the recordings lie in: this one, or "recordings" in it or in a folder of it."""
    if not path.is_dir():
        return None
    for folder in (path, path / "recordings", *sorted(path.glob("*/recordings"))):
        if folder.is_dir() and any(FILE.fullmatch(each.name) for each in folder.glob("*.wav")):
            return folder
    return None


def _archive(path: Path) -> Path | None:
    """The archive: this file, or the only one of its folder."""
    if path.is_dir():
        archives = [each for pattern in _ARCHIVES for each in path.glob(pattern)]
        path = archives[0] if len(archives) == 1 else path
    if path.is_file() and (zipfile.is_zipfile(path) or path.name.endswith((".tar.gz", ".tgz", ".tar"))):
        return path
    return None


def read_digits(path: Path, rate: int) -> tuple[list[tuple[int, Recording]], str]:
    """Every recording with its index, by name, and the checksum of their files.

    Raises:
        CorpusError: there are none, or one cannot be read.
    """
    files = dict(sorted(_files(path)))
    if not files:
        raise CorpusError(f"{path}: no recordings called DIGIT_SPEAKER_INDEX.wav, such as 7_jackson_32.wav")
    digest = hashlib.sha256()
    recordings = []
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
        digit, speaker, index = name.removesuffix(".wav").split("_")
        sound = decoded(content, f"{path}: {name}")
        samples = resample(sound.samples, sound.rate, rate)
        recordings.append((int(index), Recording(name.removesuffix(".wav"), DIGITS[int(digit)], speaker, samples)))
    return recordings, f"sha256:{digest.hexdigest()}"


def split_by_index(
    recordings: Sequence[tuple[int, Recording]], held_out_speaker: str | None, test: range = TEST, valid: range = VALID
) -> Mapping[str, list[Recording]]:
    """Recordings by split: by the publisher's indices, or with one speaker's as test.

    Raises:
        UsageError: nobody is called so.
    """
    speakers = sorted({recording.speaker for _, recording in recordings})
    if held_out_speaker is not None and held_out_speaker not in speakers:
        raise UsageError(f"--held-out-speaker {held_out_speaker}: there are {', '.join(speakers)}")
    splits: dict[str, list[Recording]] = {"train": [], "valid": [], "test": []}
    for index, recording in recordings:
        if held_out_speaker is None:
            split = "test" if index in test else "valid" if index in valid else "train"
        else:
            of_test = recording.speaker == held_out_speaker
            split = "test" if of_test else "valid" if index in valid else "train"
        splits[split].append(recording)
    return splits


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of every recording, in no order."""
    folder, archive = _folder(path), _archive(path)
    if folder is not None:
        yield from ((each.name, each.read_bytes()) for each in folder.glob("*.wav") if FILE.fullmatch(each.name))
    elif archive is not None:
        try:
            yield from _members(archive)
        except DAMAGED as error:
            raise cannot_unpack(archive, error) from None


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Read from where they stand: nothing is written to the disk, wherever a member would lie."""
    number = 0
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                name = PurePosixPath(info.filename).name
                if FILE.fullmatch(name) and info.file_size <= _LARGEST and number < _MOST:
                    number += 1
                    yield name, zipped.read(info)
        return
    with tarfile.open(archive) as tar:
        for member in tar:
            name = PurePosixPath(member.name).name
            if FILE.fullmatch(name) and member.isfile() and member.size <= _LARGEST and number < _MOST:
                number += 1
                content = tar.extractfile(member)
                assert content is not None
                yield name, content.read()
