"""One writer a run: a lock on its folder that ends with the process which holds it.

The lock is flock's (through filelock) on RUN/.lock, where the holder writes who it is. On network file systems it holds
as far as theirs does.
"""

import errno
import json
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from embedkit.errors import RunError
from embedkit.files import read_json
from embedkit.leftovers import sweep
from embedkit.progress import Progress, no_progress
from embedkit.shortage import room_for

LOCK = ".lock"
CONFIG, METRICS = "config.toml", "metrics.json"
UNFINISHED = ("state.safetensors", "encoded")
"""What a run has only until it has finished."""
_LOOK_EVERY = 0.2  # seconds
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
    lock = FileLock(path / LOCK, is_singleton=True)
    try:
        path.mkdir(parents=True, exist_ok=True)
        _acquire(lock, path, wait, progress)
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        yield
        return
    try:
        if lock.lock_counter == 1:
            _tidy(path)
            with room_for(path / LOCK):
                (path / LOCK).write_text(json.dumps({**_self(), "new": is_free(path)}), encoding="utf-8")
        yield
    finally:
        if lock.lock_counter == 1:
            _forget(path / LOCK)
        lock.release()


def claim(path: Path, *, numbered: bool) -> Path:
    """Make the folder of a new run, which no other process then takes. Beginnings of runs beside it whose process was
    killed before there was anything to go on with are removed first.

    Args:
        numbered: where there is one of this name, take the first free of NAME-2, NAME-3, …; otherwise it is given as it
            is, for whoever trains there to refuse.

    Raises:
        OSError: nothing can be written there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_dead_beginnings(path.parent)
    number, free = 1, path
    while True:
        try:
            free.mkdir()
            return free
        except FileExistsError:
            if not numbered:
                return path
            number += 1
            free = path.with_name(f"{path.name}-{number}")


def unclaim(path: Path) -> None:
    """Remove the folder of a run that never began: one that holds nothing but its lock, which is held if any is."""
    try:
        if is_free(path):
            (path / LOCK).unlink(missing_ok=True)
            path.rmdir()
    except OSError:
        return  # it is gone, or somebody else has begun there


def empty(path: Path) -> None:
    """Remove everything in the folder of a run, whose lock this process holds, but the lock."""
    for entry in path.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != LOCK:
            entry.unlink(missing_ok=True)


def is_free(path: Path) -> bool:
    """Whether nothing is in the folder of a run but its lock."""
    return {file.name for file in path.iterdir()} <= {LOCK}


def holder(path: Path) -> str:
    """Who writes to the run at `path`, in words; as far as that can be read."""
    about = _record(path)
    try:
        where = "" if about["host"] == socket.gethostname() else f" on {about['host']}"
        return f"`{about['command']}` (process {int(about['process'])}{where}, since {about['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _record(path: Path) -> dict[str, Any]:
    """What the holder of a lock wrote there; nothing where it was given back, or cannot be read."""
    try:
        record = read_json(path / LOCK)
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _tidy(path: Path) -> None:
    """Remove what killed processes left in a run's folder, whose lock this one holds: temporary files, what only an
    unfinished run needs of one that has finished, and all of one that began in an empty folder and never became a run.
    """
    if _record(path).get("new") is True and not (path / CONFIG).exists():
        empty(path)
    for folder, _, _ in os.walk(path):
        sweep(Path(folder), unnumbered=True)
    if (path / METRICS).exists():
        for name in UNFINISHED:
            if (path / name).is_dir():
                shutil.rmtree(path / name, ignore_errors=True)
            else:
                (path / name).unlink(missing_ok=True)


def _remove_dead_beginnings(folder: Path) -> None:
    for lock in folder.glob(f"[!.]*/{LOCK}"):
        path = lock.parent
        if lock.stat().st_size and not (path / CONFIG).exists() and _record(path).get("new") is True:
            with suppress(RunError, OSError), writing(path):  # an error where its process lives
                unclaim(path)


def _acquire(lock: FileLock, path: Path, wait: bool, progress: Progress) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if not wait:
            raise RunError(
                f"{path} is being written to by {holder(path)}; wait for it, or choose another --name"
            ) from None
        while True:
            progress(None, f"waiting for {holder(path)} to be done with {path}")
            try:
                lock.acquire(timeout=_LOOK_EVERY)
                return
            except Timeout:
                continue


def _self() -> dict[str, str | int]:
    return {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _forget(file: Path) -> None:
    try:
        file.write_text("", encoding="utf-8")
    except OSError:
        return  # the run was removed meanwhile
