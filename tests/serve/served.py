"""An explorer that listens in a thread of its own, and how to ask it."""

import asyncio
import json
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from embedkit.config.serve import ServeOptions
from embedkit.serve.server import listening

T = TypeVar("T")
HOSTILE = ("<img/src=x/onerror=alert(1)>", "</script>", "../../etc/passwd")
ANIMALS = ("cat", "cats", "catfish", "dog", "cow", "bird", "fish")


@dataclass
class Served:
    """An explorer that listens, and its runs."""

    address: str
    runs: Path

    def ask(self, path: str, verb: str = "GET", headers: dict[str, str] | None = None, **values: Any) -> Any:
        """The JSON of an answer; an error's status is under "status"."""
        query = f"?{urlencode(values)}" if values else ""
        sent = {} if verb == "GET" else {"X-Embedkit": "1"}
        request = Request(f"{self.address}{path}{query}", method=verb, headers=sent | (headers or {}))
        try:
            with urlopen(request, timeout=60) as response:
                return json.loads(response.read())
        except HTTPError as error:
            return {"status": error.code, **json.loads(error.read())}

    def visitor(self) -> str:
        """The cookie of a visitor who was not here before."""
        with urlopen(f"{self.address}/api/runs", timeout=60) as response:
            return str(response.headers["Set-Cookie"]).split(";")[0]


def text() -> str:
    """Sentences in which some animals do what others do, and hostile words stand among them."""
    rest = [f"it met number{n} and number{(7 * n) % 30} ." for n in range(30)]
    lines = [
        f"the {a} saw the {b} and {HOSTILE[i % 3]} ran ." for i, a in enumerate(ANIMALS) for b in ANIMALS if a != b
    ]
    return "\n".join([*lines, *rest] * 4) + "\n"


def in_its_thread(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine on a loop of its own: a browser's may run in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class serving:
    """An explorer in a thread of its own; gives the address that it prints."""

    def __init__(self, config: ServeOptions, runs: Path) -> None:
        self.config, self.runs = config, runs
        self.ready, self.loop, self.address = threading.Event(), None, ""
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    async def _serve(self) -> None:
        self.loop, self.stop = asyncio.get_running_loop(), asyncio.Event()
        with listening(self.config, self.runs) as (server, address):
            server.start()
            self.address = address
            self.ready.set()
            await self.stop.wait()

    def __enter__(self) -> str:
        self.thread.start()
        assert self.ready.wait(20)
        return self.address

    def __exit__(self, *_: Any) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(20)
