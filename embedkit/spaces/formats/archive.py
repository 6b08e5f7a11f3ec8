"""Zip archives: the file of embeddings in one, or what one is that holds none."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import IO

from embedkit.errors import SpaceError, did_you_mean
from embedkit.spaces.formats.compressed import ANY_GROWTH, GROWTH
from embedkit.spaces.tables.frame import listed

ZIP = b"PK\x03\x04"
_ASIDE = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_SIGNS = {
    "xl/": "an Excel workbook; save its sheet as CSV",
    "word/": "a Word document; save its table as CSV",
    "content.xml": "an OpenDocument file; save its sheet as CSV",
    "Index/": "a Numbers or Pages document; export it as CSV",
    "data.pkl": "a file of torch.save, which is a pickle and not opened; save its words and vectors as .npz",
    "META-INF/MANIFEST.MF": "a Java archive",
}
"""What stands in a zip archive that is something else."""


def members(handle: IO[bytes]) -> list[str] | None:
    """The names of the files in a zip archive; None where a file is none."""
    try:
        with zipfile.ZipFile(handle) as archive:
            names = [each.filename for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    finally:
        handle.seek(0)
    return names


def is_npz_archive(names: list[str]) -> bool:
    """Whether these are the members of an .npz."""
    return bool(names) and all(name.endswith(".npy") or name.endswith((".utf8", ".ends")) for name in names)


@contextmanager
def member_opened(
    path: Path, handle: IO[bytes], names: list[str], member: str, *, bounded: bool
) -> Iterator[tuple[IO[bytes], str]]:
    """The file in a zip archive that is meant, opened, and its name.

    Raises:
        SpaceError: there is no such file, several may be meant, it grows beyond bounds, or the archive is of something
            else.
    """
    for sign, what in _SIGNS.items():
        if any(
            name == sign or name.endswith(f"/{sign}") or (sign.endswith("/") and name.startswith(sign))
            for name in names
        ):
            raise SpaceError(f"{path}: {what}")
    files = [name for name in names if not any(aside in name for aside in _ASIDE)]
    if not files:
        raise SpaceError(f"{path}: an archive with no file in it")
    if member:
        matches = [name for name in files if member in (name, Path(name).name)]
        if not matches:
            alike = get_close_matches(member, files, n=3)
            advice = did_you_mean(alike) if alike else f"it has {listed(files)}"
            raise SpaceError(f"{path}: no file {member!r} in it; {advice}")
        files = matches
    if len(files) > 1:
        ways = " or ".join(f"{path}:{name}" for name in files[:3])
        raise SpaceError(f"{path}: holds {listed(files)}; name one: {ways}")
    with zipfile.ZipFile(handle) as archive:
        size = archive.getinfo(files[0]).file_size
        if bounded:
            _refuse_growth(path, repr(files[0]), size, "unpack it first, or --limit N reads the first N points")
        try:
            inner = archive.open(files[0])
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise SpaceError(f"{path}: {files[0]!r} cannot be unpacked ({error}); unpack it first") from None
        with inner:
            yield inner, files[0]


def refuse_growth(path: Path, handle: IO[bytes]) -> None:
    """Raises:
    SpaceError: a zip archive whose files are all read, such as an .npz, unpacks to more than such files do.
    """
    with zipfile.ZipFile(handle) as archive:
        size = sum(member.file_size for member in archive.infolist())
    _refuse_growth(path, "it", size, "save its arrays uncompressed, by numpy.savez")
    handle.seek(0)


def _refuse_growth(path: Path, what: str, size: int, advice: str) -> None:
    most = max(ANY_GROWTH, GROWTH * path.stat().st_size)
    if size > most:
        raise SpaceError(
            f"{path}: {what} unpacks to {size:,} bytes, more than {most:,}, which no file of vectors does; {advice}"
        )
