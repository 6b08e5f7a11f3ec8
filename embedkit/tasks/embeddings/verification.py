"""Verification of an embedding file's run: the file is read again, a block at a time, and held against what is kept."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.runs.provenance import keeps
from embedkit.spaces.formats.contents import Block, provenance, sound
from embedkit.spaces.formats.detect import opened
from embedkit.spaces.imported import KIND, source_of, space_checksum
from embedkit.spaces.space import EmbeddingSpace, StoredColumns, singles
from embedkit.spaces.stored import load_run_space
from embedkit.studies.sources import corpus_away
from embedkit.studies.verdicts import DIFFERS, MATCH, ROUNDING, UNCHECKED, Verdict, brief, verdict


def counted(run: Run) -> dict[str, Any]:
    """How many points and dimensions its space has; runs before 0.3 call the points a vocabulary."""
    space = load_run_space(run, "vectors")
    return {"points": len(space), "vocabulary_size": len(space), "dimensions": space.dimensions}


def reread(run: Run, which: str) -> Verdict:
    """Whether a run's space is what its file gives, read as it was: labels, vectors, columns, and what its points are
    called. Vectors that were made of the texts in a file may be off in their last digits."""
    stored = load_run_space(run, which)
    if run.config[KIND].get("path") is None:
        return _from_memory(run, stored)
    if away := corpus_away(run):
        return UNCHECKED, f"its file: {away}"
    source, reading = source_of(run)
    at, off, dtype = 0, 0.0, None
    try:
        with opened(source, reading) as (contents, repairs):
            for block in sound(contents, reading, repairs):
                dtype = dtype or np.dtype(np.float16 if block.vectors.dtype == np.float16 else np.float32)
                if other := _other_than(stored, block, at):
                    return DIFFERS, f"the file gives other {other}"
                off = max(off, _distance(stored.kept[at : at + len(block)], block.vectors.astype(dtype, copy=False)))
                at += len(block)
            about = provenance(contents, reading, repairs)
    except UsageError as error:
        if not reading.encode_with:
            raise
        return UNCHECKED, f"what embeds its texts is not at hand: {brief(error)}"
    if at != len(stored):
        return DIFFERS, f"the file gives {at:,} points, and it has {len(stored):,}"
    # How it was read names a file of labels, which may be named from another folder now.
    kept_of, now_of = (json.loads(json.dumps({**each, "reading": None})) for each in (stored.provenance, about))
    differing = next((key for key in (*kept_of, *now_of) if kept_of.get(key) != now_of.get(key)), None)
    if differing and keeps(run.provenance):  # another version may say it in other words
        return DIFFERS, f"the file gives another {differing!r} than it says"
    for kept in (stored.provenance, run.provenance):
        for key in ("noun", "taken", "repairs"):
            if key in kept and kept[key] != about.get(key, "word" if key == "noun" else None):
                return DIFFERS, f"the file gives another {key!r} than it says"
    if run.provenance["corpus"]["name"] != source.name:
        return DIFFERS, f"its file is {source.name}, and it says {run.provenance['corpus']['name']}"
    so = f"read again from the file: {at:,} points, the same"
    if not reading.encode_with:
        return verdict(not off, f"{so} to the bit", f"the file gives vectors that are off by up to {off:.3g}")
    if off > ROUNDING * float(np.abs(stored.kept).max(initial=0)):
        return UNCHECKED, f"{so} but for the vectors, which {reading.encode_with} makes of its texts otherwise now"
    return MATCH, so


def _from_memory(run: Run, stored: EmbeddingSpace) -> Verdict:
    """Whether a space is that which a program handed over, by its checksum."""
    if space_checksum(stored) == run.config[KIND]["checksum"]:
        return MATCH, "it has the checksum that it had when a program handed it over"
    if any(np.asarray(column).dtype.kind in "OUT" for column in stored.columns.values()):
        return UNCHECKED, "its vectors came from a program, with columns of texts, which may have been kept otherwise"
    return DIFFERS, "it has not the checksum that it had when a program handed it over"


def _other_than(stored: EmbeddingSpace, block: Block, at: int) -> str:
    """What of a block of points is not as it is kept, but for the vectors; "" where all is."""
    rows = slice(at, at + len(block))
    if list(stored.labels[rows]) != list(block.labels):
        return "labels"
    if block.vectors.shape[1] != stored.dimensions:
        return "dimensions"
    columns = stored.columns.parts if isinstance(stored.columns, StoredColumns) else stored.columns
    if list(columns) != list(block.columns):
        return "columns"
    differing = (key for key, values in block.columns.items() if not _same_values(columns[key][rows], values))
    return next((f"values in the column {key!r}" for key in differing), "")


def _same_values(kept: Sequence[Any] | np.ndarray, read: np.ndarray) -> bool:
    if not isinstance(kept, np.ndarray) or kept.dtype.kind in "OUT" or read.dtype.kind in "OUT":
        return [str(value) for value in kept] == [str(value) for value in read.tolist()]
    return bool(np.array_equal(kept, read, equal_nan=kept.dtype.kind in "fM" and read.dtype.kind in "fM"))


def _distance(kept: np.ndarray, read: np.ndarray) -> float:
    """By how much a value is off at most; 0 where all are the same."""
    off = float(np.abs(singles(kept) - singles(read)).max(initial=0))
    return off if np.isfinite(off) else np.inf
