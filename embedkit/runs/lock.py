"""One writer a run: who writes to its folder holds the folder's lock."""

import errno
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from embedkit.errors import RunError
from embedkit.leftovers import sweep, temporary_name
from embedkit.lock import LOCK, acquire, forget, holder, is_held, lock_of, sign, signature
from embedkit.progress import Progress, no_progress

CONFIG, METRICS = "config.toml", "metrics.json"
UNFINISHED = ("state.safetensors", "encoded")
"""What a run has only until it has finished."""
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_NOT_WRITABLE = (errno.EACCES, errno.EROFS, errno.EPERM)


@contextmanager
def writing(path: Path, *, wait: bool = False, progress: Progress = no_progress) -> Iterator[None]:
    """Hold the lock of the run at `path`, whose folder is made where there is none; within one thread it may be held
    several times. Where nothing can be written there is nothing to guard, and no lock. What killed processes left in
    the folder is removed first.

    Args:
        wait: until another process has done with the run, told to `progress`; by default that is an error.

    Raises:
        RunError: another process writes to the run; it is named.
    """
    lock = lock_of(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not acquire(lock, path, wait=wait, progress=progress):
            raise being_written(path)
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        yield
        return
    try:
        if lock.lock_counter == 1:
            _tidy(path)
            sign(path, new=is_free(path))
        yield
    finally:
        if lock.lock_counter == 1:
            forget(path)
        lock.release()


def being_written(path: Path) -> RunError:
    """What to say to whoever wants to write to a run while another process does."""
    return RunError(f"{path} is being written to by {holder(path)}; wait for it, or choose another --name")


def claim(path: Path, *, numbered: bool) -> Path:
    """Make the folder of a new run, which no other process then takes. Beginnings of runs beside it whose process was
    killed before there was anything to go on with are removed first.

    It is made aside with a lock that says whose it is, and then renamed: at no moment is there a folder of which nobody
    could say whether its process lives.

    Args:
        numbered: where there is one of this name, take the first free of NAME-2, NAME-3, …; otherwise it is given as it
            is, for whoever trains there to refuse.

    Raises:
        OSError: nothing can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    _remove_dead_beginnings(path.parent)
    beginning = path.with_name(temporary_name())
    try:
        beginning.mkdir()
        sign(beginning, new=True)
        number, free = 1, path
        while not _renamed(beginning, free):
            if not numbered:
                return path
            number += 1
            free = path.with_name(f"{path.name}-{number}")
        return free
    finally:
        shutil.rmtree(beginning, ignore_errors=True)


def unclaim(path: Path) -> None:
    """Remove the folder of a run that never began: one that holds nothing but its lock, which is held if any is."""
    try:
        if is_free(path):
            (path / LOCK).unlink(missing_ok=True)
            path.rmdir()
    except OSError:
        return  # it is gone, or somebody else has begun there


def entries(path: Path) -> set[str]:
    """The names of what lies in the folder of a run; none where there is no folder, as where none can be made."""
    return {entry.name for entry in path.iterdir()} if path.exists() else set()


def empty(path: Path, but: Collection[str] = ()) -> None:
    """Remove everything in the folder of a run, whose lock this process holds, but the lock and the names in `but`."""
    for entry in [path / name for name in entries(path) if name not in but]:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != LOCK:
            entry.unlink(missing_ok=True)


def is_free(path: Path) -> bool:
    """Whether nothing is in the folder of a run but its lock."""
    return entries(path) <= {LOCK}


def _tidy(path: Path) -> None:
    """Remove what killed processes left in a run's folder, whose lock this one holds: temporary files, what only an
    unfinished run needs of one that has finished, and all of one that began in an empty folder and never became a run.
    """
    if signature(path).get("new") is True and not (path / CONFIG).exists():
        empty(path)
    for folder, _, _ in os.walk(path):
        sweep(Path(folder), unnumbered=True)
    if (path / METRICS).exists():
        for name in UNFINISHED:
            if (path / name).is_dir():
                shutil.rmtree(path / name, ignore_errors=True)
            else:
                (path / name).unlink(missing_ok=True)


def _renamed(folder: Path, name: Path) -> bool:
    """Whether a folder could be given a name; not where something has it already, unless that is an empty folder."""
    try:
        os.rename(folder, name)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True


def _remove_dead_beginnings(folder: Path) -> None:
    for lock in folder.glob(f"[!.]*/{LOCK}"):
        path = lock.parent
        with suppress(RunError, OSError):  # an error where somebody writes there
            if not (path / CONFIG).exists() and _is_dead_beginning(path):
                with writing(path):
                    unclaim(path)


def _is_dead_beginning(path: Path) -> bool:
    """Whether a folder without a config was begun by a process that was killed before it was a run."""
    record = signature(path)
    if not record:
        return is_free(path)  # killed when it had made the lock, and not signed it
    return record.get("new") is True and not is_held(path)
