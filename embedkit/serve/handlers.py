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
        said = self.get_query_argument("token", None)
        if said is not None and guard.knows(said) and guard.token is not None and method == "GET":
            # From here on a cookie says it, so that it stands in no address that is passed on.
            self.set_cookie(COOKIE, guard.token, httponly=True, samesite="Strict", path="/")
            self.redirect(page.address(self.request.path, self.request.query, without="token"))
            return
        if not guard.knows(said or self.get_cookie(COOKIE)):
            raise HTTPError(401, log_message="this explorer asks for its token: open the address that it printed")
        if self.get_cookie(VISITOR) is None:
            self.set_cookie(VISITOR, token_urlsafe(12), httponly=True, samesite="Strict", path="/")

    @property
    def visitor(self) -> str:
        return self.get_cookie(VISITOR) or str(self.request.remote_ip)

    def asked(self, name: str) -> str:
        return self.get_argument(name, "", strip=False) or ""

    def tell(self, value: Any) -> None:
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))

    async def work(self, pool: ThreadPoolExecutor, call: Callable[[], Any]) -> Any:
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
        self.tell({"error": " ".join(why.split())})

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """A wrong call is no news for the log."""
        if not isinstance(error, EmbedkitError | HTTPError):
            super().log_exception(kind, error, trace)


class Home(Base):
    """The page: of a run where one is named, of the runs folder where none is."""

    async def get(self) -> None:
        explorer, name = self.explorer, self.asked("run")
        if not name:
            made = await self.work(explorer.pages, lambda: page.index(explorer.runs))
        else:
            which, laid_out = self.asked("space"), None
            if self.asked("map"):
                run = catalog.find(explorer.runs, name)
                done = explorer.jobs.done(map_key(run, catalog.space_name(run, which), options.map_of(self.asked)))
                laid_out = None if done is None else done.out
            made = await self.work(explorer.pages, lambda: page.of_run(explorer.runs, name, which, laid_out))
        self.set_header("Content-Security-Policy", f"{made.policy}; frame-ancestors 'none'")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(made.html.encode("utf-8", "replace"))


class Api(Base):
    """Quick answers: GET /api/NAME?run=…"""

    async def get(self, name: str) -> None:
        if name not in ANSWERS:
            raise UsageError(str(unknown("question", name, ANSWERS)))
        pool, call = ANSWERS[name](self.explorer, self.asked)
        self.tell(await self.work(pool, call))


class Work(Base):
    """POST /api/jobs starts a job."""

    def post(self) -> None:
        explorer, kind = self.explorer, self.asked("kind")
        if kind not in STARTS:
            raise unknown("kind of job", kind, STARTS)
        given, key, suffix = STARTS[kind](explorer, self.asked)
        job = explorer.jobs.submit(self.visitor, kind, given, key, suffix)
        self.tell(explorer.jobs.told(job))


class OneJob(Base):
    """GET says how far a job is, DELETE stops it."""

    def get(self, identity: str) -> None:
        self.tell(self.explorer.jobs.told(self.explorer.jobs.find(identity)))

    def delete(self, identity: str) -> None:
        self.tell(self.explorer.jobs.told(self.explorer.jobs.cancel(identity)))


class JobFile(Base):
    """The page that a job made, to look at or, with ?save=NAME, to keep."""

    async def get(self, identity: str) -> None:
        job = self.explorer.jobs.find(identity)
        if job.state != DONE or job.out.suffix != ".html":
            raise UsageError("this job has no page, or is not done")
        html = await self.work(self.explorer.pages, job.out.read_bytes)
        # The page carries its own policy, which is stricter than what a header could say of all pages.
        self.clear_header("Content-Security-Policy")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        if self.asked("save"):
            name = catalog.find(self.explorer.runs, self.asked("save")).name
            self.set_header("Content-Disposition", f'attachment; filename="{name}.html"')
        self.finish(html)


Asked = Callable[[str], str]
Answering = Callable[[Explorer, Asked], tuple[ThreadPoolExecutor, Callable[[], Any]]]


def _words(make: Callable[[catalog.Words, Asked], Any]) -> Answering:
    """An answer about the words of a space."""

    def answer(explorer: Explorer, asked: Asked) -> tuple[ThreadPoolExecutor, Callable[[], Any]]:
        run, which = options.text(asked, "run"), options.text(asked, "space", needed=False)
        return explorer.search, lambda: make(catalog.words_of(explorer.runs, run, which), asked)

    return answer


def _network(make: Callable[[Path, str, Asked], Any]) -> Answering:
    """An answer of a network."""

    def answer(explorer: Explorer, asked: Asked) -> tuple[ThreadPoolExecutor, Callable[[], Any]]:
        run = options.text(asked, "run")
        return explorer.model, lambda: make(explorer.runs, run, asked)

    return answer


def _analogy(words: catalog.Words, asked: Asked) -> Any:
    return answers.analogy(words, options.text(asked, "text"), asked("method") or HEADLINE)


def _complete(runs: Path, run: str, asked: Asked) -> Any:
    tokens = options.whole(asked, "tokens", 60, 1, MOST_TOKENS)
    temperature = options.number(asked, "temperature", 0.8, 0, 5)
    seed = options.whole(asked, "seed", 0, 0, 2**31 - 1)
    text = options.text(asked, "text", needed=False)
    return models.answer(runs, run, "complete", text=text, tokens=tokens, temperature=temperature, seed=seed)


def _interpolate(runs: Path, run: str, asked: Asked) -> Any:
    steps = options.whole(asked, "steps", 9, 2, 50)
    first, second = options.text(asked, "from"), options.text(asked, "to")
    return models.answer(runs, run, "interpolate", first=first, second=second, steps=steps)


def _translate(runs: Path, run: str, asked: Asked) -> Any:
    return models.answer(runs, run, "translate", text=options.text(asked, "text"))


ANSWERS: dict[str, Answering] = {
    "runs": lambda explorer, _asked: (explorer.search, lambda: catalog.runs(explorer.runs)),
    "words": _words(lambda words, asked: answers.starting(words, options.text(asked, "start"))),
    "neighbors": _words(lambda words, asked: answers.about(words, options.text(asked, "word"))),
    "analogy": _words(_analogy),
    "complete": _network(_complete),
    "translate": _network(_translate),
    "interpolate": _network(_interpolate),
    "trace": _network(
        lambda runs, run, asked: models.trace(
            runs, run, options.text(asked, "text"), options.whole(asked, "layer", -1, -1, 99)
        )
    ),
}
"""By name of a question, the threads that answer it and how."""

Start = tuple[dict[str, Any], str, str]


def map_key(run: Run, which: str, wanted: dict[str, Any]) -> str:
    """The same for the same map of the same space."""
    stamp = (run.path / "metrics.json").stat().st_mtime_ns
    return json.dumps(["map", str(run.path), which, stamp, wanted], sort_keys=True)


def _start_map(explorer: Explorer, asked: Asked) -> Start:
    run = catalog.find(explorer.runs, options.text(asked, "run"))
    which, wanted = catalog.space_name(run, asked("space")), options.map_of(asked)
    return {"run": str(run.path), "space": which, **wanted}, map_key(run, which, wanted), ".npz"


def _start_comparison(explorer: Explorer, asked: Asked) -> Start:
    sides = []
    for name, which in (("run", asked("space")), ("beside", "")):
        run = catalog.find(explorer.runs, options.text(asked, name))
        sides.append((run, catalog.space_name(run, which)))
    keys = [f"{run.name}/{which}" for run, which in sides]
    stamps = [(run.path / "metrics.json").stat().st_mtime_ns for run, _ in sides]
    return {"one": keys[0], "other": keys[1]}, json.dumps(["compare", keys, stamps]), ".html"


def _start_report(explorer: Explorer, asked: Asked) -> Start:
    run = catalog.find(explorer.runs, options.text(asked, "run"))
    # What a report shows may have been added to since: it is written anew each time.
    return {"run": str(run.path)}, token_urlsafe(8), ".html"


STARTS: dict[str, Callable[[Explorer, Asked], Start]] = {
    "map": _start_map,
    "compare": _start_comparison,
    "report": _start_report,
}
"""By kind of job: its options, what it is known by, and the ending of its file."""
