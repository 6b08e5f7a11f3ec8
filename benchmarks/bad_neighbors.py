"""The explorer under bad neighbours: how long an honest visitor waits, how memory grows, and who gets how much of it.

    python -m benchmarks.faults --parts explorer

The server is a process of its own on a made-up space. An honest visitor, another process, asks for neighbours again and
again, each time by a new connection, from an address of loopback; the others come from other ones: 10,000 requests 200
at once, 500 connections that are idle or have sent half a request and are opened again when they are closed, and 20
visitors with jobs, 14 of them at one address and 2 at each of three others. Two to four minutes; a
slow machine gets through fewer requests.
"""

import asyncio
import http.client
import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.serve import SERVE, made_up
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.open import open_space

WORDS, REQUESTS, AT_ONCE, HELD, JOB_SECONDS, HELD_SECONDS = 50_000, 10_000, 200, 500, 60, 20
FLOOD_SECONDS = 120
HALF = b"GET /api/runs HTTP/1.1\r\nHost: localhost\r\nX-Slow"
HONEST, BAD, CROWD = "127.0.0.1", "127.0.0.2", "127.0.0.3"
OTHERS = ("127.0.0.4", "127.0.0.5", "127.0.0.6")
FLOOD = (
    "/api/neighbors?run=made-up&word={word}",
    "/api/words?run=made-up&start={word}",
    "/api/neighbors?run=made-up&word=nobody-{word}",
    "/api/runs",
    "/nothing/{word}",
)
Probe = tuple[float, float, int]
"""When an honest question was asked, the milliseconds to its answer, and the status; 0 where none came."""

_SPAWN = multiprocessing.get_context("spawn")


class Visitor:
    """Somebody at an address of loopback, with the cookie that the server gives."""

    def __init__(self, port: int, address: str) -> None:
        self.port, self.address, self.cookie = port, address, ""
        self.cookie = self.ask("/api/runs")[2]

    def ask(self, path: str, method: str = "GET") -> tuple[int, dict, str]:
        """The status, the answer and a cookie that came with it, by a new connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(self.address, 0))
        headers = {"Cookie": self.cookie, "X-Embedkit": "1"} if self.cookie else {}
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            body = json.loads(response.read())
            return response.status, body, (response.headers["Set-Cookie"] or "").split(";")[0]
        finally:
            connection.close()


def probe(port: int, address: str, pipe: Connection) -> None:
    """Ask for neighbours ten times a second until told to stop, and send the probes."""
    visitor, probes, number = Visitor(port, address), [], 0
    pipe.send("ready")
    while not pipe.poll(0.1):
        number, began, status = number + 1, time.monotonic(), 0
        with suppress(OSError, http.client.HTTPException):
            status = visitor.ask(f"/api/neighbors?run=made-up&word=w{(977 * number) % WORDS:06d}")[0]
        probes.append((began, 1000 * (time.monotonic() - began), status))
    pipe.send(probes)


def flood(port: int, address: str, pipe: Connection) -> None:
    """All requests by connections that stay open, as long as the server lets them."""
    statuses: Counter[str] = Counter()
    numbers, until = iter(range(REQUESTS)), time.monotonic() + FLOOD_SECONDS

    async def ask() -> None:
        reader = writer = None
        for number in numbers:
            if time.monotonic() > until:
                return
            try:
                if writer is None or reader is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
                path = FLOOD[number % len(FLOOD)].format(word=f"w{(31 * number) % WORDS:06d}")
                forged = f"Cookie: embedkit-visitor=v{number}"
                writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{forged}\r\n\r\n".encode())
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length"))
                await reader.readexactly(int(length.split(":")[1]))
                statuses[head.split()[1]] += 1
            except (OSError, asyncio.IncompleteReadError):
                statuses["closed"] += 1
                reader = writer = None

    async def ask_all() -> None:
        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))

    asyncio.run(ask_all())
    pipe.send(dict(statuses))


def hold(port: int, address: str, pipe: Connection) -> None:
    """Connections, every second of which has sent half a request; those that are closed are opened again."""
    opened = Counter[str]()

    async def keep(sent: bytes, until: float) -> None:
        while time.monotonic() < until:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
                opened["opened"] += 1
                writer.write(sent)
                await asyncio.wait_for(reader.read(1), max(0.01, until - time.monotonic()))
                writer.close()
            except (OSError, TimeoutError):
                await asyncio.sleep(0.05)

    async def keep_all() -> None:
        until = time.monotonic() + HELD_SECONDS
        await asyncio.gather(*(keep(HALF if number % 2 else b"", until) for number in range(HELD)))

    asyncio.run(keep_all())
    pipe.send(dict(opened))


def work(port: int) -> tuple[Counter[str], int]:
    """How many jobs of each address were done by 20 visitors who each start one after another, and how many calls were
    refused for a full queue."""
    done: Counter[str] = Counter()
    refusals = Counter[str]()
    until = time.monotonic() + JOB_SECONDS

    def visit(address: str, number: int) -> None:
        visitor, seed, job = Visitor(port, address), 0, None
        while time.monotonic() < until:
            if job is None:
                seed += 1
                points = 500 + 20 * seed + number  # another map each time: by PCA the seed changes nothing
                values = {"kind": "map", "run": "made-up", "map": "pca", "points": points}
                status, job, _ = visitor.ask(f"/api/jobs?{urlencode(values)}", "POST")
                refusals[address] += status == 429
                job = job if status == 200 else None
            else:
                _, job, _ = visitor.ask(f"/api/jobs/{job['job']}")
                done[address] += job.get("state") == "done"
                job = job if job.get("state") in ("waiting", "running") else None
            time.sleep(0.3)

    addresses = [CROWD] * 14 + [address for address in OTHERS for _ in range(2)]
    threads = [threading.Thread(target=visit, args=each) for each in zip(addresses, range(20), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, sum(refusals.values())


def resident_mebibytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


@contextmanager
def serving() -> Iterator[tuple[int, int]]:
    """A server on a made-up space: its process and its port."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EMBEDKIT_RUNS"] = str(Path(folder) / "runs")
        file = Path(folder) / "made-up.npz"
        write_space(made_up(WORDS), file)
        open_space(file)
        with open(Path(folder) / "log", "wb") as log:
            process = subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        try:
            yield process.pid, int(process.stdout.readline().strip().rstrip("/").rsplit(":", 1)[1])
        finally:
            process.terminate()
            process.wait(30)
            print(f"  log of the server: {(Path(folder) / 'log').stat().st_size:,} bytes")


def outcome_of(target: Callable[[int, str, Connection], None], port: int, address: str) -> object:
    """What a process of its own sends at its end."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=target, args=(port, address, theirs), daemon=True)
    process.start()
    answer = ours.recv()
    process.join()
    return answer


def report(title: str, probes: list[Probe], phase: tuple[float, float]) -> None:
    own = [each for each in probes if phase[0] <= each[0] < phase[1]]
    answered = [milliseconds for _, milliseconds, status in own if status == 200]
    if not answered:
        print(f"  {title}: none of {len(own)} honest questions was answered")
        return
    median, worst = statistics.median(answered), max(answered)
    late = sum(milliseconds > 1000 for milliseconds in answered)
    print(f"  {title}: honest median {median:.0f} ms, worst {worst:.0f} ms, {late} above a second; ", end="")
    print(f"{len(answered)} of {len(own)} answered")


def main() -> None:
    with serving() as (server, port):
        ours, theirs = _SPAWN.Pipe()
        prober = _SPAWN.Process(target=probe, args=(port, HONEST, theirs), daemon=True)
        prober.start()
        assert ours.recv() == "ready"
        time.sleep(3)  # the space is opened and first figures are warm
        phases, sizes = [], [resident_mebibytes(server)]

        def during(title: str, act: Callable[[], object]) -> object:
            began = time.monotonic()
            outcome = act()
            phases.append((title, (began, time.monotonic())))
            sizes.append(resident_mebibytes(server))
            return outcome

        during("alone", lambda: time.sleep(5))
        statuses = during(f"{REQUESTS:,} requests, {AT_ONCE} at once", lambda: outcome_of(flood, port, BAD))
        opened = during(f"{HELD} idle and half connections", lambda: outcome_of(hold, port, BAD))
        outcome = during("20 visitors with jobs", lambda: work(port))
        during("afterwards", lambda: time.sleep(5))
        ours.send("stop")
        probes = ours.recv()
        for title, phase in phases:
            report(title, probes, phase)
        print(
            f"  the flood of at most {FLOOD_SECONDS} s was answered: {statuses}; connections that were held: {opened}"
        )
        assert isinstance(outcome, tuple)
        done, refusals = outcome
        print(f"  jobs done of 14 visitors at one address: {done[CROWD]}, of 2 at each of three others: ", end="")
        print(f"{', '.join(str(done[address]) for address in OTHERS)}; {refusals} calls found the queue full")
        print(f"  memory of the server: {sizes[0]:.0f} MiB, then {', '.join(f'{size:.0f}' for size in sizes[1:])} MiB")
