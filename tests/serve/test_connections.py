"""Many connections, half requests and slow readers: others are answered all the same."""

import asyncio
import errno
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from embedkit.config.serve import ServeOptions
from embedkit.serve import connections, models, requests, server
from embedkit.serve.connections import Server
from tests.serve.served import Served, in_its_thread, serving

HALF = b"GET /api/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow"
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")
WHOLE = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def served(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """An explorer for 24 connections, 18 of them of one address."""
    monkeypatch.setattr(server, "most_connections", lambda: 24)
    with serving(ServeOptions(port=0), runs) as address:
        yield Served(address.rstrip("/"), runs)


@contextmanager
def connected(served: Served, number: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """So many connections, each of which has sent these bytes."""
    host, port = served.address.removeprefix("http://").split(":")
    with ExitStack() as stack:
        clients = []
        for _ in range(number):
            client = stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
            client.sendall(sent)
            clients.append(client)
        yield clients


def is_closed(client: socket.socket) -> bool:
    client.settimeout(0.2)
    try:
        return client.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def soon(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


@pytest.mark.parametrize("sent", [HALF, b""])
def test_connections_that_only_wait_give_way_to_new_ones(served: Served, sent: bytes) -> None:
    with connected(served, 60, sent) as clients:
        before = time.monotonic()
        assert len(served.ask("/api/runs")) == 4
        assert time.monotonic() - before < 1
        assert is_closed(clients[0])
        assert not is_closed(clients[-1])


def test_a_connection_that_is_answered_stays(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    started, free = threading.Event(), threading.Event()

    def slow(*_: Any, **__: Any) -> dict[str, Any]:
        started.set()
        free.wait(30)
        return {"text": "whole", "unknown": []}

    monkeypatch.setattr(models, "answer", slow)
    answers: list[Any] = []
    asker = threading.Thread(target=lambda: answers.append(served.ask("/api/complete", run="model", text="the")))
    asker.start()
    assert started.wait(10)
    with connected(served, 60, HALF):
        assert len(served.ask("/api/runs")) == 4
        free.set()
        asker.join(10)
    assert answers == [{"text": "whole", "unknown": []}]


@pytest.mark.parametrize("sent", [HALF, b"POST /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx"])
def test_half_a_request_is_waited_for_no_longer_than_so(
    runs: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    with serving(ServeOptions(port=0), runs) as address, connected(Served(address.rstrip("/"), runs), 1, sent) as one:
        assert soon(lambda: is_closed(one[0]))


def test_who_takes_no_answer_is_cut_off(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "PATIENCE", 0.3)
    with connected(served, 1, WHOLE % b"/?run=vectors" * 40) as (client,):
        time.sleep(1.5)
        client.settimeout(5)
        pages = 0
        try:
            while received := client.recv(1_000_000):
                pages += received.count(b"HTTP/1.1 200")
        except ConnectionError:
            pass
        assert 1 <= pages < 40


def test_first_lines_that_are_too_long_are_not_read(served: Served) -> None:
    with connected(served, 1, b"GET / HTTP/1.1\r\nX: " + b"x" * 200_000) as (client,):
        assert soon(lambda: is_closed(client))


def test_where_no_more_can_be_opened_nothing_is_tried_for_a_while(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = []

    class Exhausted(socket.socket):
        def accept(self) -> tuple[socket.socket, Any]:
            tried.append(time.monotonic())
            if len(tried) <= 2:
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    async def try_it() -> bool:
        bound = Exhausted()
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        bound.setblocking(False)
        listening = Server(lambda request: None, most=8)
        listening.listen_at([bound])
        listening.start()
        with socket.create_connection(("127.0.0.1", listening.port)):
            await asyncio.sleep(0.5)
            opened = len(listening._open) == 1
        listening.stop()
        return opened

    monkeypatch.setattr(connections, "BACK_OFF", 0.1)
    monkeypatch.setattr(connections._Door, "warned", False)
    with caplog.at_level(logging.WARNING, "embedkit"):
        assert in_its_thread(try_it())
    assert tried[1] - tried[0] >= 0.09
    assert len(tried) <= 4
    assert [record.getMessage().split("(")[0] for record in caplog.records] == ["no connection can be opened "]


async def opened_in_time(port: int, number: int) -> int:
    """How many of so many connections that are opened at once are there before the system would try again."""

    async def open_one(held: list[asyncio.StreamWriter]) -> None:
        with suppress(OSError, TimeoutError):
            held.append((await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), timeout=0.8))[1])

    held: list[asyncio.StreamWriter] = []
    await asyncio.gather(*(open_one(held) for _ in range(number)))
    for writer in held:
        writer.close()
    return len(held)


@pytest.mark.skipif(not SOMAXCONN.is_file() or int(SOMAXCONN.read_text()) < 400, reason="the system keeps fewer")
def test_connections_wait_while_the_server_is_busy_and_are_not_dropped(runs: Path) -> None:
    async def all_at_once() -> int:
        with server.listening(ServeOptions(port=0), runs) as (listener, _):  # nothing is accepted: it is not started
            return await opened_in_time(listener.port, 400)

    assert in_its_thread(all_at_once()) == 400


def test_connections_are_bounded_by_the_files_that_may_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    limits = {256: 192, 70: 16, 4096: 512, resource.RLIM_INFINITY: 512}
    for limit, most in limits.items():
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        assert connections.most_connections() == most
