"""The server: Bokeh's, with the explorer's own pages and answers in place of Bokeh's documents.

A document a visitor would put corpus text into widgets that take it for HTML, keep a copy of the state on the server,
and let one slow answer hold up all others of its document. So the page draws its figures itself, with the scripts of
the reports, and asks for data.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import gaierror
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from bokeh.server.server import Server
from tornado.ioloop import IOLoop, PeriodicCallback

from embedkit.config.serve import LARGEST_BODY, ServeOptions
from embedkit.errors import UsageError
from embedkit.serve.guard import Guard
from embedkit.serve.handlers import Api, Explorer, Home, JobFile, NewJob, OneJob
from embedkit.serve.page import address

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
    with TemporaryDirectory(prefix="embedkit-serve-") as folder:
        explorer = Explorer(runs, Path(folder), guard)
        shared = {"explorer": explorer}
        patterns = [
            (r"/", Home, shared),
            (r"/api/jobs", NewJob, shared),
            (r"/api/jobs/([\w-]{1,40})", OneJob, shared),
            (r"/api/jobs/([\w-]{1,40})/page", JobFile, shared),
            (r"/api/([a-z]{1,20})", Api, shared),
        ]
        try:
            server = Server(
                {},
                io_loop=IOLoop.current(),
                address=config.host,
                port=config.port,
                extra_patterns=patterns,
                http_server_kwargs={"max_body_size": LARGEST_BODY, "max_buffer_size": 4 * LARGEST_BODY},
            )
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


def run(server: Server) -> None:
    """Serve until it is interrupted."""
    server.start()
    server.io_loop.start()
