"""Where the live explorer listens, and what it bounds."""

import re
from dataclasses import dataclass

from embedkit.config.checked import Checked
from embedkit.errors import UsageError

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,}")


@dataclass(frozen=True)
class ServeOptions(Checked):
    """Where the explorer listens.

    Attributes:
        host: The address to listen on; any but this machine's own requires a token.
        port: The port; 0 takes a free one.
        token: What a visitor's address must contain as ?token=…; by default a random one, if one is needed.
    """

    host: str = "127.0.0.1"
    port: int = 5006
    token: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.port <= 65_535:
            raise UsageError(f"--port {self.port}: must be from 1 to 65535, or 0 for any that is free")
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise UsageError("--token: take at least 8 letters, digits, - and _, as it stands in an address")


LONGEST_TEXT = 2_000
"""Characters of a text that a visitor types."""
LARGEST_BODY = 64 * 1024
"""Bytes of a request."""
LARGEST_SOUND, LONGEST_SOUND = 4 * 1024 * 1024, 20
"""Bytes and seconds of a file of sound that a visitor sends."""
SOUNDS_AT_ONCE = 8
"""Such files that are received or wait to be listened to at a time."""
MOST_POINTS = 50_000
"""Of a map that is laid out anew."""
WAITING_JOBS = 8
"""Jobs that wait for the one that runs."""
KEPT_JOBS = 64
"""Jobs that are done and can still be looked at."""
MOST_TOKENS = 400
"""That a text is continued by, or that are traced."""
SEARCH_THREADS, MODEL_THREADS, PAGE_THREADS = 4, 1, 1
"""Requests about words, about models and for pages that are worked on at a time: none waits for another kind."""
WAITING_QUESTIONS = 200
"""Requests of one visitor that wait for their turn, of each of those kinds: fewer than one address has connections."""
MOST_CONNECTIONS, MOST_OF_ONE_ADDRESS, FEWEST_CONNECTIONS = 512, 256, 16
"""Connections at a time, in all and of one address; and how many there may be however few files may be open."""
MOST_WAITING = 2048
"""Connections that the system keeps until they are accepted. Where it has no room it drops them, and whoever asks tries
again after one second, then two more."""
DESCRIPTORS_KEPT = 64
"""Open files that are left for runs, jobs and libraries."""
LARGEST_HEADER = 128 * 1024
"""Bytes of a request's first lines."""
PATIENCE = 15.0
"""Seconds for a request's first lines, for its body, between two requests, and for a part of an answer to be taken."""
PART_OF_ANSWER = 256 * 1024
"""Bytes of a long answer that are handed over at a time."""
