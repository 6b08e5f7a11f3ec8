"""Who may ask: the right host and origin always, and a token where the explorer listens to more than this machine."""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from secrets import token_urlsafe
from urllib.parse import urlsplit

from embedkit.config.serve import ServeOptions

COOKIE = "embedkit"
HEADER = "X-Embedkit"
"""Pages of other origins cannot send it without asking first, which is refused."""


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

    def refusal(self, method: str, headers: Mapping[str, str]) -> str | None:
        """Why a request is not answered, whoever sends it; None where it may be."""
        host = headers.get("Host", "")
        if self._local and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return f"this explorer is for this machine alone, not for {host[:80]!r}"
        origin = headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return "requests from pages of another origin are not answered"
        if method != "GET" and HEADER not in headers:
            return f"{method} needs the header {HEADER}, which the explorer's own page sends"
        return None

    def admits(self, token: str | None) -> bool:
        """Whether a visitor brought the token."""
        return self.token is None or (token is not None and hmac.compare_digest(token.encode(), self.token.encode()))
