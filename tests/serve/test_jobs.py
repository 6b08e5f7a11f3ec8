"""Jobs of the explorer by themselves."""

import time
from pathlib import Path

import pytest

from embedkit.serve.jobs import FAILED, OVER, Jobs


def test_what_fails_unexpectedly_is_told_to_both_sides(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    jobs = Jobs(tmp_path, tmp_path / "runs")
    job = jobs.submit("visitor", "map", {}, "a map of nothing", ".npz")
    deadline = time.monotonic() + 30
    while job.state not in OVER and time.monotonic() < deadline:
        time.sleep(0.05)
        jobs.look()
    assert (job.state, job.why) == (FAILED, "this should not have happened (KeyError: 'run')")
    log = capfd.readouterr().err
    assert log.startswith("Traceback")
    assert log.rstrip().endswith("KeyError: 'run'")
