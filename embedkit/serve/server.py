"""The server: tornado's, with the explorer's pages and answers.

It keeps no document a visitor, as a Bokeh server would: the page draws its figures itself, with the scripts of the
reports, and asks for data.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from socket import gaierror
from urllib.parse import urlencode

from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.netutil import bind_sockets
from tornado.web import Application

from embedkit.config.serve import LARGEST_BODY, LARGEST_HEADER, MOST_WAITING, PATIENCE, ServeOptions
from embedkit.errors import UsageError
from embedkit.serve.connections import Server, most_connections
from embedkit.serve.guard import Guard
from embedkit.serve.handlers import Api, Home, JobFile, NewJob, NotFound, OneJob, Sound
from embedkit.serve.page import address
from embedkit.serve.requests import Explorer, log_request
from embedkit.serve.scratch import scratch_folder

LOOK_EVERY = 100  # milliseconds between two looks at the jobs


@contextmanager
def listening(config: ServeOptions, runs: Path, first: str | None = None) -> Iterator[tuple[Server, str]]:
    """A server that listens, on the current loop, and the address to open; call `run` on it. What it had running is
    stopped at the end.

    Args:
        first: the name of the run that is opened at the address; None for the list of runs.

    Raises:
        UsageError: the port or the host cannot be had.
    """
    guard = Guard(config)
    with scratch_folder() as folder:
        explorer = Explorer(runs, folder, guard)
        server = Server(
            _application(explorer),
            most=most_connections(),
            idle_connection_timeout=PATIENCE,
            body_timeout=PATIENCE,
            max_header_size=LARGEST_HEADER,
            max_body_size=LARGEST_BODY,
            max_buffer_size=4 * LARGEST_BODY,
        )
        try:
            server.listen_at(bind_sockets(config.port, config.host, backlog=MOST_WAITING))
        except OSError as error:
            advice = "take another with --port, or --port 0 for any that is free"
            if isinstance(error, gaierror) or error.errno == errno.EADDRNOTAVAIL:
                advice = "--host is an address of this machine, such as 127.0.0.1 or 0.0.0.0"
            place = f"{config.host}:{config.port}"
            raise UsageError(f"cannot listen at {place} ({error.strerror or error}); {advice}") from None
        looking = PeriodicCallback(explorer.jobs.look, LOOK_EVERY)
        looking.start()
        host = f"[{config.host}]" if ":" in config.host else config.host
        query = urlencode({key: value for key, value in (("run", first), ("token", guard.token)) if value is not None})
        try:
            yield server, f"http://{host}:{server.port}{address('/', query)}"
        finally:
            looking.stop()
            explorer.close()
            server.stop()


def _application(explorer: Explorer) -> Application:
    shared = {"explorer": explorer}
    patterns = [
        (r"/", Home, shared),
        (r"/api/jobs", NewJob, shared),
        (r"/api/sound", Sound, shared),
        (r"/api/jobs/([\w-]{1,40})", OneJob, shared),
        (r"/api/jobs/([\w-]{1,40})/page", JobFile, shared),
        (r"/api/([a-z]{1,20})", Api, shared),
    ]
    return Application(
        patterns,
        default_handler_class=NotFound,
        default_handler_args=shared,
        cookie_secret=token_urlsafe(32),
        log_function=log_request,
    )


def run(server: Server) -> None:
    """Serve until it is interrupted."""
    server.start()
    IOLoop.current().start()
