"""What takes long, each job in a process of its own: one runs, some wait in fair turns, any can be stopped.

A job belongs to all who asked for the same work: it lives while one of them wants it.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from embedkit.config.serve import KEPT_JOBS, WAITING_JOBS
from embedkit.errors import UsageError
from embedkit.serve.desk import CrowdedError
from embedkit.serve.turns import Asker, Turns
from embedkit.serve.work import run_job

WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OVER = (DONE, FAILED, CANCELLED)
_AT_ONCE, _PATIENCE = 0.2, 2.0
"""Seconds that a process is waited for when it is stopped, and after which it is killed."""
_SPAWN = get_context("spawn")  # a fork would copy the threads' locks as they happen to be


@dataclass(eq=False)
class Job:
    """A piece of work.

    Attributes:
        askers: who wants it.
        withdrawn: who wanted it, and no more.
        request: its options, JSON-ready.
        key: the same key is the same work.
        out: the file that it leaves.
        step: what it does now, and `share` how much of that is done, 0 to 1; None where that is not known.
        why: why it failed; "" where it did not.
        started, ended: seconds of the monotonic clock; 0 before that.
    """

    identity: str
    askers: set[Asker]
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
    withdrawn: set[Asker] = field(default_factory=set)

    @property
    def seconds(self) -> float:
        """How long it has run, or ran until it ended; 0 before it starts."""
        return (self.ended or time.monotonic()) - self.started if self.started else 0.0


class Jobs:
    """All jobs of a server. It is used from the server's loop alone, which calls `look` now and then."""

    def __init__(self, folder: Path, runs: Path) -> None:
        self._folder, self._runs = folder, runs
        self._jobs: dict[str, Job] = {}
        self._turns = Turns()
        self._stopping: list[tuple[BaseProcess, float]] = []  # with the time at which they are killed

    def submit(self, asker: Asker, kind: str, request: Mapping[str, Any], key: str, suffix: str) -> Job:
        """Start a job, or join the one that does or did the same. Of whatever else the asker had waiting or running it
        is taken out.

        Raises:
            CrowdedError: too many wait already, and no other address has more of them than its share.
        """
        job = next(
            (job for job in self._jobs.values() if job.key == key and job.state not in (FAILED, CANCELLED)), None
        )
        for other in list(self._jobs.values()):
            if asker in other.askers and other is not job:
                self._take_out(other, asker)
        if job is None:
            self._make_room(asker)
            identity = token_urlsafe(12)
            job = Job(identity, set(), kind, request, key, self._folder / f"{identity}{suffix}")
            self._jobs[identity] = job
        if job.state not in OVER:
            job.askers.add(asker)
            job.withdrawn.discard(asker)
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

    def withdraw(self, identity: str, asker: Asker) -> Job:
        """Take somebody out of a job; one that nobody else wants is stopped, one that is over stays as it is.

        Raises:
            UsageError: there is no such job.
        """
        job = self.find(identity)
        # Who asked before having a cookie is known by the address alone.
        for each in {asker, Asker(asker.address)} & job.askers:
            self._take_out(job, each)
            job.withdrawn |= {asker} if job.state not in OVER else set()
        self.look()
        return job

    def status(self, job: Job, asker: Asker) -> dict[str, Any]:
        """A job as its asker's page shows it."""
        waiting = self._waiting()
        ordered = self._turns.order(waiting, lambda each: each.askers) if job in waiting else []
        left = asker in job.withdrawn and job.state not in OVER
        return {
            "job": job.identity,
            "kind": job.kind,
            "state": CANCELLED if left else job.state,
            "step": job.step,
            "share": job.share,
            "why": job.why,
            "seconds": round(job.seconds, 1),
            "ahead": ordered.index(job) + 1 if ordered else 0,
        }

    def look(self) -> None:
        """Read what running jobs tell, and start the next one."""
        for job in self._jobs.values():
            if job.state == RUNNING:
                self._listen(job)
        self._reap()
        if self._stopping or any(job.state == RUNNING for job in self._jobs.values()):
            return
        if waiting := self._waiting():
            following = self._turns.first(waiting, lambda job: job.askers)
            self._turns.take(following.askers)
            self._start(following)

    def close(self) -> None:
        """Stop everything."""
        for job in self._jobs.values():
            if job.state not in OVER:
                self._stop(job)
        for process, _ in self._stopping:
            process.join(_PATIENCE)
            process.kill()
            process.join()

    def _waiting(self) -> list[Job]:
        return [job for job in self._jobs.values() if job.state == WAITING]

    def _take_out(self, job: Job, asker: Asker) -> None:
        if job.state in OVER:
            return
        job.askers.discard(asker)
        if job.askers:
            job.withdrawn.add(asker)
        else:
            self._stop(job)

    def _make_room(self, asker: Asker) -> None:
        """Where the queue is full, the address that has most in it gives its newest job, if it keeps no fewer than this
        asker's address then has."""
        waiting = self._waiting()
        if len(waiting) < WAITING_JOBS:
            return
        crowds = Counter(address for job in waiting for address in {each.address for each in job.askers})
        heaviest, most = crowds.most_common(1)[0]
        own = [job for job in waiting if {each.address for each in job.askers} == {heaviest}]
        if most <= crowds[asker.address] + 1 or not own:
            raise CrowdedError(f"{WAITING_JOBS} jobs wait already; try again in a minute")
        self._end(own[-1], FAILED, "others wait too, and your address had most of the queue; try again in a minute")

    def _start(self, job: Job) -> None:
        job.state, job.started = RUNNING, time.monotonic()
        try:
            job.pipe, theirs = _SPAWN.Pipe(duplex=False)
            job.process = _SPAWN.Process(
                target=run_job, args=(theirs, job.kind, dict(job.request), str(self._runs), str(job.out)), daemon=True
            )
            job.process.start()
            theirs.close()
        except OSError as error:
            job.process = None
            self._end(job, FAILED, f"no process could be started ({error.strerror}); try again in a minute")

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
            job.process.join(_AT_ONCE)
            self._stopping.append((job.process, time.monotonic() + _PATIENCE))
            self._reap()
        self._end(job, CANCELLED, "")
        job.out.unlink(missing_ok=True)

    def _reap(self) -> None:
        """Kill what was stopped and still lives after a while; what is gone needs no more looking after."""
        for process, until in self._stopping:
            if process.is_alive() and time.monotonic() > until:
                process.kill()
        self._stopping = [(process, until) for process, until in self._stopping if process.is_alive()]

    def _end(self, job: Job, state: str, why: str) -> None:
        job.state, job.why, job.ended = state, why, time.monotonic()
        if job.pipe is not None:
            job.pipe.close()

    def _forget(self) -> None:
        done = [job for job in self._jobs.values() if job.state == DONE]
        fruitless = [job for job in self._jobs.values() if job.state in (FAILED, CANCELLED)]
        for job in (*done[:-KEPT_JOBS], *fruitless[:-KEPT_JOBS]):
            job.out.unlink(missing_ok=True)
            del self._jobs[job.identity]
