"""What a report of an embedding file needs, and whether the file is still the one that was read."""

from pathlib import Path

from embedkit.errors import CorpusError
from embedkit.files import sha256
from embedkit.runs.folder import Run
from embedkit.spaces.imported import KIND
from embedkit.spaces.source import EmbeddingSource
from embedkit.studies.words import study_words as study

__all__ = ["checksum_of", "study"]


def checksum_of(run: Run) -> str:
    """The checksum of the file, or of the files of the folder, as they are now.

    Raises:
        CorpusError: they are gone, or there was no file: the vectors came from a program's memory.
    """
    path = run.config[KIND].get("path")
    if path is None:
        raise CorpusError(f"{run.path}: its vectors came from a program, not from a file")
    source = EmbeddingSource(Path(path))
    if not source.path.exists():
        raise CorpusError(f"{path}: no such file")
    return sha256(source.files)
