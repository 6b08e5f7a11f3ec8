"""What a report of an embedding file needs, and whether the file is still the one that was read."""

from embedkit.errors import CorpusError, SpaceError
from embedkit.runs.folder import Run
from embedkit.spaces import imported
from embedkit.studies.words import study_words as study

__all__ = ["checksum_of", "study"]


def checksum_of(run: Run) -> str:
    """The checksum of the file, or of the files of the folder, and of its labels, as they are now.

    Raises:
        CorpusError: they are gone, or there was no file: the vectors came from a program's memory.
        RunError: the run's configuration is damaged.
    """
    try:
        return imported.checksum_of(run)
    except SpaceError as error:
        raise CorpusError(str(error)) from None
