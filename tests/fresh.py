"""New Python processes that need not load the heavy libraries: each is forked from one that has loaded them and nothing
of the kit."""

import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.heavy"])


@dataclass(frozen=True)
class Completed:
    returncode: int | None
    stdout: str
    stderr: str


def run_python(
    words: Sequence[str], *, folder: Path, path: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Completed:
    """`python -c CODE` or `python -m MODULE …` in a folder, with `path` as its PYTHONPATH, in a process of its own."""
    streams = [folder / f".stdout-{os.getpid()}", folder / f".stderr-{os.getpid()}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), **(environment or {})}
    process = FORKS.Process(target=_python, args=(list(words), folder, list(path), environment, streams))
    process.start()
    process.join(300)
    if process.is_alive():
        process.kill()
        pytest.fail(f"{words} has not ended in 300 s")
    out, err = (stream.read_text(encoding="utf-8") for stream in streams)
    for stream in streams:
        stream.unlink()
    return Completed(process.exitcode, out, err)


def _python(words: list[str], folder: Path, path: list[str], environment: dict[str, str], streams: list[Path]) -> None:
    for descriptor, stream in enumerate(streams, 1):
        os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[:0] = ["", *path]
    kind, what, *rest = words
    sys.argv = [kind, *rest]
    try:
        if kind == "-m":
            runpy.run_module(what, run_name="__main__", alter_sys=True)
        else:
            main = sys.modules["__main__"] = ModuleType("__main__")
            exec(compile(what, "<string>", "exec"), main.__dict__)
    finally:
        sys.stdout.flush()
