"""What a killed process leaves behind: its temporary files carry its number, so that a later process knows whose they
are, and removes those of the dead where it writes itself."""

import os
import re
import shutil
import socket
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

_NAME = re.compile(r"\.embedkit-(?P<process>\d+)-(?P<machine>[0-9a-f]{8})-[0-9a-z_]{8}(?:\..*)?")
_UNNUMBERED = re.compile(r"\.[0-9a-f]{8}-.+|\.tmp[0-9A-Za-z]{6}|\.words\.txt")
"""Those of versions before 0.3, and what safetensors writes to before it renames it."""
_DAY = 86_400.0


def temporary_name(suffix: str = "") -> str:
    """A new name for a temporary file or folder of this process: hidden, with its number and its machine's."""
    return f".embedkit-{os.getpid()}-{machine()}-{uuid4().hex[:8]}{suffix}"


def is_dead(process: int, where: str, changed: float) -> bool:
    """Whether a process has ended. Of another machine it cannot be known: it is taken for dead after a day.

    Args:
        where: its `machine`.
        changed: when its file was changed last, in seconds of the epoch.
    """
    if where != machine() or os.name == "nt":
        return time.time() - changed > _DAY
    return not _lives(process)


@cache
def machine() -> str:
    """What numbers of processes are unique on: a host, and a container's own numbering."""
    numbering = ""
    with suppress(OSError):
        numbering = os.readlink("/proc/self/ns/pid")
    return f"{zlib.crc32(f'{socket.gethostname()} {numbering}'.encode()):08x}"


def sweep(folder: Path, *, unnumbered: bool = False) -> None:
    """Remove the temporary files and folders in `folder` whose process is dead. Of another machine, or a container, it
    cannot be known: theirs go when they are a day old.

    Args:
        unnumbered: those without a process's number too, since nobody else writes to the folder now.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and _is_left(entry, unnumbered):
                _remove(Path(entry.path))


@cache
def sweep_once(folder: Path) -> None:
    """`sweep`, the first time that this process writes to the folder."""
    sweep(folder)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder under the temporary one, removed at the end; those of dead processes are removed first."""
    folder = new_scratch_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_scratch_folder() -> Path:
    """A folder as `scratch_folder`'s, which the caller removes."""
    parent = Path(tempfile.gettempdir())
    sweep_once(parent)
    return Path(tempfile.mkdtemp(prefix=f".embedkit-{os.getpid()}-{machine()}-", dir=parent))


def is_temporary(name: str) -> bool:
    """Whether a file or folder of this name is one that a process of the kit removes when it has done."""
    return _NAME.fullmatch(name) is not None


def _is_left(entry: os.DirEntry[str], unnumbered: bool) -> bool:
    match = _NAME.fullmatch(entry.name)
    if match is None:
        return unnumbered and _UNNUMBERED.fullmatch(entry.name) is not None
    status = entry.stat(follow_symlinks=False)
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        return False
    return is_dead(int(match["process"]), match["machine"], status.st_mtime)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # somebody else's
    return True


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
