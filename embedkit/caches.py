"""Where caches go of somebody, such as a service, who has no home folder to write to."""

import os
import tempfile
import warnings
from functools import cache
from pathlib import Path

from embedkit.errors import EmbedkitWarning


@cache
def temporary_cache(name: str, what: str, variable: str) -> Path:
    """A folder of this user's under the temporary one, which is said when it is made. Nobody else can write to it: what
    is in a cache is trusted.

    Args:
        what: is kept there, as a person calls it.
        variable: of the environment, which names another place.

    Raises:
        OSError: there is no temporary folder that can be written.
    """
    user = os.getuid() if hasattr(os, "getuid") else "own"
    folder = Path(tempfile.gettempdir()) / f"embedkit-{name}-{user}"
    try:
        folder.mkdir(mode=0o700)
        _tell(folder, what, variable)
    except FileExistsError:
        if not _is_own(folder):
            folder = Path(tempfile.mkdtemp(prefix=f"embedkit-{name}-"))
            _tell(folder, what, variable)
    return folder


def can_write(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself where there is none."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _is_own(folder: Path) -> bool:
    status = folder.lstat()
    mine = not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)
    return mine and folder.is_dir() and not folder.is_symlink()


def _tell(folder: Path, what: str, variable: str) -> None:
    warnings.warn(
        f"{what} kept in {folder}, since there is no other place to write to; the variable {variable} names one",
        EmbedkitWarning,
        stacklevel=2,
    )
