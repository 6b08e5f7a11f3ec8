"""The folder in which a server's jobs leave their files. It goes with the server; one that was killed leaves it to the
next server that starts."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "embedkit-serve-"
_LOCK = ".lock"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of this server's own, locked while it lives. Those of servers that live no more are removed first."""
    _sweep(Path(tempfile.gettempdir()))
    folder, lock = _locked()
    try:
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _locked() -> tuple[Path, FileLock]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = FileLock(folder / _LOCK)
        try:
            lock.acquire(timeout=0)
            if (folder / _LOCK).exists():
                return folder, lock
            lock.release()
        except (Timeout, FileNotFoundError):
            pass  # another server took it for one that was left, before it was locked


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{PREFIX}*"):
        try:
            about = left.lstat()
            own = not hasattr(os, "getuid") or about.st_uid == os.getuid()
            # Without a lock it is an earlier version's, whose server may live.
            if not (own and stat.S_ISDIR(about.st_mode) and (left / _LOCK).is_file()):
                continue
            with FileLock(left / _LOCK, timeout=0):
                shutil.rmtree(left, ignore_errors=True)
        except (Timeout, OSError):
            continue  # its server lives, or another one sweeps
