"""What a report of an embedding file needs, and whether the file is still the one that was read."""

from pathlib import Path

from embedkit.corpora.textfile import sha256
from embedkit.errors import CorpusError
from embedkit.runs.folder import Run
from embedkit.spaces.imported import KIND
from embedkit.studies.words import study_words as study

__all__ = ["checksum_of", "study"]


def checksum_of(run: Run) -> str:
    """The checksum of the file as it is now.

    Raises:
        CorpusError: it is gone.
    """
    file = Path(run.config[KIND]["path"])
    if not file.is_file():
        raise CorpusError(f"{file}: no such file")
    return sha256([file])
