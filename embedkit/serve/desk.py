"""Questions that threads answer, in fair turns; what nobody waits for any more is not answered."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from embedkit.config.serve import WAITING_QUESTIONS
from embedkit.errors import EmbedkitError
from embedkit.progress import Progress
from embedkit.serve.turns import Asker, Turns


class AskerLeftError(Exception):
    """Nobody waits for the answer any more."""


class CrowdedError(EmbedkitError):
    """A question is not answered now, since others of the same asker are."""


@dataclass(eq=False)
class Question:
    """A question that waits, or is being answered.

    Attributes:
        call: makes the answer; it may call the progress that it is given, which ends it when its asker has left.
        topic: a newer question of the same visitor on it takes the place of an older one that waits; "" is none.
    """

    asker: Asker
    call: Callable[[Progress], Any]
    topic: str
    answer: "asyncio.Future[Any]"
    left: threading.Event = field(default_factory=threading.Event)

    def progress(self, share: float | None, text: str = "") -> None:
        """Raises:
        AskerLeftError: nobody waits for the answer.
        """
        if self.left.is_set():
            raise AskerLeftError


class Desk:
    """Threads, and the questions that wait for them. It is used from the server's loop alone."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._free = threads
        self._waiting: list[Question] = []
        self._turns = Turns()

    def ask(self, asker: Asker, call: Callable[[Progress], Any], *, topic: str = "") -> Question:
        """Queue a question; its `answer` is to be awaited.

        Raises:
            CrowdedError: too many of the same asker wait.
        """
        own = [question for question in self._waiting if question.asker == asker]
        if topic and asker.visitor:
            for older in [question for question in own if question.topic == topic]:
                self._drop(older, CrowdedError("a newer question of yours took the place of this one"))
                own.remove(older)
        if len(own) >= WAITING_QUESTIONS:
            raise CrowdedError(f"{len(own)} questions of yours wait already; ask again when they are answered")
        question = Question(asker, call, topic, asyncio.get_running_loop().create_future())
        self._waiting.append(question)
        self._next()
        return question

    def leave(self, question: Question) -> None:
        """Drop a question that waits, and end one that is being answered where it calls its progress."""
        question.left.set()
        self._drop(question, AskerLeftError())

    def close(self) -> None:
        """Drop what waits, and start nothing more."""
        for question in self._waiting:
            question.left.set()
        self._waiting.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _drop(self, question: Question, error: Exception) -> None:
        if question in self._waiting:
            self._waiting.remove(question)
        if not question.answer.done():
            question.answer.set_exception(error)

    def _next(self) -> None:
        while self._free and self._waiting:
            question = self._turns.first(self._waiting, lambda each: (each.asker,))
            self._turns.take((question.asker,))
            self._waiting.remove(question)
            self._free -= 1
            running = asyncio.get_running_loop().run_in_executor(self._pool, question.call, question.progress)
            running.add_done_callback(partial(self._answered, question))

    def _answered(self, question: Question, done: "asyncio.Future[Any]") -> None:
        self._free += 1
        error = None if done.cancelled() else done.exception()
        if not (question.answer.done() or done.cancelled()):
            if error is None:
                question.answer.set_result(done.result())
            else:
                question.answer.set_exception(error)
        self._next()
