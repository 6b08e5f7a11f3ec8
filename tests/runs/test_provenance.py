"""How a run says that it can be made again."""

import sys
from types import SimpleNamespace

import pytest

from embedkit.runs.provenance import circumstances


@pytest.mark.parametrize(
    ("module", "program", "command"),
    [
        ("embedkit.__main__", "/somewhere/embedkit/__main__.py", "python -m embedkit demo --name 'a b'"),
        ("benchmarks.live", "/somewhere/benchmarks/live.py", "python -m benchmarks.live demo --name 'a b'"),
        (None, "/usr/local/bin/embedkit", "embedkit demo --name 'a b'"),
        (None, "cli.py", "python cli.py demo --name 'a b'"),
    ],
)
def test_the_command_is_one_that_can_be_typed_again(
    monkeypatch: pytest.MonkeyPatch, module: str | None, program: str, command: str
) -> None:
    spec = None if module is None else SimpleNamespace(name=module)
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__spec__=spec))
    monkeypatch.setattr(sys, "argv", [program, "demo", "--name", "a b"])
    assert circumstances()["command"] == command
