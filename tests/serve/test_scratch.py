"""The folder of a server's jobs: swept when its server lives no more, and no sooner."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from embedkit.serve.scratch import scratch_folder

HOLD = """
from embedkit.serve.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "map.npz").write_bytes(b"x")
    print(folder, flush=True)
    input()
"""


def test_what_a_killed_server_left_is_swept_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    other = Path(process.stdout.readline().strip())
    earlier = tmp_path / "embedkit-serve-of-an-earlier-version"
    earlier.mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / ".lock").touch()
    (tmp_path / "embedkit-serve-link").symlink_to(tmp_path / "target")
    try:
        with scratch_folder() as own:
            assert own.parent == tmp_path
            assert (other / "map.npz").is_file()
        assert not own.exists()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert other.is_dir()
        with scratch_folder() as own:
            assert {each.name for each in tmp_path.iterdir()} == {
                own.name,
                earlier.name,
                "target",
                "embedkit-serve-link",
            }
            assert (tmp_path / "target" / ".lock").exists()
    finally:
        process.kill()
        process.communicate()
