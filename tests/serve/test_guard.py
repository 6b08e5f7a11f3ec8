"""Who is answered: this machine alone, the page's own origin, and elsewhere those who know the token."""

import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from embedkit.config.serve import ServeOptions
from embedkit.errors import UsageError
from embedkit.serve.guard import COOKIE, Guard, is_loopback
from embedkit.serve.server import listening
from tests.serve.served import Served, in_its_thread, serving


def status(served: Served, path: str = "/api/runs", method: str = "GET", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(served.address.removeprefix("http://"), timeout=20)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_a_page_of_another_origin_is_not_answered(served: Served) -> None:
    own = served.address
    assert status(served)[0] == 200
    assert status(served, Origin=own)[0] == 200
    code, message = status(served, Origin="http://evil.example")
    assert (code, "another origin" in message) == (403, True)
    assert status(served, Origin="null")[0] == 403


def test_a_name_that_only_points_here_is_not_answered(served: Served) -> None:
    code, message = status(served, Host="evil.example")
    assert (code, "for this machine alone" in message) == (403, True)
    assert status(served, Host="localhost:1")[0] == 200


@pytest.mark.parametrize("headers", [{"Host": "["}, {"Host": "[::1"}, {"Origin": "http://["}, {"Host": "[x]"}])
def test_a_malformed_host_or_origin_is_a_wrong_call(served: Served, headers: dict[str, str]) -> None:
    assert status(served, **headers)[0] == 400


def test_pages_of_other_sites_link_here_but_load_nothing(served: Served) -> None:
    def browsed(site: str, mode: str, dest: str, path: str = "/api/runs") -> int:
        return status(served, path, Sec_Fetch_Site=site, Sec_Fetch_Mode=mode, Sec_Fetch_Dest=dest)[0]

    assert browsed("same-origin", "cors", "empty") == 200
    assert browsed("none", "navigate", "document", "/") == 200
    assert browsed("cross-site", "navigate", "document", "/") == 200
    assert browsed("cross-site", "no-cors", "script") == 403
    assert browsed("cross-site", "no-cors", "image") == 403
    assert browsed("cross-site", "navigate", "iframe", "/") == 403
    assert browsed("same-site", "cors", "empty") == 403  # another port of this machine


@pytest.mark.parametrize("path", ["/static/js/bokeh.min.js", "/favicon.ico", "/nothing", "/static/../etc/passwd"])
def test_other_addresses_are_guarded_too(served: Served, path: str) -> None:
    assert status(served, path)[0] == 404
    assert status(served, path, Host="evil.example")[0] == 403


def test_the_token_never_reaches_the_log(
    runs: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("embedkit.serve.page.index", lambda _runs: 1 / 0)
    config = ServeOptions(port=0, token="secret-secret")
    with serving(config, runs) as address, caplog.at_level("DEBUG"):
        served = Served(address.split("/?")[0], runs)
        for path in ("/?token=secret-secret", "/nothing?token=secret-secret", "/api/x?run=%ff&token=secret-secret"):
            status(served, path)
        assert status(served, "/?token=wrong-wrong")[0] == 401
        assert status(served, "/", Cookie=f"{COOKIE}=secret-secret")[0] == 500
        # A path that would be another host's address leads back here.
        connection = http.client.HTTPConnection(served.address.removeprefix("http://"), timeout=20)
        connection.request("GET", "//evil.example/?token=secret-secret")
        assert connection.getresponse().headers["Location"] == "/evil.example/"
    assert "GET / (127.0.0.1) failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text
    assert "wrong" not in caplog.text


def test_a_change_needs_the_header_that_forms_cannot_send(served: Served) -> None:
    path = "/api/jobs?kind=map&run=vectors&map=pca"
    assert status(served, path, "POST")[0] == 403
    assert status(served, path, "POST", X_Embedkit="1", Origin="http://evil.example")[0] == 403


def test_a_body_that_is_too_large_is_refused(served: Served) -> None:
    connection = http.client.HTTPConnection(served.address.removeprefix("http://"), timeout=20)
    try:
        connection.request("POST", "/api/jobs", body=b"x" * 200_000, headers={"X-Embedkit": "1"})
        assert connection.getresponse().status in (400, 413)
    except (ConnectionError, http.client.RemoteDisconnected):
        pass  # cut off, which is as good


def test_another_address_demands_its_token(runs: Path) -> None:
    config = ServeOptions(host="0.0.0.0", port=0)
    with serving(config, runs) as address:
        place, token = address.replace("0.0.0.0", "127.0.0.1").split("/?token=")
        served = Served(place, runs)
        assert len(token) > 20
        assert status(served)[0] == 401
        assert status(served, "/?token=wrong")[0] == 401
        assert status(served, Cookie=f"{COOKIE}=wrong")[0] == 401
        assert status(served, Cookie=f"{COOKIE}={token}")[0] == 200
        connection = http.client.HTTPConnection(place.removeprefix("http://"), timeout=20)
        connection.request("GET", f"/?token={token}&run=model")
        response = connection.getresponse()
        # The token goes into a cookie that no script reads, and out of the address.
        assert (response.status, response.headers["Location"]) == (302, "/?run=model")
        assert "HttpOnly" in response.headers["Set-Cookie"]
        assert "SameSite=Strict" in response.headers["Set-Cookie"]


def test_a_token_can_be_set_for_this_machine_too() -> None:
    assert Guard(ServeOptions()).token is None
    guard = Guard(ServeOptions(token="secret-secret"))
    assert guard.admits("secret-secret")
    assert not guard.admits("secret-secre")
    assert not guard.admits(None)


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_which_addresses_are_this_machine_alone(host: str, own: bool) -> None:
    assert is_loopback(host) is own


def test_a_port_that_is_taken_says_what_to_do(served: Served, runs: Path) -> None:
    port = int(served.address.rsplit(":", 1)[1])

    async def again() -> None:
        with listening(ServeOptions(port=port), runs):
            pass

    with pytest.raises(UsageError, match="--port 0 for any that is free"):
        in_its_thread(again())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"port": 70_000}, "from 1 to 65535"),
        ({"port": -1}, "from 1 to 65535"),
        ({"token": "a b"}, "at least 8 letters"),
    ],
)
def test_options_are_bounded(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ServeOptions(**options)


def heed_interrupts() -> None:
    """What a shell starts in the background ignores them, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_it_is_told_to(runs: Path, interrupt: signal.Signals) -> None:
    program = [sys.executable, "-c", "from embedkit.cli import main; main()", "serve", "--port", "0"]
    folder = {**os.environ, "EMBEDKIT_RUNS": str(runs)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(program, env=folder, preexec_fn=heed_interrupts, **pipes)
    address = process.stdout.readline().strip()
    assert status(Served(address.rstrip("/"), runs))[0] == 200
    process.send_signal(interrupt)
    assert process.wait(20) == 0
    assert "stopped" in process.stderr.read()
