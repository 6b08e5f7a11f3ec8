"""One process at a time in a folder: a lock that ends with the process which holds it.

The lock is flock's (through filelock) on FOLDER/.lock, where the holder writes who it is. On network file systems it
holds as far as theirs does.
"""

import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from embedkit.files import read_json
from embedkit.leftovers import is_dead, machine
from embedkit.progress import Progress, no_progress
from embedkit.shortage import room_for

LOCK = ".lock"
_LOOK_EVERY = 0.2  # seconds


def lock_of(folder: Path) -> FileLock:
    """The lock of a folder, the same one wherever this thread asks for it: it may take it several times."""
    return FileLock(folder / LOCK, is_singleton=True)


@contextmanager
def alone(folder: Path, *, progress: Progress = no_progress) -> Iterator[None]:
    """Hold the lock of a folder, which is made where there is none, when whoever holds it now has done; `progress` is
    told who that is."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = lock_of(folder)
    acquire(lock, folder, wait=True, progress=progress)
    try:
        if lock.lock_counter == 1:
            sign(folder)
        yield
    finally:
        if lock.lock_counter == 1:
            forget(folder)
        lock.release()


def acquire(lock: FileLock, folder: Path, *, wait: bool, progress: Progress = no_progress) -> bool:
    """Take the lock of a folder; False where another process holds it and shall not be waited for."""
    try:
        lock.acquire(timeout=0)
        return True
    except Timeout:
        if not wait:
            return False
    while True:
        progress(None, f"waiting for {holder(folder)} to be done with {folder}")
        with suppress(Timeout):
            lock.acquire(timeout=_LOOK_EVERY)
            return True


def sign(folder: Path, **more: Any) -> None:
    """Say in a folder's lock who this process is, and more. It is written in one go over what stood there, so that a
    kill leaves no half of it."""
    with room_for(folder / LOCK):
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            text = json.dumps({**_self(), **more}).encode()
            os.write(descriptor, text.ljust(os.fstat(descriptor).st_size))
        finally:
            os.close(descriptor)


def forget(folder: Path) -> None:
    """Take back what `sign` said."""
    with suppress(OSError):  # the folder was removed meanwhile
        os.truncate(folder / LOCK, 0)


def signature(folder: Path) -> dict[str, Any]:
    """What the holder of a folder's lock wrote there; nothing where it was given back, or cannot be read."""
    try:
        record = read_json(folder / LOCK)
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def is_held(folder: Path) -> bool:
    """Whether the process that signed a folder's lock lives; not where it has taken that back. On another machine it is
    taken to live for a day, since it cannot be known."""
    about = signature(folder)
    try:
        return not is_dead(int(about["process"]), str(about["machine"]), (folder / LOCK).stat().st_mtime)
    except (OSError, LookupError, TypeError, ValueError):
        return False


def holder(folder: Path) -> str:
    """Who holds the lock of a folder, in words; as far as that can be read."""
    about = signature(folder)
    try:
        where = "" if about["host"] == socket.gethostname() else f" on {about['host']}"
        return f"`{about['command']}` (process {int(about['process'])}{where}, since {about['since']})"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _self() -> dict[str, str | int]:
    return {
        "process": os.getpid(),
        "machine": machine(),
        "host": socket.gethostname(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200],
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }
