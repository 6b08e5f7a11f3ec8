"""A shell may close what a command reads and prints to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def called(tmp_path: Path, words: str, closed: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "EMBEDKIT_RUNS": str(tmp_path / "runs")}
    command = f"{sys.executable} -m embedkit {words} {closed}"
    return subprocess.run(
        command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("closed", [">&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_what_is_closed_is_read_as_empty_and_written_nowhere(tmp_path: Path, closed: str) -> None:
    (tmp_path / "x.vec").write_text("king 1 0.5\nqueen 0.5 1\n")
    done = called(tmp_path, "export x.vec --format npz --out out.npz", closed)
    assert done.returncode == 0, done.stderr
    assert "traceback" not in done.stderr.lower()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.npz", "runs", "x.vec"]


def test_an_error_is_one_without_a_reader_too(tmp_path: Path) -> None:
    done = called(tmp_path, "neighbors king --space nope", ">&-")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert called(tmp_path, "neighbors king --space nope", "2>&-").returncode == 2
