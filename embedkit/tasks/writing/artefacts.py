"""What is kept of writing with a language model: keypad figures, offers of the writer, and the words with their counts.

keypad/SPLIT.json   a score sheet
keypad/offers.json  what the writer offered in some held-out lines
keypad/words.tsv    of a char or bpe run, the words of its training text and how often each stands there
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedkit.errors import RunError
from embedkit.files import write_text
from embedkit.runs.artefacts import load_record, save_record
from embedkit.runs.folder import Run
from embedkit.tasks.writing.score import KeypadScore

FOLDER = "keypad"
SPLITS = ("valid", "test")


@dataclass(frozen=True)
class Offer:
    """What was offered at a place of a held-out line, and how the line went on there."""

    before: str
    offered: tuple[str, ...]
    went_on: str


@dataclass(frozen=True)
class OfferSheet:
    split: str
    seed: int
    offers: tuple[Offer, ...]


def save_keypad(run: Run, score: KeypadScore) -> Path:
    return save_record(run.path / FOLDER / f"{score.split}.json", score)


def load_keypad(run: Run, split: str) -> KeypadScore | None:
    """None where none is kept. Raises RunError where it is damaged, as all that follow."""
    path = run.path / FOLDER / f"{split}.json"
    return load_record(path, KeypadScore) if path.exists() else None


def save_offers(run: Run, sheet: OfferSheet) -> Path:
    return save_record(run.path / FOLDER / "offers.json", sheet)


def load_offers(run: Run) -> OfferSheet | None:
    path = run.path / FOLDER / "offers.json"
    return load_record(path, OfferSheet) if path.exists() else None


def save_word_counts(run: Run, counts: Mapping[str, int]) -> Path:
    """A word, a tab and its count a line, escaped as in JSON."""
    path = run.path / FOLDER / "words.tsv"
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    write_text(path, "".join(f"{json.dumps(word, ensure_ascii=False)}\t{count}\n" for word, count in ordered))
    return path


def load_word_counts(run: Run) -> dict[str, int] | None:
    path = run.path / FOLDER / "words.tsv"
    if not path.exists():
        return None
    counts: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")[:-1], 1):
        try:
            word, _, count = line.rpartition("\t")
            counts[str(json.loads(word))] = int(count)
        except ValueError:
            raise RunError(f"{path}:{number}: damaged; remove it and it is made again") from None
    return counts
