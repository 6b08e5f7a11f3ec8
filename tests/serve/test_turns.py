"""Who is answered next, and who not at all."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedkit.progress import Progress
from embedkit.serve import models
from embedkit.serve.desk import AskerLeftError, CrowdedError, Desk
from embedkit.serve.turns import Asker, Turns
from tests.serve.served import Served, in_its_thread

A, B = Asker("10.0.0.1", "a"), Asker("10.0.0.1", "b")
OTHER = Asker("10.0.0.2", "c")


def test_addresses_come_in_turns_and_their_visitors_too() -> None:
    turns = Turns()
    turns.take([A])
    waiting = [(A, 1), (A, 2), (B, 1), (OTHER, 1), (OTHER, 2)]
    ordered = turns.order(waiting, lambda each: [each[0]])
    # The other address has had no turn; of this one, visitor b.
    assert ordered == [(OTHER, 1), (B, 1), (OTHER, 2), (A, 1), (A, 2)]
    assert turns.first(waiting, lambda each: [each[0]]) == (OTHER, 1)


class Work:
    """Calls that wait until they may end, and note who was answered."""

    def __init__(self) -> None:
        self.free, self.answered = threading.Event(), list[Any]()

    def call(self, name: Any) -> Callable[[Progress], Any]:
        def call(progress: Progress) -> Any:
            self.free.wait(10)
            progress(None)
            self.answered.append(name)
            return name

        return call


def test_questions_are_answered_in_turns_and_those_of_who_left_are_not() -> None:
    async def ask() -> list[Any]:
        desk, work = Desk(1, "test"), Work()
        first = desk.ask(A, work.call("a1"))
        second = desk.ask(A, work.call("a2"))
        third = desk.ask(A, work.call("a3"))
        last = desk.ask(OTHER, work.call("c1"))
        for left in (first, second):  # one is being answered, one waits
            desk.leave(left)
            with pytest.raises(AskerLeftError):
                await left.answer
        work.free.set()
        assert [await third.answer, await last.answer] == ["a3", "c1"]
        desk.close()
        return work.answered

    assert in_its_thread(ask()) == ["c1", "a3"]


def test_a_newer_question_takes_the_place_of_an_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedkit.serve.desk.WAITING_QUESTIONS", 2)

    async def ask() -> list[Any]:
        desk, work = Desk(1, "test"), Work()
        desk.ask(OTHER, work.call("c1"))
        older = desk.ask(A, work.call("older"), topic="complete")
        newer = desk.ask(A, work.call("newer"), topic="complete")
        with pytest.raises(CrowdedError, match="a newer question"):
            await older.answer
        # Without a cookie many may share an address: none is taken for a newer one of another.
        nobody = Asker("10.0.0.3")
        both = [desk.ask(nobody, work.call(n), topic="complete") for n in (1, 2)]
        with pytest.raises(CrowdedError, match="2 questions of yours"):
            desk.ask(nobody, work.call(3), topic="complete")
        work.free.set()
        await asyncio.gather(newer.answer, *(each.answer for each in both))
        desk.close()
        return work.answered

    assert in_its_thread(ask()) == ["c1", "newer", 1, 2]


def test_a_completion_ends_when_its_asker_leaves(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that would take half a minute: who asks after it waits until the next token alone."""
    begun, ended = threading.Event(), threading.Event()

    def endless(_runs: Path, _name: str, _question: str, progress: Progress, text: str, **_: Any) -> dict[str, Any]:
        begun.set()
        try:
            for _token in range(3000 if text == "long" else 1):
                progress(None)
                time.sleep(0.01)
        finally:
            ended.set()
        return {"text": text, "unknown": []}

    monkeypatch.setattr(models, "answer", endless)
    host, port = served.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"GET /api/complete?run=model&text=long HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert begun.wait(10)
    assert ended.wait(2)
    assert served.ask("/api/complete", run="model", text="short")["text"] == "short"


def test_a_language_model_stops_where_it_is_told_to(runs: Path) -> None:
    drawn = []

    def progress(share: float | None, text: str = "") -> None:
        drawn.append(share)
        if len(drawn) == 4:
            raise AskerLeftError

    values = {"text": "the", "tokens": 400, "temperature": 1.0, "seed": 1}
    with pytest.raises(AskerLeftError):
        models.answer(runs, "model", "complete", progress, **values)
    assert len(drawn) == 4
