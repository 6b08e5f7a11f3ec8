"""What every request goes through: who may ask, who it is, and how an answer or an error goes back."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from tornado.gen import with_timeout
from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError
from tornado.util import TimeoutError as TookTooLongError
from tornado.web import HTTPError, RequestHandler

from embedkit.config.serve import MODEL_THREADS, PAGE_THREADS, PART_OF_ANSWER, PATIENCE, SEARCH_THREADS
from embedkit.errors import EmbedkitError, UsageError, visible
from embedkit.progress import Progress
from embedkit.serve import catalog, page
from embedkit.serve.desk import AskerLeftError, CrowdedError, Desk, Question
from embedkit.serve.guard import COOKIE, Guard
from embedkit.serve.jobs import Jobs
from embedkit.serve.turns import Asker, network_of

if TYPE_CHECKING:
    from asyncio import Future

VISITOR = "embedkit-visitor"
NOBODY_WAITS = (AskerLeftError, StreamClosedError, TookTooLongError)
"""Errors of a request whose asker has left, or takes no answer."""
_STATED = {404: "there is no such page", 405: "this cannot be asked so"}
log = logging.getLogger(__name__)


class Explorer:
    """What all requests share. Words, pages and models each have threads of their own, so that none waits for another.

    Attributes:
        runs: the runs folder.
        folder: where jobs leave their files.
        sounds: how many of visitors are received, or wait to be listened to.
    """

    def __init__(self, runs: Path, folder: Path, guard: Guard) -> None:
        self.runs, self.guard = runs, guard
        self.sounds = 0
        self.jobs = Jobs(folder, runs)
        self.search = Desk(SEARCH_THREADS, "search")
        self.model = Desk(MODEL_THREADS, "model")
        self.pages = Desk(PAGE_THREADS, "pages")

    def close(self) -> None:
        self.jobs.close()
        for desk in (self.search, self.model, self.pages):
            desk.close()


class Base(RequestHandler):
    """What every request goes through."""

    def initialize(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self._desk: Desk | None = None
        self._question: Question | None = None

    def set_default_headers(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.set_header("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")

    def compute_etag(self) -> None:
        """None: nothing is kept by who asks, so there is nothing to compare."""

    def prepare(self) -> None:
        guard = self.explorer.guard
        method = str(self.request.method)
        if (refusal := guard.refusal(method, self.request.headers)) is not None:
            raise HTTPError(refusal.status, "%s", refusal.reason)
        token = self.get_query_argument("token", None)
        if token is not None and guard.admits(token) and guard.token is not None and method == "GET":
            # From here on a cookie says it, so that it stands in no address that is passed on.
            self.set_cookie(COOKIE, guard.token, httponly=True, samesite="Strict", path="/")
            # A path that begins with two strokes would be another host's address.
            path = "/" + self.request.path.lstrip("/\\")
            self.redirect(page.address(path, self.request.query, without="token"))
            return
        if not guard.admits(token or self.get_cookie(COOKIE)):
            raise HTTPError(401, "this explorer asks for its token: open the address that it printed")
        if not self.asker.visitor:
            self.set_signed_cookie(
                VISITOR, token_urlsafe(12), expires_days=None, httponly=True, samesite="Strict", path="/"
            )
        if trained := self.query("trained"):
            catalog.refuse_another(self.explorer.runs, self.query("run"), trained)

    @property
    def asker(self) -> Asker:
        """The address that the request came from, and its visitor: a cookie that was not signed here is none."""
        signed = self.get_signed_cookie(VISITOR, min_version=2)
        return Asker(network_of(str(self.request.remote_ip)), "" if signed is None else signed.decode("ascii"))

    def query(self, name: str) -> str:
        """The value that came with the request under a name; "" where none did."""
        try:
            return self.get_argument(name, "", strip=False) or ""
        except HTTPError:
            raise UsageError(f"{name} is no UTF-8 text") from None

    def send_json(self, value: Any) -> None:
        """Finish the request with a value as JSON; what UTF-8 cannot hold becomes a question mark."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))

    async def send(self, body: bytes) -> None:
        """Finish the request with a long answer, in parts: no more than one is copied for somebody who reads slowly."""
        self.set_header("Content-Length", str(len(body)))
        for start in range(0, len(body), PART_OF_ANSWER):
            self.write(body[start : start + PART_OF_ANSWER])
            await with_timeout(timedelta(seconds=PATIENCE), self.flush(), quiet_exceptions=StreamClosedError)
        self.finish()

    def finish(self, chunk: Any = None) -> "Future[None]":
        """As tornado's; a connection that does not take the answer is closed after a while."""
        stream = self.request.connection.stream  # type: ignore[union-attr]
        done = super().finish(chunk)
        if stream.writing():
            loop = IOLoop.current()
            timer = loop.call_later(PATIENCE, stream.close)
            done.add_done_callback(lambda _: loop.remove_timeout(timer))
        return done

    async def compute(self, desk: Desk, call: Callable[[Progress], Any], *, topic: str = "") -> Any:
        """The result of a call in one of the explorer's threads when its turn comes, while the loop goes on.

        Raises:
            AskerLeftError: the connection was closed meanwhile.
            CrowdedError: other questions of the same visitor are answered before.
        """
        self._desk, self._question = desk, desk.ask(self.asker, call, topic=topic)
        return await self._question.answer

    def on_connection_close(self) -> None:
        if self._desk is not None and self._question is not None:
            self._desk.leave(self._question)

    def write_error(self, status_code: int, **options: Any) -> None:
        """One readable line, whatever happened."""
        _kind, error, _trace = options.get("exc_info", (None, None, None))
        why = "this should not have happened; the server's log says more"
        if isinstance(error, CrowdedError):
            status_code, why = 429, str(error)
        elif isinstance(error, UsageError):
            status_code, why = 400, str(error)
        elif isinstance(error, EmbedkitError):
            status_code, why = 500, str(error)
        elif isinstance(error, HTTPError):
            why = (error.log_message or "") % error.args or _STATED.get(status_code, "no")
        self.set_status(status_code)
        self.set_default_headers()
        self.send_error_line(" ".join(why.split()))

    def send_error(self, status_code: int = 500, **details: Any) -> None:
        """As tornado's; where an answer has begun nothing more can be said, and its connection is closed."""
        if self._headers_written:
            self.request.connection.close()  # type: ignore[union-attr]
        else:
            super().send_error(status_code, **details)

    def send_error_line(self, line: str) -> None:
        """Finish the request with what went wrong."""
        self.send_json({"error": line})

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """A wrong call is no news for the log, nor is somebody who leaves. Addresses stand there without their query,
        which may hold the token."""
        if isinstance(error, TookTooLongError):
            self.request.connection.close()  # type: ignore[union-attr]
        if not isinstance(error, (EmbedkitError, HTTPError, *NOBODY_WAITS)):
            log.error("%s failed", asked(self), exc_info=(kind, error, trace))


def asked(handler: RequestHandler) -> str:
    """What a request asked for, as it may stand in a log: without its query, and on one line."""
    return visible(f"{handler.request.method} {handler.request.path[:200]} ({handler.request.remote_ip})")


def log_request(handler: RequestHandler) -> None:
    """Answers are not logged: what failed has been, and a wrong call is its asker's affair."""
    log.debug("%d %s", handler.get_status(), asked(handler))
