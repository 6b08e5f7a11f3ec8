"""Commands as processes that load nothing: each is forked from this one, which has loaded what they need.

A process that was forked can be watched: hooks on what Python does to files tell the moments at which it may be killed.
The hooks live in the forked process alone; the kit knows nothing of them.
"""

import importlib
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
"""To be set before torch, numpy or numba are loaded: a fork survives no pool of threads."""
OPENED, BEFORE, AFTER, OTHER = "file open", "before a rename", "after a rename", "folder made, file removed"
MOMENTS = (OPENED, BEFORE, AFTER, OTHER)
_FORK = multiprocessing.get_context("fork")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_NAMED = {"os.rename": BEFORE, "os.remove": OTHER, "os.mkdir": OTHER, "os.rmdir": OTHER}


@dataclass(frozen=True)
class Moment:
    """What a process does to a file in its folder: the first thing it does there has the number 1."""

    number: int
    name: str
    file: str


@dataclass
class Command:
    """A command that runs in a process of its own.

    Attributes:
        started: by `time.monotonic`, when it began to run.
    """

    process: Any
    output: Path
    pipe: IO[bytes]
    started: float

    def ended(self, seconds: float = 600) -> int:
        """Its exit code, or minus the signal that killed it.

        Raises:
            TimeoutError: it has not ended; it is killed.
        """
        self.process.join(seconds)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise TimeoutError(f"not ended after {seconds} s: {self.printed()}")
        return int(self.process.exitcode)

    def printed(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def kill_after(self, seconds: float) -> None:
        """Kill it when it has run for so long; one that has ended by then is left alone."""
        self.process.join(max(0.0, self.started + seconds - time.monotonic()))
        self.process.kill()

    def kill_at_moment(self, delay: float) -> Moment | None:
        """Wait until it tells that it has come to its moment, and kill it; where that opens a file, so many seconds
        later. None where it ended before."""
        line = self.pipe.read(4096)  # empty where the process has ended
        if not line:
            return None
        moment = Moment(*json.loads(line))
        if moment.name == OPENED:
            time.sleep(delay)
            self.process.kill()
        return moment


def start(
    words: Sequence[str],
    folder: Path,
    output: Path,
    *,
    prepare: Callable[[], None] = lambda: None,
    at: int | None = None,
    log: Path | None = None,
) -> Command:
    """Run a command line of the kit in a folder, which holds its runs, corpora and temporary files.

    Args:
        output: gets what it prints.
        prepare: called in the process before the command.
        at: the number of the moment at which it is to kill itself, or of an opening to tell it; see
            `Command.kill_at_moment`.
        log: gets every moment that it comes by, a JSON list of number, name and file a line.
    """
    told, telling = os.pipe()
    began, beginning = os.pipe()
    process = _FORK.Process(target=_run, args=(list(words), folder, output, prepare, at, log, telling, beginning))
    process.start()
    os.close(telling)
    os.close(beginning)
    os.read(began, 1)
    os.close(began)
    return Command(process, output, os.fdopen(told, "rb", buffering=0), time.monotonic())


def _run(
    words: list[str],
    folder: Path,
    output: Path,
    prepare: Callable[[], None],
    at: int | None,
    log: Path | None,
    telling: int,
    beginning: int,
) -> None:
    target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)
    try:
        os.chdir(folder)
        os.environ.update(
            EMBEDKIT_RUNS=str(folder / "runs"), EMBEDKIT_DATA=str(folder / "data"), TMPDIR=str(folder / "tmp")
        )
        tempfile.tempdir = None
        sys.argv = ["embedkit", *words]
        from embedkit.cli.edge import run
        from embedkit.leftovers import sweep_once

        sweep_once.cache_clear()
        prepare()
        if at is not None or log is not None:
            watch(folder, at, log, telling)
        os.write(beginning, b"b")
        code = run(words)
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.exit(code)


def watch(folder: Path, at: int | None, log: Path | None, telling: int) -> None:
    """Hook into what this process does to the files of a folder, and let it kill itself at a moment."""
    root, count = f"{folder}{os.sep}", 0
    record = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    replace = os.replace

    def come_by(name: str, path: str) -> None:
        nonlocal count
        count += 1
        line = json.dumps([count, name, path.removeprefix(root)]) + "\n"
        if record is not None:
            os.write(record, line.encode())
        if count == at:
            os.write(telling, line.encode())
            if name != OPENED:  # there whoever started this kills it while it goes on
                os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, values: tuple[Any, ...]) -> None:
        if event == "open":
            name = OPENED if isinstance(values[2], int) and values[2] & _WRITES else None
        else:
            name = _NAMED.get(event)
        if name is None or not isinstance(values[0], str | bytes | os.PathLike):
            return
        path = os.path.abspath(os.fsdecode(values[0]))
        if path.startswith(root):
            come_by(name, path)

    def renamed(source: Any, target: Any, **more: Any) -> None:
        replace(source, target, **more)
        path = os.path.abspath(os.fsdecode(target))
        if path.startswith(root):
            come_by(AFTER, path)

    hooked: Any = renamed
    os.replace = os.rename = hooked
    sys.addaudithook(heard)


def load_all(commands: Sequence[Sequence[str]], folder: Path, prepare: Callable[[], None]) -> None:
    """Load what the commands load, which a process finds out that does them one after the other.

    Their loops are compiled into numba's cache by the way.
    """
    receiving, sending = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=partial(_rehearse, commands, folder, prepare, sending))
    process.start()
    names = receiving.recv()
    process.join()
    for name in names:
        with suppress(Exception):
            importlib.import_module(name)
    import torch

    torch.set_num_threads(1)


def _rehearse(commands: Sequence[Sequence[str]], folder: Path, prepare: Callable[[], None], sending: Any) -> None:
    before = set(sys.modules)
    codes = []
    for number, words in enumerate(commands):
        command = partial(_run, list(words), folder, folder / f"loaded-{number}.txt", prepare, None, None, 2, 2)
        try:
            command()
        except SystemExit as end:
            codes.append(end.code)
    sending.send(sorted(set(sys.modules) - before))
