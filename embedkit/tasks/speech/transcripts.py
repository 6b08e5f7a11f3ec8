"""A folder of recordings with a table of their texts: transcripts.tsv or .csv (or metadata.csv), with a heading that
has "file" and "text", and if it likes "speaker" and "split"."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

import numpy as np

from embedkit.errors import CorpusError, UsageError
from embedkit.files import OutsideError, file_inside
from embedkit.progress import Progress
from embedkit.tasks.speech.audio import read_sound
from embedkit.tasks.speech.corpus import Recording

NAMES = ("transcripts", "transcript", "metadata", "train", "data")
COLUMNS = {
    "file": ("file", "path", "file_name", "filename", "audio", "wav"),
    "text": ("text", "sentence", "transcript", "transcription"),
    "speaker": ("speaker", "client_id", "speaker_id"),
    "split": ("split", "set"),
}
"""What a column is, and what its heading may be."""
SPLITS = {"train": "train", "valid": "valid", "val": "valid", "dev": "valid", "validation": "valid", "test": "test"}
LONGEST = 60.0
"""Seconds of a recording with one text."""
MOST_HOURS = 20.0
"""Of all recordings together, which are kept in memory."""


def table_of(folder: Path) -> Path:
    """The table of a folder.

    Raises:
        UsageError: there is no such folder, or no table in it.
    """
    if not folder.is_dir():
        raise UsageError(
            f"--corpus {folder}: no such folder; give formant-digits, free-spoken-digits, or a folder of WAV or FLAC "
            "files with transcripts.tsv (file, text)"
        )
    tables = [folder / f"{name}{ending}" for name in NAMES for ending in (".tsv", ".csv")]
    others = sorted((*folder.glob("*.tsv"), *folder.glob("*.csv")))
    table = next((each for each in tables if each.is_file()), others[0] if len(others) == 1 else None)
    if table is None:
        raise UsageError(f"--corpus {folder}: no table of texts; add transcripts.tsv with the columns file and text")
    return table


def read_transcripts(
    folder: Path, rate: int, held_out_speaker: str | None, seed: int, progress: Progress
) -> tuple[Mapping[str, Sequence[Recording]], str]:
    """Recordings by split, and the checksum of the table and the files. Without a column of splits a tenth is test and
    a tenth valid, drawn by the seed; recordings with the same sound are in one split.

    Raises:
        UsageError, CorpusError: as `table_of`; a line or file of it cannot be read, and is named.
    """
    table = table_of(folder)
    rows = _rows(table)
    digest = hashlib.sha256(table.read_bytes())
    recordings, splits, seconds = [], [], 0.0
    for number, (line, row) in enumerate(rows):
        progress(number / len(rows), f"{table.name}: {number:,} of {len(rows):,} recordings")
        path = _inside(folder, row["file"], f"{table}:{line}")
        digest.update(path.read_bytes())
        sound = read_sound(path, rate, longest=LONGEST)
        seconds += sound.seconds
        if seconds > MOST_HOURS * 3_600:
            raise CorpusError(f"{table}:{line}: more than {MOST_HOURS:.0f} hours of sound; take fewer recordings")
        speaker = row.get("speaker", "")
        recordings.append(Recording(row["file"], " ".join(row["text"].split()), speaker, sound.samples))
        splits.append(_split(row.get("split", ""), f"{table}:{line}"))
    return _by_split(recordings, splits, held_out_speaker, seed), f"sha256:{digest.hexdigest()}"


def _rows(table: Path) -> list[tuple[int, dict[str, str]]]:
    """(line, value by column) of every row that has a text."""
    try:
        text = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{table}: not UTF-8 (byte {error.start:,}); convert it") from None
    heading = text.partition("\n")[0]
    separator = "\t" if "\t" in heading else ";" if ";" in heading and "," not in heading else ","
    lines = StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL)
    names = [name.strip().lower() for name in next(reader, [])]
    places = {key: next((names.index(name) for name in known if name in names), None) for key, known in COLUMNS.items()}
    for key in ("file", "text"):
        if places[key] is None:
            raise CorpusError(f"{table}:1: no column {key!r} among {', '.join(names) or 'nothing'}; name one {key}")
    rows = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            values = {
                key: cells[place].strip() for key, place in places.items() if place is not None and place < len(cells)
            }
            if not values.get("file") or not values.get("text"):
                raise CorpusError(f"{table}:{reader.line_num}: no file or no text in this row; fill it in or remove it")
            rows.append((reader.line_num, values))
    except csv.Error as error:
        raise CorpusError(f"{table}:{reader.line_num}: {error}") from None
    if not rows:
        raise CorpusError(f"{table}: no rows below the heading")
    return rows


def _inside(folder: Path, name: str, where: str) -> Path:
    """The file of a row, which has to lie in the folder."""
    try:
        path = file_inside(folder, name)
    except OutsideError as error:
        raise CorpusError(f"{where}: {error}; give a path inside it") from None
    if path is None:
        raise CorpusError(f"{where}: there is no {name} in {folder}")
    return path


def _split(value: str, where: str) -> str:
    if value and value.lower() not in SPLITS:
        raise CorpusError(f"{where}: the split {value!r} is none of {', '.join(SPLITS)}")
    return SPLITS[value.lower()] if value else ""


def _by_split(
    recordings: Sequence[Recording], splits: Sequence[str], held_out_speaker: str | None, seed: int
) -> Mapping[str, Sequence[Recording]]:
    speakers = sorted({recording.speaker for recording in recordings} - {""})
    if held_out_speaker is not None and held_out_speaker not in speakers:
        known = ", ".join(speakers) or "no column of speakers"
        raise UsageError(f"--held-out-speaker {held_out_speaker}: there are {known}")
    sounds = [hashlib.sha256(recording.samples.tobytes()).digest() for recording in recordings]
    number = {sound: number for number, sound in enumerate(dict.fromkeys(sounds))}
    tenth = max(1, len(number) // 10)
    ranks = np.random.default_rng(seed).permutation(len(number))[[number[sound] for sound in sounds]]
    drawn = ["test" if rank < tenth else "valid" if rank < 2 * tenth else "train" for rank in ranks]
    by_split: dict[str, list[Recording]] = {"train": [], "valid": [], "test": []}
    for recording, own, other in zip(recordings, splits, drawn, strict=True):
        split = own or other
        if held_out_speaker is not None:
            split = "test" if recording.speaker == held_out_speaker else "train" if split == "test" else split
        by_split[split].append(recording)
    return by_split
