"""Requests: what was asked, and the answer as JSON or as a page. Nothing here takes long."""

import json
from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from tornado.http1connection import HTTP1Connection
from tornado.web import HTTPError, stream_request_body

from embedkit.analysis.analogies.score_sheet import HEADLINE
from embedkit.config.serve import LARGEST_SOUND, MOST_TOKENS, SOUNDS_AT_ONCE
from embedkit.errors import UsageError, unknown
from embedkit.progress import Progress
from embedkit.runs.folder import Run
from embedkit.serve import answers, catalog, models, options, page
from embedkit.serve.desk import CrowdedError, Desk
from embedkit.serve.jobs import DONE
from embedkit.serve.options import Query
from embedkit.serve.requests import Base, Explorer


class NotFound(Base):
    """Any other address."""

    def prepare(self) -> None:
        super().prepare()
        if not self._finished:
            raise HTTPError(404)


class Home(Base):
    """The page: of a run where one is named, of the runs folder where none is."""

    async def get(self) -> None:
        explorer, name = self.explorer, self.query("run")
        if not name:
            home = await self.compute(explorer.pages, lambda _: page.index(explorer.runs))
        else:
            which, laid_out = self.query("space"), None
            if self.query("map"):
                run = catalog.find(explorer.runs, name)
                job = explorer.jobs.done(map_key(run, catalog.space_name(run, which), options.map_of(self.query)))
                laid_out = None if job is None else job.out
            home = await self.compute(explorer.pages, lambda _: page.of_run(explorer.runs, name, which, laid_out))
        self.set_header("Content-Security-Policy", f"{home.policy}; frame-ancestors 'none'")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        await self.send(home.body)

    def send_error_line(self, line: str) -> None:
        """As text, which a person reads."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish((line + "\n").encode("utf-8", "replace"))


class Api(Base):
    """Quick answers: GET /api/NAME?run=…"""

    async def get(self, name: str) -> None:
        if name not in ANSWERS:
            raise UsageError(str(unknown("question", name, ANSWERS)))
        desk, call = ANSWERS[name](self.explorer, self.query)
        # Of what a network answers as one types only the newest is of interest.
        topic = name if desk is self.explorer.model else ""
        self.send_json(await self.compute(desk, call, topic=topic))


@stream_request_body
class Sound(Base):
    """POST /api/sound?run=… with a file of sound in its body: its words. It is held in memory and kept nowhere."""

    def prepare(self) -> None:
        self._parts: list[bytes] = []
        connection = self.request.connection
        assert isinstance(connection, HTTP1Connection)
        connection.set_max_body_size(LARGEST_SOUND)
        super().prepare()
        if int(self.request.headers.get("Content-Length") or 0) > LARGEST_SOUND:
            raise HTTPError(413, "%s", f"the file is larger than {LARGEST_SOUND >> 20} MB; send a shorter one")
        if self.explorer.sounds >= SOUNDS_AT_ONCE:
            raise CrowdedError(f"{SOUNDS_AT_ONCE} sounds of others are listened to; send it again in a moment")
        self.explorer.sounds += 1
        self._counted = True

    _counted = False

    def data_received(self, chunk: bytes) -> None:
        self._parts.append(chunk)

    async def post(self) -> None:
        run, content = options.text(self.query, "run"), b"".join(self._parts)
        self._parts.clear()

        def call(progress: Progress) -> Any:
            return models.transcribe(self.explorer.runs, run, content, progress)

        self.send_json(await self.compute(self.explorer.model, call))

    def on_finish(self) -> None:
        self._leave()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._leave()

    def _leave(self) -> None:
        """Let another sound come, once."""
        self.explorer.sounds -= self._counted
        self._counted = False


class NewJob(Base):
    """POST /api/jobs starts a job."""

    def post(self) -> None:
        explorer, kind = self.explorer, self.query("kind")
        if kind not in STARTS:
            raise unknown("kind of job", kind, STARTS)
        request, key, suffix = STARTS[kind](explorer, self.query)
        job = explorer.jobs.submit(self.asker, kind, request, key, suffix)
        self.send_json(explorer.jobs.status(job, self.asker))


class OneJob(Base):
    """GET says how far a job is; DELETE stops it, unless somebody else wants it too."""

    def get(self, identity: str) -> None:
        jobs = self.explorer.jobs
        self.send_json(jobs.status(jobs.find(identity), self.asker))

    def delete(self, identity: str) -> None:
        jobs = self.explorer.jobs
        self.send_json(jobs.status(jobs.withdraw(identity, self.asker), self.asker))


class JobFile(Base):
    """The page that a job made, to look at or, with ?save=NAME, to keep."""

    async def get(self, identity: str) -> None:
        job = self.explorer.jobs.find(identity)
        if job.state != DONE or job.out.suffix != ".html":
            raise UsageError("this job has no page, or is not done")
        html = await self.compute(self.explorer.pages, lambda _: job.out.read_bytes())
        # The page carries its own policy, which is stricter than what a header could say of all pages.
        self.clear_header("Content-Security-Policy")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        if self.query("save"):
            name = catalog.find(self.explorer.runs, self.query("save")).name
            self.set_header("Content-Disposition", f'attachment; filename="{name}.html"')
        await self.send(html)


Call = Callable[[Progress], Any]
Answer = Callable[[Explorer, Query], tuple[Desk, Call]]


def _words(make: Callable[[catalog.Words, Query], Any]) -> Answer:
    """An answer about the words of a space."""

    def answer(explorer: Explorer, query: Query) -> tuple[Desk, Call]:
        run, which = options.text(query, "run"), options.text(query, "space", needed=False)
        return explorer.search, lambda _: make(catalog.words_of(explorer.runs, run, which), query)

    return answer


def _network(make: Callable[[Path, str, Query, Progress], Any]) -> Answer:
    """An answer of a network."""

    def answer(explorer: Explorer, query: Query) -> tuple[Desk, Call]:
        run = options.text(query, "run")
        return explorer.model, lambda progress: make(explorer.runs, run, query, progress)

    return answer


def _analogy(words: catalog.Words, query: Query) -> Any:
    return answers.analogy(words, options.text(query, "text"), query("method") or HEADLINE)


def _complete(runs: Path, run: str, query: Query, progress: Progress) -> Any:
    tokens = options.whole(query, "tokens", 60, 1, MOST_TOKENS)
    temperature = options.number(query, "temperature", 0.8, 0, 5)
    seed = options.whole(query, "seed", 0, 0, 2**31 - 1)
    text = options.text(query, "text", needed=False)
    values = {"text": text, "tokens": tokens, "temperature": temperature, "seed": seed}
    return models.answer(runs, run, "complete", progress, **values)


def _interpolate(runs: Path, run: str, query: Query, progress: Progress) -> Any:
    steps = options.whole(query, "steps", 9, 2, 50)
    first, second = options.text(query, "from"), options.text(query, "to")
    return models.answer(runs, run, "interpolate", progress, first=first, second=second, steps=steps)


def _translate(runs: Path, run: str, query: Query, progress: Progress) -> Any:
    return models.answer(runs, run, "translate", progress, text=options.text(query, "text"))


ANSWERS: dict[str, Answer] = {
    "runs": lambda explorer, _query: (explorer.pages, lambda _: catalog.runs(explorer.runs)),
    "words": _words(lambda words, query: answers.starting(words, options.text(query, "start"))),
    "neighbors": _words(lambda words, query: answers.about(words, options.text(query, "word"))),
    "analogy": _words(_analogy),
    "complete": _network(_complete),
    "translate": _network(_translate),
    "interpolate": _network(_interpolate),
    "trace": _network(
        lambda runs, run, query, progress: models.trace(
            runs, run, options.text(query, "text"), options.whole(query, "layer", -1, -1, 99), progress
        )
    ),
}
"""By name of a question, the threads that answer it and how."""

Start = tuple[dict[str, Any], str, str]
"""A job: its options, its key (the same for the same work), and the suffix of its file."""


def map_key(run: Run, which: str, layout: dict[str, Any]) -> str:
    """The key of a job that lays out a map: the same for the same map of the same space, as it is stored now."""
    return json.dumps(["map", str(run.path), which, catalog.stamp(run), layout], sort_keys=True)


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
    stamps = [catalog.stamp(run) for run, _ in sides]
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
