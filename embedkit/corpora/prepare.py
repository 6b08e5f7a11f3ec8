"""From a card's verified files to its text: lines by split in a folder of the user's, written whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from embedkit.caches import can_write, temporary_cache
from embedkit.corpora.archive import is_archive, unpack
from embedkit.corpora.card import RECORDINGS, Card, Download
from embedkit.corpora.corpus import Lines
from embedkit.corpora.readers import READERS
from embedkit.errors import CorpusError, unknown
from embedkit.files import read_json, write_json
from embedkit.leftovers import sweep, temporary_name
from embedkit.lock import alone
from embedkit.progress import Progress, counted_lines, no_progress
from embedkit.shortage import room_for


def data_folder() -> Path:
    """Where corpora are kept: EMBEDKIT_DATA, else the user's cache folder; where there can be none, a temporary one."""
    if chosen := os.environ.get("EMBEDKIT_DATA"):
        return Path(chosen)
    folder = user_cache_path("embedkit", appauthor=False)
    if folder.is_absolute() and (folder.exists() or can_write(folder)):
        return folder
    return temporary_cache("data", "corpora are", "EMBEDKIT_DATA")


def card_folder(card: Card) -> Path:
    """Where what belongs to a card is kept: its downloads, and its text in `text_folder`."""
    return data_folder() / card.name


def text_folder(card: Card) -> Path:
    """Where the text of a card is kept; there when the corpus has been prepared."""
    return card_folder(card) / "text"


def local_file(card: Card, download: Download) -> Path:
    """Where a file of the card lies: in the package that brings it, else in the card's folder."""
    if card.bundled is None:
        return card_folder(card) / download.file
    from importlib.util import find_spec

    spec = find_spec(card.bundled)
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError(f"{card.name} comes with {card.bundled}, which is not installed; pip install {card.bundled}")
    return Path(spec.submodule_search_locations[0]) / download.file


def at_hand(card: Card) -> bool:
    """Whether the corpus can be opened without a network."""
    return _is_current(card) or all(local_file(card, download).is_file() for download in card.downloads)


@dataclass
class _Counter:
    """What a text file holds, counted as its lines go by."""

    lines: int = 0
    tokens: int = 0
    characters: int = 0

    def add(self, line: str) -> None:
        self.lines += 1
        self.tokens += len(line.split()) + 1  # and the end of the line
        self.characters += len(line) + 1


def prepare(card: Card, *, progress: Progress = no_progress) -> Path:
    """Verify the files of a card, read them, and keep their text; the folder with it, at once if it is there already.
    Where another process prepares it, that is waited for.

    The folder holds a file a split, and about.json with the counts and the checksum of each file's text. Of recordings
    no text is made: it is the folder of the verified files themselves.

    Raises:
        CorpusError: a file is missing, has another checksum than the card states, cannot be unpacked, is not UTF-8, or
            does not hold what the card says. Nothing is left behind.
    """
    folder = text_folder(card)
    if card.kind == RECORDINGS:
        _verified(card)
        return card_folder(card)
    if _is_current(card):
        return folder
    if card.reader not in READERS:
        raise unknown("reader", card.reader, READERS, hint=f"(card {card.name})")
    with alone(card_folder(card), progress=progress):
        if not _is_current(card):  # it is, where another process has prepared it meanwhile
            _prepare(card, folder, progress)
    return folder


def _prepare(card: Card, folder: Path, progress: Progress) -> None:
    temporary = folder.with_name(temporary_name())
    try:
        temporary.mkdir()
        sweep(temporary.parent)
        unpacked = temporary / "unpacked"
        unpacked.mkdir()
        texts = READERS[card.reader](card, _files(card, unpacked))
        about = {name: _write(lines, temporary / f"{name}.txt", progress) for name, lines in texts.items()}
        _check_counts(card, about)
        shutil.rmtree(unpacked)
        write_json(temporary / "about.json", {"card": _fingerprint(card), "files": about})
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def about(card: Card) -> dict[str, dict[str, Any]]:
    """What is known of each text file of a prepared card: lines, tokens, characters, sha256."""
    return dict(read_json(text_folder(card) / "about.json")["files"])


def verify(path: Path, download: Download) -> None:
    """Raises:
    CorpusError: the file has another checksum than its card states.
    """
    if download.checksum is None:
        return
    algorithm, _, expected = download.checksum.partition(":")
    with open(path, "rb") as handle:
        digest = hashlib.file_digest(handle, algorithm).hexdigest()
    if digest != expected.lower():
        raise CorpusError(
            f"{path}: its {algorithm} is {digest}, but the card states {expected}; it is damaged or another version: "
            "remove it and fetch it again"
        )


def _is_current(card: Card) -> bool:
    """Whether the prepared text is that of this very card: a corrected card is read again."""
    try:
        return bool(read_json(text_folder(card) / "about.json")["card"] == _fingerprint(card))
    except (OSError, ValueError, KeyError):
        return False


def _fingerprint(card: Card) -> str:
    return hashlib.sha256(repr(card).encode()).hexdigest()


def _files(card: Card, folder: Path) -> dict[str, Path]:
    """Split → file, verified and unpacked where it is in an archive."""
    paths = _verified(card)
    first = next(iter(paths.values()))
    if len(paths) == 1 and is_archive(first):
        return unpack(first, card.members, folder, limit=card.unpacked_limit)
    if not card.members:
        return {"text": first}
    lacking = [file for file in card.members.values() if file not in paths]
    if lacking:
        raise CorpusError(f"card {card.name}: {lacking[0]} is a member but not one of the files")
    return {split: paths[file] for split, file in card.members.items()}


def _verified(card: Card) -> dict[str, Path]:
    """Name → path of every file of a card."""
    paths = {}
    for download in card.downloads:
        path = local_file(card, download)
        if not path.is_file():
            raise CorpusError(missing(card))
        verify(path, download)
        paths[download.file] = path
    return paths


def missing(card: Card) -> str:
    """What to do about a corpus that is not at hand, with a network and without."""
    files = " and ".join(download.file for download in card.downloads)
    return (
        f"{card.name} is not at hand; run `embedkit corpora fetch {card.name}`, or without a network put {files} "
        f"(see {card.homepage}) into {card_folder(card)}{os.sep}"
    )


def _write(lines: Lines, path: Path, progress: Progress) -> dict[str, int | str]:
    counter, digest = _Counter(), hashlib.sha256()
    with room_for(path), open(path, "w", encoding="utf-8", newline="\n") as out:
        for line in counted_lines(lines(), progress):
            counter.add(line)
            digest.update(line.encode() + b"\n")
            out.write(line + "\n")
    return {**vars(counter), "sha256": digest.hexdigest()}


def _check_counts(card: Card, counts: Mapping[str, Mapping[str, int | str]]) -> None:
    for key, expected in card.counts.items():
        name, _, unit = key.rpartition("_")
        count = counts.get(name, {}).get("lines" if unit in ("pairs", "questions") else unit)
        if count != expected:
            raise CorpusError(
                f"{card.name}: the card states {expected:,} {unit} for {name}, but {count} were read; "
                "the publisher's file has changed, or the card is wrong"
            )
