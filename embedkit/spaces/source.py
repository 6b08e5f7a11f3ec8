"""Where an embedding space of somebody else's lies: a file, a folder, or a member of an archive."""

from dataclasses import dataclass
from pathlib import Path

from embedkit.errors import UsageError
from embedkit.files import missing_file
from embedkit.spaces.formats.parts import parts_of
from embedkit.spaces.formats.table import format_of_folder, suffixes

_PACKED = (".gz", ".bz2", ".xz", ".zip")


@dataclass(frozen=True)
class EmbeddingSource:
    """A file or folder, and of an archive with several files the one that is meant."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """What it is called, such as "glove.6B.zip:glove.6B.100d.txt"."""
        return f"{self.path.name}:{self.member}" if self.member else self.path.name

    @property
    def files(self) -> list[Path]:
        """The file, or those of the folder by name, with the parts of a table that lie deeper."""
        if not self.path.is_dir():
            return [self.path]
        files = {file for file in self.path.iterdir() if file.is_file() and not file.name.startswith(".")}
        return sorted(files.union(parts_of(self.path)))


def embedding_source(text: str | Path) -> EmbeddingSource | None:
    """The file or folder that a text names, "ARCHIVE.zip:MEMBER" one of several; None where there is none.

    A folder counts where it is of a known format and no run, a file where it is not a run's own.
    """
    path = Path(text)
    if path.is_file() and not (path.parent.name == "spaces" and (path.parent.parent / "config.toml").is_file()):
        return EmbeddingSource(path)
    if path.is_dir() and not (path / "config.toml").is_file() and format_of_folder(path) is not None:
        return EmbeddingSource(path)
    archive, colon, member = str(text).rpartition(":")
    if colon and member and Path(archive).is_file():
        return EmbeddingSource(Path(archive), member)
    return None


def refuse_missing_file(text: str) -> None:
    """Raises:
    UsageError: the text is a folder, or reads as a file's path, and there is no such file.
    """
    path = Path(text)
    if path.is_dir():
        raise UsageError(f"{text}: neither a run nor a folder of embeddings in a known format")
    archive = Path(text.rpartition(":")[0])
    endings = (*suffixes(), *_PACKED)
    if not (text.startswith((".", "/", "~")) or path.suffix.lower() in endings or archive.suffix.lower() == ".zip"):
        return
    raise missing_file(path)
