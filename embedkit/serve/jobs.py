"""What takes long, each job in a process of its own: one runs, some wait, any can be stopped."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from embedkit.config.serve import KEPT_JOBS, WAITING_JOBS
from embedkit.errors import UsageError
from embedkit.serve.work import run_job

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OVER = (DONE, FAILED, CANCELLED)
_SPAWN = get_context("spawn")  # a fork would copy the threads' locks as they happen to be


@dataclass
class Job:
    """A piece of work.

    Attributes:
        visitor: who asked for it.
        request: its options, JSON-ready.
        key: the same key is the same work.
        out: the file that it leaves.
        step: what it does now, and `share` how much of that is done, 0 to 1; None where that is not known.
        why: why it failed; "" where it did not.
        started, ended: seconds of the monotonic clock; 0 before that.
    """

    identity: str
    visitor: str
    kind: str
    request: Mapping[str, Any]
    key: str
    out: Path
    state: str = WAITING
    step: str = ""
    share: float | None = None
    why: str = ""
    started: float = 0.0
    ended: float = 0.0
    process: BaseProcess | None = None
    pipe: Connection | None = None

    @property
    def seconds(self) -> float:
        """How long it has run, or ran until it ended; 0 before it starts."""
        return (self.ended or time.monotonic()) - self.started if self.started else 0.0


class Jobs:
    """All jobs of a server. It is used from the server's loop alone, which calls `look` now and then."""

    def __init__(self, folder: Path, runs: Path) -> None:
        self._folder, self._runs = folder, runs
        self._jobs: dict[str, Job] = {}

    def submit(self, visitor: str, kind: str, request: Mapping[str, Any], key: str, suffix: str) -> Job:
        """Start a job, or give the one that does or did the same. What the visitor had waiting or running is stopped.

        Raises:
            UsageError: too many wait already.
        """
        for job in self._jobs.values():
            if job.key == key and job.state not in (FAILED, CANCELLED):
                return job
        for job in self._jobs.values():
            if job.visitor == visitor and job.state not in OVER:
                self._stop(job)
        if sum(job.state == WAITING for job in self._jobs.values()) >= WAITING_JOBS:
            raise UsageError(f"{WAITING_JOBS} jobs wait already; try again in a minute")
        identity = token_urlsafe(12)
        job = Job(identity, visitor, kind, request, key, self._folder / f"{identity}{suffix}")
        self._jobs[identity] = job
        self._forget()
        self.look()
        return job

    def find(self, identity: str) -> Job:
        """Raises:
        UsageError: there is no such job, or it is long done.
        """
        if identity not in self._jobs:
            raise UsageError("there is no such job any more; start it again")
        return self._jobs[identity]

    def done(self, key: str) -> Job | None:
        """The job that did this, if its result is still here."""
        return next((job for job in self._jobs.values() if job.key == key and job.state == DONE), None)

    def cancel(self, identity: str) -> Job:
        """Stop a job that waits or runs; one that is over stays as it is.

        Raises:
            UsageError: there is no such job.
        """
        job = self.find(identity)
        if job.state not in OVER:
            self._stop(job)
            self.look()
        return job

    def status(self, job: Job) -> dict[str, Any]:
        """A job as the page shows it."""
        waiting = [each for each in self._jobs.values() if each.state == WAITING]
        return {
            "job": job.identity,
            "kind": job.kind,
            "state": job.state,
            "step": job.step,
            "share": job.share,
            "why": job.why,
            "seconds": round(job.seconds, 1),
            "ahead": waiting.index(job) + 1 if job in waiting else 0,
        }

    def look(self) -> None:
        """Read what running jobs tell, and start the next one."""
        for job in self._jobs.values():
            if job.state == RUNNING:
                self._listen(job)
        if any(job.state == RUNNING for job in self._jobs.values()):
            return
        following = next((job for job in self._jobs.values() if job.state == WAITING), None)
        if following is not None:
            self._start(following)

    def close(self) -> None:
        """Stop everything."""
        for job in self._jobs.values():
            if job.state not in OVER:
                self._stop(job)

    def _start(self, job: Job) -> None:
        job.pipe, theirs = _SPAWN.Pipe(duplex=False)
        job.process = _SPAWN.Process(
            target=run_job, args=(theirs, job.kind, dict(job.request), str(self._runs), str(job.out)), daemon=True
        )
        job.process.start()
        theirs.close()
        job.state, job.started = RUNNING, time.monotonic()

    def _listen(self, job: Job) -> None:
        assert job.pipe is not None
        try:
            while job.pipe.poll():
                kind, value = job.pipe.recv()
                if kind == "step":
                    job.step, job.share = value, None
                elif kind == "share":
                    job.share = value
                else:
                    self._end(job, DONE if kind == "done" else FAILED, value)
                    return
        except (EOFError, OSError):
            self._end(job, FAILED, "the work ended unexpectedly; there may be too little memory. Ask for fewer points")

    def _stop(self, job: Job) -> None:
        if job.process is not None:
            job.process.terminate()
            job.process.join(2)
            if job.process.is_alive():
                job.process.kill()
        self._end(job, CANCELLED, "")
        job.out.unlink(missing_ok=True)

    def _end(self, job: Job, state: str, why: str) -> None:
        job.state, job.why, job.ended = state, why, time.monotonic()
        if job.pipe is not None:
            job.pipe.close()

    def _forget(self) -> None:
        over = [job for job in self._jobs.values() if job.state in OVER]
        for job in over[: max(0, len(over) - KEPT_JOBS)]:
            job.out.unlink(missing_ok=True)
            del self._jobs[job.identity]
