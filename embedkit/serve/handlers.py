"""Requests: who may ask, what was asked, and the answer as JSON or as a page. Nothing here takes long."""

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from tornado.ioloop import IOLoop
from tornado.web import HTTPError, RequestHandler

from embedkit.analysis.analogies.score_sheet import HEADLINE
from embedkit.config.serve import MODEL_THREADS, MOST_TOKENS, SEARCH_THREADS
from embedkit.errors import EmbedkitError, UsageError, unknown
from embedkit.runs.folder import Run
from embedkit.serve import answers, catalog, models, options, page
from embedkit.serve.guard import COOKIE, Guard
from embedkit.serve.jobs import DONE, Jobs
from embedkit.serve.options import Query

VISITOR = "embedkit-visitor"
log = logging.getLogger(__name__)


class Explorer:
    """What all requests share. Words, pages and models each have threads of their own, so that none waits for another.

    Attributes:
        runs: the runs folder.
        folder: where jobs leave their files.
    """

    def __init__(self, runs: Path, folder: Path, guard: Guard) -> None:
        self.runs, self.guard = runs, guard
        self.jobs = Jobs(folder, runs)
        self.search = ThreadPoolExecutor(SEARCH_THREADS, "search")
        self.model = ThreadPoolExecutor(MODEL_THREADS, "model")
        self.pages = ThreadPoolExecutor(1, "pages")

    def close(self) -> None:
        self.jobs.close()
        for pool in (self.search, self.model, self.pages):
            pool.shutdown(wait=False, cancel_futures=True)


class Base(RequestHandler):
    """What every request goes through."""

    def initialize(self, explorer: Explorer) -> None:
        self.explorer = explorer

    def set_default_headers(self) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")

    def prepare(self) -> None:
        guard = self.explorer.guard
        method = str(self.request.method)
        if (why := guard.refusal(method, self.request.headers)) is not None:
            raise HTTPError(403, reason=None, log_message=why)
        token = self.get_query_argument("token", None)
        if token is not None and guard.admits(token) and guard.token is not None and method == "GET":
            # From here on a cookie says it, so that it stands in no address that is passed on.
            self.set_cookie(COOKIE, guard.token, httponly=True, samesite="Strict", path="/")
            self.redirect(page.address(self.request.path, self.request.query, without="token"))
            return
        if not guard.admits(token or self.get_cookie(COOKIE)):
            raise HTTPError(401, log_message="this explorer asks for its token: open the address that it printed")
        if self.get_cookie(VISITOR) is None:
            self.set_cookie(VISITOR, token_urlsafe(12), httponly=True, samesite="Strict", path="/")

    @property
    def visitor(self) -> str:
        """What sets a visitor apart from others: a cookie, or the address that the request came from."""
        return self.get_cookie(VISITOR) or str(self.request.remote_ip)

    def query(self, name: str) -> str:
        """The value that came with the request under a name; "" where none did."""
        return self.get_argument(name, "", strip=False) or ""

    def send_json(self, value: Any) -> None:
        """Finish the request with a value as JSON; what UTF-8 cannot hold becomes a question mark."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))

    async def compute(self, pool: ThreadPoolExecutor, call: Callable[[], Any]) -> Any:
        """The result of a call in one of the explorer's threads, while the loop goes on."""
        return await IOLoop.current().run_in_executor(pool, call)

    def write_error(self, status_code: int, **options: Any) -> None:
        """One readable line, whatever happened."""
        _kind, error, _trace = options.get("exc_info", (None, None, None))
        why = "this should not have happened; the server's log says more"
        if isinstance(error, UsageError):
            status_code, why = 400, str(error)
        elif isinstance(error, EmbedkitError):
            status_code, why = 500, str(error)
        elif isinstance(error, HTTPError):
            why = error.log_message or {404: "there is no such page", 405: "this cannot be asked so"}.get(
                status_code, "no"
            )
        self.set_status(status_code)
        self.set_default_headers()
        self.send_json({"error": " ".join(why.split())})

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """A wrong call is no news for the log."""
        if not isinstance(error, EmbedkitError | HTTPError):
            super().log_exception(kind, error, trace)


class Home(Base):
    """The page: of a run where one is named, of the runs folder where none is."""

    async def get(self) -> None:
        explorer, name = self.explorer, self.query("run")
        if not name:
            home = await self.compute(explorer.pages, lambda: page.index(explorer.runs))
        else:
            which, laid_out = self.query("space"), None
            if self.query("map"):
                run = catalog.find(explorer.runs, name)
                job = explorer.jobs.done(map_key(run, catalog.space_name(run, which), options.map_of(self.query)))
                laid_out = None if job is None else job.out
            home = await self.compute(explorer.pages, lambda: page.of_run(explorer.runs, name, which, laid_out))
        self.set_header("Content-Security-Policy", f"{home.policy}; frame-ancestors 'none'")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(home.html.encode("utf-8", "replace"))


class Api(Base):
    """Quick answers: GET /api/NAME?run=…"""

    async def get(self, name: str) -> None:
        if name not in ANSWERS:
            raise UsageError(str(unknown("question", name, ANSWERS)))
        pool, call = ANSWERS[name](self.explorer, self.query)
        self.send_json(await self.compute(pool, call))


class NewJob(Base):
    """POST /api/jobs starts a job."""

    def post(self) -> None:
        explorer, kind = self.explorer, self.query("kind")
        if kind not in STARTS:
            raise unknown("kind of job", kind, STARTS)
        request, key, suffix = STARTS[kind](explorer, self.query)
        job = explorer.jobs.submit(self.visitor, kind, request, key, suffix)
        self.send_json(explorer.jobs.status(job))


class OneJob(Base):
    """GET says how far a job is, DELETE stops it."""

    def get(self, identity: str) -> None:
        self.send_json(self.explorer.jobs.status(self.explorer.jobs.find(identity)))

    def delete(self, identity: str) -> None:
        self.send_json(self.explorer.jobs.status(self.explorer.jobs.cancel(identity)))


class JobFile(Base):
    """The page that a job made, to look at or, with ?save=NAME, to keep."""

    async def get(self, identity: str) -> None:
        job = self.explorer.jobs.find(identity)
        if job.state != DONE or job.out.suffix != ".html":
            raise UsageError("this job has no page, or is not done")
        html = await self.compute(self.explorer.pages, job.out.read_bytes)
        # The page carries its own policy, which is stricter than what a header could say of all pages.
        self.clear_header("Content-Security-Policy")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        if self.query("save"):
            name = catalog.find(self.explorer.runs, self.query("save")).name
            self.set_header("Content-Disposition", f'attachment; filename="{name}.html"')
        self.finish(html)


Answer = Callable[[Explorer, Query], tuple[ThreadPoolExecutor, Callable[[], Any]]]


def _words(make: Callable[[catalog.Words, Query], Any]) -> Answer:
    """An answer about the words of a space."""

    def answer(explorer: Explorer, query: Query) -> tuple[ThreadPoolExecutor, Callable[[], Any]]:
        run, which = options.text(query, "run"), options.text(query, "space", needed=False)
        return explorer.search, lambda: make(catalog.words_of(explorer.runs, run, which), query)

    return answer


def _network(make: Callable[[Path, str, Query], Any]) -> Answer:
    """An answer of a network."""

    def answer(explorer: Explorer, query: Query) -> tuple[ThreadPoolExecutor, Callable[[], Any]]:
        run = options.text(query, "run")
        return explorer.model, lambda: make(explorer.runs, run, query)

    return answer


def _analogy(words: catalog.Words, query: Query) -> Any:
    return answers.analogy(words, options.text(query, "text"), query("method") or HEADLINE)


def _complete(runs: Path, run: str, query: Query) -> Any:
    tokens = options.whole(query, "tokens", 60, 1, MOST_TOKENS)
    temperature = options.number(query, "temperature", 0.8, 0, 5)
    seed = options.whole(query, "seed", 0, 0, 2**31 - 1)
    text = options.text(query, "text", needed=False)
    return models.answer(runs, run, "complete", text=text, tokens=tokens, temperature=temperature, seed=seed)


def _interpolate(runs: Path, run: str, query: Query) -> Any:
    steps = options.whole(query, "steps", 9, 2, 50)
    first, second = options.text(query, "from"), options.text(query, "to")
    return models.answer(runs, run, "interpolate", first=first, second=second, steps=steps)


def _translate(runs: Path, run: str, query: Query) -> Any:
    return models.answer(runs, run, "translate", text=options.text(query, "text"))


ANSWERS: dict[str, Answer] = {
    "runs": lambda explorer, _asked: (explorer.search, lambda: catalog.runs(explorer.runs)),
    "words": _words(lambda words, query: answers.starting(words, options.text(query, "start"))),
    "neighbors": _words(lambda words, query: answers.about(words, options.text(query, "word"))),
    "analogy": _words(_analogy),
    "complete": _network(_complete),
    "translate": _network(_translate),
    "interpolate": _network(_interpolate),
    "trace": _network(
        lambda runs, run, query: models.trace(
            runs, run, options.text(query, "text"), options.whole(query, "layer", -1, -1, 99)
        )
    ),
}
"""By name of a question, the threads that answer it and how."""

Start = tuple[dict[str, Any], str, str]
"""A job: its options, its key (the same for the same work), and the suffix of its file."""


def map_key(run: Run, which: str, layout: dict[str, Any]) -> str:
    """The key of a job that lays out a map: the same for the same map of the same space, as it is stored now."""
    stamp = (run.path / "metrics.json").stat().st_mtime_ns
    return json.dumps(["map", str(run.path), which, stamp, layout], sort_keys=True)


def _start_map(explorer: Explorer, query: Query) -> Start:
    run = catalog.find(explorer.runs, options.text(query, "run"))
    which, layout = catalog.space_name(run, query("space")), options.map_of(query)
    return {"run": str(run.path), "space": which, **layout}, map_key(run, which, layout), ".npz"


def _start_comparison(explorer: Explorer, query: Query) -> Start:
    sides = []
    for name, which in (("run", query("space")), ("beside", "")):
        run = catalog.find(explorer.runs, options.text(query, name))
        sides.append((run, catalog.space_name(run, which)))
    keys = [f"{run.name}/{which}" for run, which in sides]
    stamps = [(run.path / "metrics.json").stat().st_mtime_ns for run, _ in sides]
    return {"one": keys[0], "other": keys[1]}, json.dumps(["compare", keys, stamps]), ".html"


def _start_report(explorer: Explorer, query: Query) -> Start:
    run = catalog.find(explorer.runs, options.text(query, "run"))
    # What a report shows may have been added to since: it is written anew each time.
    return {"run": str(run.path)}, token_urlsafe(8), ".html"


STARTS: dict[str, Callable[[Explorer, Query], Start]] = {
    "map": _start_map,
    "compare": _start_comparison,
    "report": _start_report,
}
"""How each kind of job is started."""
