"""What several workers need and takes long to make, made by the first that needs it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A copy, for this worker alone, of a folder that `make` filled once in this run of the tests."""
    worker = factory.mktemp(name, numbered=False)
    base = factory.getbasetemp()
    shared = (base.parent if base.name.startswith("popen-") else base) / f"{name}-made-once"
    with FileLock(shared.with_suffix(".lock")):
        if not shared.exists():
            make(worker)
            unfinished = shared.with_suffix(".unfinished")
            shutil.copytree(worker, unfinished)
            unfinished.rename(shared)
            return worker
    return shutil.copytree(shared, worker, dirs_exist_ok=True)
