"""Jobs of the explorer by themselves."""

import time
from pathlib import Path

import pytest

from embedkit.serve.jobs import FAILED, OVER, Jobs


def test_what_fails_unexpectedly_is_told_to_both_sides(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    jobs = Jobs(tmp_path, tmp_path / "runs")
    job = jobs.submit("visitor", "map", {}, "a map of nothing", ".npz")
    waited = time.monotonic() + 30
    while job.state not in OVER and time.monotonic() < waited:
        time.sleep(0.05)
        jobs.look()
    assert (job.state, job.why) == (FAILED, "this should not have happened (KeyError: 'run')")
    told = capfd.readouterr().err
    assert told.startswith("Traceback")
    assert told.rstrip().endswith("KeyError: 'run'")
