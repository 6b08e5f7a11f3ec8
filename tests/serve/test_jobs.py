"""Jobs of the explorer by themselves."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedkit.config.serve import WAITING_JOBS
from embedkit.serve.desk import CrowdedError
from embedkit.serve.jobs import CANCELLED, FAILED, OVER, RUNNING, WAITING, Job, Jobs
from embedkit.serve.turns import Asker


def test_what_fails_unexpectedly_is_told_to_both_sides(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    jobs = Jobs(tmp_path, tmp_path / "runs")
    job = jobs.submit(Asker("127.0.0.1"), "map", {}, "a map of nothing", ".npz")
    deadline = time.monotonic() + 30
    while job.state not in OVER and time.monotonic() < deadline:
        time.sleep(0.05)
        jobs.look()
    assert (job.state, job.why) == (FAILED, "this should not have happened (KeyError: 'run')")
    log = capfd.readouterr().err
    assert log.startswith("Traceback")
    assert log.rstrip().endswith("KeyError: 'run'")


KILLED = """
import multiprocessing, threading, time
from embedkit.serve.work import _end_with_server

def job():
    threading.Thread(target=_end_with_server, daemon=True).start()
    time.sleep(60)

multiprocessing.get_context("fork").Process(target=job).start()
print("started", flush=True)
time.sleep(60)
"""


def test_a_job_ends_with_a_server_that_is_killed() -> None:
    server = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline() == "started\n"
    server.kill()
    assert server.communicate(timeout=10)[0] == ""  # at its end, which nobody holds open any more


A, B, OTHER = Asker("10.0.0.1", "a"), Asker("10.0.0.1", "b"), Asker("10.0.0.2", "c")


@pytest.fixture
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """Jobs of which none ends by itself: in place of a process they only stand as running."""

    def start(_jobs: Jobs, job: Job) -> None:
        job.state = RUNNING

    monkeypatch.setattr(Jobs, "_start", start)
    monkeypatch.setattr(Jobs, "_listen", lambda _jobs, _job: None)
    jobs = Jobs(tmp_path, tmp_path / "runs")
    yield jobs
    jobs.close()


def submit(jobs: Jobs, asker: Asker, key: str) -> Job:
    return jobs.submit(asker, "map", {}, key, ".npz")


def test_a_job_lives_while_anybody_wants_it(queue: Jobs) -> None:
    job = submit(queue, A, "same")
    assert submit(queue, OTHER, "same") is job
    submit(queue, A, "another")  # which takes the first visitor out of it, and nobody else
    assert queue.status(job, OTHER)["state"] == RUNNING
    assert queue.status(job, A)["state"] == CANCELLED
    queue.withdraw(job.identity, B)  # who never asked for it
    assert job.state == RUNNING
    assert submit(queue, A, "same") is job
    assert queue.status(job, A)["state"] == RUNNING
    queue.withdraw(job.identity, OTHER)
    assert job.state == RUNNING
    queue.withdraw(job.identity, A)
    assert job.state == CANCELLED


def test_the_queue_is_fair_and_makes_room(queue: Jobs) -> None:
    crowd = [submit(queue, Asker("10.0.0.1", str(n)), f"crowd {n}") for n in range(1 + WAITING_JOBS)]
    assert [job.state for job in crowd] == [RUNNING] + [WAITING] * WAITING_JOBS
    with pytest.raises(CrowdedError, match="8 jobs wait already"):
        submit(queue, A, "one more of the same address")
    honest = submit(queue, OTHER, "honest")
    assert queue.status(honest, OTHER)["ahead"] == 1
    assert [job.state for job in crowd[-2:]] == [WAITING, FAILED]
    assert crowd[-1].why.startswith("others wait too")
    queue.withdraw(crowd[0].identity, Asker("10.0.0.1", "0"))
    assert honest.state == RUNNING
