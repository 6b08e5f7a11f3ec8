"""Completion in the shells themselves."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedkit.cli import app
from tests.command_line import Call

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> str:
    """What bash reads."""
    command = [sys.executable, "cli.py", "completion", "bash"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout


def bash(program: str) -> str:
    found = shutil.which("bash")
    if found is None:
        pytest.skip("needs bash")
    done = subprocess.run([found, "--norc"], input=program, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("embedkit tra", {"train", "trace", "transcribe", "translate"}),
        ("embedkit train seq", {"seq2seq"}),
        ("embedkit report --veri", {"--verify"}),
        ("embedkit train lm --level ", {"word", "char", "bpe"}),
        ("embedkit completion f", {"fish"}),
        ("embedkit nothing-like-it-", set()),
    ],
)
def test_bash_offers_what_goes_on(script: str, line: str, offers: set[str]) -> None:
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    asked = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _embedkit; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    assert {offer.strip() for offer in bash(f"{script}\n{asked}\n").split()} == offers


def test_bash_knows_that_the_function_is_embedkits(script: str) -> None:
    assert bash(f"{script}\ncomplete -p embedkit\n") == "complete -F _embedkit embedkit\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_reads_its_script_and_it_has_every_command(shell: str, call: Call, tmp_path: Path) -> None:
    done = call("completion", shell)
    assert done.code == 0
    assert [command.name for command in app.COMMANDS if command.name not in done.out] == []
    (tmp_path / "script").write_text(done.out, encoding="utf-8")
    if found := shutil.which(shell):
        read = subprocess.run([found, "-n", tmp_path / "script"], capture_output=True, text=True, timeout=60)
        assert (read.returncode, read.stderr) == (0, "")


def test_another_shell_is_refused(call: Call) -> None:
    done = call("completion", "tcsh")
    assert done.code == 2
    assert "bash" in done.err
