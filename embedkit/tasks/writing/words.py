"""The words of a char or bpe run's training text with how often each stands there, kept as keypad/words.tsv."""

import json
from collections.abc import Mapping
from pathlib import Path

from embedkit.errors import RunError
from embedkit.files import parse_json, write_text
from embedkit.runs.folder import Run


def save_word_counts(run: Run, counts: Mapping[str, int]) -> Path:
    """A word, a tab and its count a line, escaped as in JSON."""
    path = _path(run)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    write_text(path, "".join(f"{json.dumps(word, ensure_ascii=False)}\t{count}\n" for word, count in ordered))
    return path


def load_word_counts(run: Run) -> dict[str, int] | None:
    """The words and their counts; None where they are not stored. Raises RunError where the file is damaged."""
    path = _path(run)
    if not path.exists():
        return None
    counts: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")[:-1], 1):
        try:
            word, _, count = line.rpartition("\t")
            counts[str(parse_json(word))] = int(count)
        except ValueError:
            raise RunError(f"{path}:{number}: damaged; remove it and it is made again") from None
    return counts


def _path(run: Run) -> Path:
    return run.path / "keypad" / "words.tsv"
