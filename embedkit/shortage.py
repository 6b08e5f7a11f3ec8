"""What a machine runs out of: room on a disk, and memory. Whoever says so, and in whatever words, it is one line."""

import errno
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from embedkit.numerals import data_size

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_RUST = re.compile(r"\(os error (\d+)\)")  # as safetensors and tokenizers put it
_TOFILE = re.compile(r"\d+ requested and \d+ written")  # numpy's, which has no number
_NO_MEMORY = re.compile(
    r"can't allocate memory|not enough memory|out of memory|bad_alloc|cannot allocate memory|"
    r"can't start new thread|failed to launch worker thread|failed to map segment",
    re.IGNORECASE,
)
_NEEDED = re.compile(r"(?:allocate|malloc of size|realloc of size) (\d[\d.]*) ?(bytes|[KMGTPE]?iB)?", re.IGNORECASE)
_POWERS = ("bytes", "kib", "mib", "gib", "tib", "pib", "eib")
_LIBRARIES = {"torch": 560 << 20, "pyarrow": 230 << 20}
"""Bytes of addresses that loading one takes, measured on Linux with a thread, and some more."""
_KILLED = "TerminatedWorkerError"  # joblib's
MAKE_ROOM, ALLOW_MORE = "make room there", "allow larger ones"
TAKE_LESS = "close what else is running, or take less at once (smaller sizes, batches or --limit, fewer --workers)"


class NoRoomError(OSError):
    """A file could not be written: its disk or a quota is full, or files may not be so large.

    Attributes:
        needed: bytes that the whole file has, where that is known.
    """

    needed: int | None = None


@contextmanager
def room_for(path: str | Path, needed: int | None = None) -> Iterator[None]:
    """Whatever finds no room meanwhile, in whatever words, is an error about `path`, which has `needed` bytes.

    Raises:
        NoRoomError: the disk or a quota is full, or files may not be so large.
    """
    try:
        yield
    except Exception as error:
        number = _full(error)
        if number is None or isinstance(error, NoRoomError):
            raise
        described = NoRoomError(number, os.strerror(number), str(path))
        described.needed = needed
        raise described from error


def is_shortage(error: BaseException) -> bool:
    """Whether there was too little room or memory; what was written before is whole, and more can be done later."""
    return _full(error) is not None or _lacks_memory(error)


def shortage(error: BaseException) -> str | None:
    """What there is too little of, how much was needed where that is known, and what to do about it; None where the
    error is about something else. What stands in the error's notes is what to do."""
    number = _full(error)
    if number is not None:
        return f"{_disk(error, number)}; {_advice(error, ALLOW_MORE if number == errno.EFBIG else MAKE_ROOM)}"
    if _lacks_memory(error):
        return f"{_memory(error)}; {_advice(error, TAKE_LESS)}"
    return None


def may_use_threads() -> bool:
    """Whether libraries may start threads of their own. Where a process may have so much memory and no more each of
    them takes of it, and what fails in one ends the process without a word."""
    return not memory_is_limited()


def memory_is_limited() -> bool:
    """Whether this process may have so many addresses and no more."""
    return _limit() is not None


class _NoRoomToLoad(MemoryError, ImportError):
    """Of an import that was made to see whether a library is there it says that it is not."""


class _Watch:
    """Asks before a large library is loaded whether it fits. Some end the process without a word if it does not."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Raises:
        MemoryError: there are too few addresses left for it.
        """
        needed, limit = _LIBRARIES.get(name), _limit()
        if needed is None or limit is None or name in sys.modules:
            return
        with suppress(OSError, ValueError):
            taken = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGESIZE")
            if taken + needed > limit:
                raise _NoRoomToLoad(f"cannot allocate {needed} bytes, in which {name} is loaded")


def watch_imports() -> None:
    """Where memory is limited, have a library that does not fit be a MemoryError, instead of the end of the process."""
    if _limit() is not None and not any(isinstance(each, _Watch) for each in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def _advice(error: BaseException, first: str) -> str:
    return ", ".join((first, *(getattr(error, "__notes__", None) or ["then run the same command again"])))


def _full(error: BaseException) -> int | None:
    """The number of the system's error where there is no room for a file."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno if error.errno in _FULL else None
    if isinstance(error, OSError) and _TOFILE.search(str(error)):
        return errno.ENOSPC
    if isinstance(error, Exception) and (match := _RUST.search(str(error))):
        return int(match[1]) if int(match[1]) in _FULL else None
    return None


def _lacks_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError) or type(error).__name__ in ("OutOfMemoryError", _KILLED):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    if isinstance(error, SystemError):  # Python's own, where there was no memory left for an error
        return _limit() is not None
    named = isinstance(error, RuntimeError | ImportError) or type(error).__module__.startswith("pyarrow")
    return named and bool(_NO_MEMORY.search(str(error)))


def _disk(error: BaseException, number: int) -> str:
    name = getattr(error, "filename", None)
    needed = getattr(error, "needed", None)
    size = f" its {data_size(needed)}" if needed else " it"
    start = f"{name}: " if name else ""
    if number == errno.EFBIG:
        return f"{start}there is no room for{size}: no file may have more than {_largest()} here (see `ulimit -f`)"
    folder = _existing(Path(name)) if name else None
    disk = f"the disk at {_mount(folder)}" if folder else "a disk"
    if number == errno.EDQUOT:
        return f"{start}there is no room for{size}: what you may use of {disk} is used up"
    free = _free(folder) if folder else ""
    return f"{start}there is no room for{size}: {disk} is full{free}"


def _free(folder: Path) -> str:
    with suppress(OSError):
        usage = shutil.disk_usage(folder)
        if hasattr(os, "statvfs") and (disk := os.statvfs(folder)).f_files and not disk.f_favail:
            return ", it can hold no more files"
        return f", {data_size(usage.free)} of its {data_size(usage.total)} are free"
    return ""


def _existing(path: Path) -> Path | None:
    """The nearest folder that is there, of a file that may not be."""
    return next((folder for folder in path.absolute().parents if folder.is_dir()), None)


def _mount(folder: Path) -> Path:
    folder = folder.resolve()
    return next((each for each in (folder, *folder.parents) if os.path.ismount(each)), folder)


def _largest() -> str:
    with suppress(ImportError, OSError):
        import resource

        return data_size(resource.getrlimit(resource.RLIMIT_FSIZE)[0])
    return "so many bytes"


def _memory(error: BaseException) -> str:
    if type(error).__name__ == _KILLED:
        return "a process that worked beside this one was killed, most likely because memory ran out"
    match = _NEEDED.search(str(error))
    needed = ""
    if match:
        power = _POWERS.index((match[2] or "bytes").lower())
        needed = f": {_binary_size(float(match[1]) * 1024**power)} were asked for"
    limit = _limit()
    free = f", a process may have {_binary_size(limit)} (see `ulimit -v`)" if limit else _available()
    return f"memory ran out{needed}{free}"


def _binary_size(count: float) -> str:
    return data_size(round(count)) if count < 1e12 else f"{count / 1e12:,.0f} TB"


def _limit() -> int | None:
    with suppress(ImportError, OSError):
        import resource

        soft = resource.getrlimit(resource.RLIMIT_AS)[0]
        return None if soft == resource.RLIM_INFINITY else soft
    return None


def _available() -> str:
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return f", {data_size(int(line.split()[1]) * 1024)} are free"
    return ""
