"""Connections: how many there may be at a time, which one goes when there are too many, and what happens when the
system has no more to give.

Tornado's server accepts whatever comes, and where descriptors run out it is called again and again for a connection
that it cannot take. Here a connection that only waits (half a request was sent, or none after the last answer) gives
way to a new one, the one that has waited longest first; where none can be opened nothing is accepted for a while.
"""

import logging
import socket
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream

from embedkit.config.serve import DESCRIPTORS_KEPT, FEWEST_CONNECTIONS, MOST_CONNECTIONS, MOST_OF_ONE_ADDRESS
from embedkit.serve.turns import network_of

BACK_OFF = 1.0  # seconds
_ACCEPTED_AT_ONCE = 128
log = logging.getLogger(__name__)


def most_connections() -> int:
    """How many connections there may be: as configured, or what the limit of open files (`ulimit -n`) leaves."""
    try:
        import resource
    except ImportError:
        return MOST_CONNECTIONS  # Windows has no such limit
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, limit - DESCRIPTORS_KEPT))


@dataclass(eq=False)
class Connection:
    """An open connection.

    Attributes:
        network: where it comes from.
        busy: whether a whole request has come that is not answered yet.
    """

    stream: IOStream
    network: str
    busy: bool = False


class Server(HTTPServer):
    """An HTTP server that many connections do not stop. It accepts from `start` to `stop`."""

    def initialize(self, *values: Any, most: int = MOST_CONNECTIONS, **options: Any) -> None:
        """`most`: connections in all; of one address there may be three quarters of it, and MOST_OF_ONE_ADDRESS."""
        super().initialize(*values, **options)
        self.most, self.most_of_one = most, min(MOST_OF_ONE_ADDRESS, max(1, 3 * most // 4))
        self._open: OrderedDict[IOStream, Connection] = OrderedDict()  # that which has waited longest first
        self._bound: list[socket.socket] = []
        self._doors: list[_Door] = []

    def listen_at(self, sockets: list[socket.socket]) -> None:
        """Accept at these from `start` on."""
        self._bound += sockets

    @property
    def port(self) -> int:
        return int(self._bound[0].getsockname()[1])

    def start(self, num_processes: int | None = 1, max_restarts: int | None = None) -> None:
        self._doors = [_Door(bound, self._admit, self._give_way) for bound in self._bound]

    def stop(self) -> None:
        """Close what is listened at, and every connection."""
        for door in self._doors:
            door.close()
        for bound in self._bound:
            bound.close()
        for connection in list(self._open.values()):
            connection.stream.close()

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        delegate = super().start_request(server_conn, request_conn)
        connection = self._open.get(_stream_of(server_conn))
        if connection is None:
            return delegate
        connection.busy = False
        self._open.move_to_end(connection.stream)
        return _Watched(delegate, connection)

    def on_close(self, server_conn: object) -> None:
        self._open.pop(_stream_of(server_conn), None)
        super().on_close(server_conn)

    def _admit(self, accepted: socket.socket, address: Any) -> None:
        """Serve a connection, in place of one that waits where there are too many."""
        network = network_of(str(address[0]))
        crowds = Counter(connection.network for connection in self._open.values())
        crowd = ""
        if crowds[network] >= self.most_of_one:
            crowd = network
        elif len(self._open) >= self.most:
            crowd = max(crowds, key=crowds.__getitem__)
        if crowd and not self._give_way(crowd):
            accepted.close()
            return
        accepted.setblocking(False)
        stream = IOStream(accepted, max_buffer_size=self.max_buffer_size)
        self._open[stream] = Connection(stream, network)
        self.handle_stream(stream, address)

    def _give_way(self, network: str = "") -> bool:
        """Close the connection that has waited longest, of a network if one is named; False where all are busy."""
        for connection in self._open.values():
            if not connection.busy and network in ("", connection.network):
                del self._open[connection.stream]
                connection.stream.close()
                return True
        return False


def _stream_of(server_conn: object) -> IOStream:
    stream: IOStream = server_conn.stream  # type: ignore[attr-defined]
    return stream


class _Watched(HTTPMessageDelegate):
    """A request that is read as it would be, and makes its connection busy once it is whole."""

    def __init__(self, delegate: HTTPMessageDelegate, connection: Connection) -> None:
        self._delegate, self._connection = delegate, connection

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._connection.busy = True
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()


class _Door:
    """A socket at which connections are accepted."""

    warned = False

    def __init__(
        self, bound: socket.socket, admit: Callable[[socket.socket, Any], None], give_way: Callable[[], bool]
    ) -> None:
        self._bound, self._admit, self._give_way = bound, admit, give_way
        self._loop = IOLoop.current()
        self._closed = False
        self._watch()

    def close(self) -> None:
        self._closed = True
        self._loop.remove_handler(self._bound)

    def _watch(self) -> None:
        if not self._closed:
            self._loop.add_handler(self._bound, self._accept, IOLoop.READ)

    def _accept(self, *_: Any) -> None:
        for _attempt in range(_ACCEPTED_AT_ONCE):
            try:
                accepted, address = self._bound.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                self._pause(error)
                return
            try:
                self._admit(accepted, address)
            except OSError:
                accepted.close()  # it was reset before it was looked at

    def _pause(self, error: OSError) -> None:
        """Accept nothing for a while: the system has no descriptor or memory for it, and would say so without end."""
        self._give_way()
        self._loop.remove_handler(self._bound)
        self._loop.call_later(BACK_OFF, self._watch)
        if not _Door.warned:
            _Door.warned = True  # once: whoever is in the way could fill a disk with it
            log.warning("no connection can be opened (%s); new ones wait, the others are served", error.strerror)
