"""What a person types as a text, and may have meant as a file."""

from pathlib import Path

from embedkit.errors import UsageError
from embedkit.files import require_file

_FILES = (
    *(".txt", ".tsv", ".csv", ".json", ".jsonl", ".parquet", ".gz", ".bz2", ".xz", ".zip"),
    *(".wav", ".flac", ".ogg", ".mp3", ".m4a", ".png", ".jpg", ".jpeg", ".webp"),
)


def ends_like_file(text: str) -> bool:
    """Whether a text is one word that ends as files of texts, tables, sound or images do."""
    return not any(map(str.isspace, text)) and Path(text).suffix.lower() in _FILES


def refuse_file_names(*texts: str, instead: str = "give what stands in it") -> None:
    """
    Args:
        texts: as they were typed, each in quotes.
        instead: what to do with a file that is there.

    Raises:
        UsageError: one of them is the name of a file.
    """
    for text in filter(ends_like_file, texts):
        require_file(text)
        raise UsageError(f"{text} is a file, and a text is expected; {instead}")
