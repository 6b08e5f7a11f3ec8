"""Who may ask: the right host and origin always, and a token where the explorer listens to more than this machine."""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import NamedTuple
from urllib.parse import urlsplit

from embedkit.config.serve import ServeOptions

COOKIE = "embedkit"
HEADER = "X-Embedkit"
"""Pages of other origins cannot send it without asking first, which is refused."""


_OWN = ("same-origin", "none")
"""What a browser says (Sec-Fetch-Site) of requests that the explorer's own page makes, or a person by the address."""


class Refusal(NamedTuple):
    """Why a request is not answered, with the status that says so."""

    status: int
    reason: str


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Decides about requests.

    Attributes:
        token: what a visitor has to know; None where the explorer listens to this machine alone and none was set.
    """

    def __init__(self, config: ServeOptions) -> None:
        local = is_loopback(config.host)
        self.token = config.token or (None if local else token_urlsafe(24))
        # A name of somebody else's that points here would make a page of theirs this page's origin. An explorer for
        # other machines is reached by names that are not known here, so there the token alone decides.
        self._local = local

    def refusal(self, method: str, headers: Mapping[str, str]) -> Refusal | None:
        """Why a request is not answered, whoever sends it; None where it may be."""
        host, origin = headers.get("Host", ""), headers.get("Origin")
        try:
            name = urlsplit(f"//{host}").hostname or ""
            origin_host = None if origin is None else urlsplit(origin).netloc
        except ValueError:
            return Refusal(400, "the request's Host or Origin is malformed")
        if self._local and not is_loopback(name):
            return Refusal(403, f"this explorer is for this machine alone, not for {host[:80]!r}")
        if origin_host is not None and origin_host != host:
            return Refusal(403, "requests from pages of another origin are not answered")
        # Browsers alone send it. A page of another site may link here, but have nothing loaded from here.
        opened = method == "GET" and headers.get("Sec-Fetch-Mode") == "navigate"
        opened = opened and headers.get("Sec-Fetch-Dest") == "document"
        if headers.get("Sec-Fetch-Site", "none") not in _OWN and not opened:
            return Refusal(403, "requests from pages of another site are not answered")
        if method != "GET" and HEADER not in headers:
            return Refusal(403, f"{method} needs the header {HEADER}, which the explorer's own page sends")
        return None

    def admits(self, token: str | None) -> bool:
        """Whether a visitor brought the token."""
        return self.token is None or (token is not None and hmac.compare_digest(token.encode(), self.token.encode()))
