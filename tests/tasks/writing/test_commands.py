"""`writer`, `t9` and `complete`: what they print, what they refuse in one line, and what never reaches a terminal."""

import json
import os
import pty
import select
import sys
import termios
import time
from io import StringIO
from pathlib import Path

import pytest

from embedkit.cli.edge import run
from embedkit.controls import printable
from embedkit.tasks.writing import commands as writing
from embedkit.tasks.writing.continuations import Continuation
from tests.command_line import Call

ROOT = Path(__file__).resolve().parents[3]
HOSTILE = "\x1b[31mred\x1b[0m"
TRAIN = (
    "train lm --corpus {corpus} --level {level} --name {level} --embedding-size 8 --hidden-size 8 --batch-size 4 "
    "--bptt 10 --steps 4 --evaluations 1 --vocabulary-size 300 --device cpu"
)


@pytest.fixture(scope="session")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs at every level, of a text with escape sequences among its words."""
    folder = tmp_path_factory.mktemp("levels")
    lines = (
        f"the rings of Saturn glittered while me and the good home {HOSTILE} \x07 of the {n % 9}\n" for n in range(300)
    )
    (folder / "text.txt").write_text("".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBEDKIT_RUNS", str(folder / "runs"))
        for level in ("word", "char", "bpe"):
            words = TRAIN.format(corpus=folder / "text.txt", level=level)
            words = words if level == "bpe" else words.replace(" --vocabulary-size 300", "")
            assert run(words.split()) == 0
    return folder / "runs"


def option(levels: Path, level: str) -> tuple[str, str]:
    return "--run", str(levels / level)


def test_what_a_terminal_would_obey_is_replaced() -> None:
    assert printable("a\x1b[31mb\x07\x9bc\u202ed\r") == r"a\x1b[31mb\x07\x9bc\u202ed\x0d"
    assert printable("naïve\n\t日本 “x” – 👩‍🚀") == "naïve\n\t日本 “x” – 👩‍🚀"


@pytest.mark.parametrize("level", ["word", "char", "bpe"])
def test_nothing_of_a_hostile_text_reaches_the_terminal_raw(call: Call, levels: Path, level: str) -> None:
    texts = [
        call("complete", "the", "\x1b[2J", "--tokens", "80", "--temperature", "3", *option(levels, level)).out,
        call("writer", f"good home {HOSTILE[:6]}", *option(levels, level)).out,
        call("t9", "63", "--context", f"home {HOSTILE}", *option(levels, level)).out,
    ]
    for text in texts:
        assert text.strip()
        assert not set(text) & {"\x1b", "\x07", "\x9b"}


@pytest.mark.parametrize("level", ["word", "char", "bpe"])
def test_digits_are_ranked_at_every_level(call: Call, levels: Path, level: str) -> None:
    done = call("t9", "63", "--context", "the rings", "--json", *option(levels, level))
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert {each["text"] for each in found["in_context"]} == {"of", "me"}
    assert sum(each["share"] for each in found["in_context"]) == pytest.approx(1)
    assert [each["text"] for each in found["by_frequency"]] == ["of", "me"]
    table = call("t9", "843074647", "-k", "3", *option(levels, level)).out
    assert "the rings" in table
    assert "in context" in table
    assert (levels / level / "keypad" / "words.tsv").exists() == (level != "word")


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("t9", "1"), "the key 1 has no letters", 2),
        (("t9", "84x"), "'x' is no key", 2),
        (("t9", ""), "an argument is empty", 2),
        (("t9",), "give the digits of each word", 2),
        (("t9", "63", "-k", "0"), "-k 0: must be at least 1", 2),
        (("t9", "99999"), "no word has the digits 99999", 1),
        (("t9", "63", "--evaluate"), "leave the digits and --context out", 2),
        (("t9", "--evaluate", "--words", "0"), "--words 0: must be at least 1", 2),
        (("t9", "63", "--run", "phrases"), "is a seq2seq run; this needs language-model", 2),
        (("writer", "--words", "0"), "--words 0: must be from 1 to 20", 2),
        (("writer", "--run", "vectors"), "word2vec run; this needs language-model", 2),
        (("complete", ""), "the prompt is empty", 2),
        (("complete", "king", "--temperature", "nan"), "--temperature nan", 2),
        (("complete", "king", "--seed", "-1"), "--seed -1: must be from 0", 2),
    ],
)
def test_a_wrong_call_is_one_line(call: Call, words: tuple[str, ...], said: str, code: int, tmp_path: Path) -> None:
    done = call(*words)
    line = done.err.strip().splitlines()[-1]
    assert line.startswith("error: ")
    assert said in line
    assert "Traceback" not in done.err
    assert done.code == code
    assert list(tmp_path.iterdir()) == []


def test_unknown_words_of_a_prompt_are_said(call: Call) -> None:
    done = call("complete", "the", "KING", "xyzzy", "--tokens", "3", "--run", "small")
    assert done.out.startswith("the KING xyzzy")
    assert "unknown to small: KING (king is known), xyzzy\n" in done.err


def test_an_evaluation_keeps_its_figures_and_renders_a_report(call: Call, levels: Path, tmp_path: Path) -> None:
    done = call("t9", "--evaluate", "--words", "60", *option(levels, "word"))
    assert done.code == 0, done.err
    assert "words scored" in done.out
    assert "KSPC" in done.out
    kept = json.loads((levels / "word" / "keypad" / "valid.json").read_text())
    assert kept["n"] == kept["words"] - kept["unknown"]
    page = tmp_path / "reports" / "html" / "word-writing.html"
    assert page.exists()
    again = json.loads(call("t9", "--evaluate", "--words", "60", "--json", *option(levels, "word")).out)
    assert {key: again[key] for key in kept} == kept
    assert call("t9", "--evaluate", "--split", "test", "--words", "20", *option(levels, "char")).code == 0


def test_a_verified_report_types_the_words_again(
    call: Call, levels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(levels))
    assert call("t9", "--evaluate", "--words", "60", "--run", str(levels / "word")).code == 0
    page = str(tmp_path / "reports" / "html" / "word-writing.html")
    monkeypatch.setenv("EMBEDKIT_RUNS", str(levels))
    done = call("report", "--verify", page, "--json")
    assert done.code == 0, done.err
    checks = {check["what"]: check for check in json.loads(done.out)["checks"] if check["step"] == "made again"}
    kept = next(check for what, check in checks.items() if what.endswith("keypad/valid.json"))
    assert (kept["verdict"], "words typed again: the same" in kept["why"]) == ("match", True)


def test_lines_of_standard_input_get_three_offers_each(
    call: Call, levels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("the rings of\nSat\n"))
    done = call("writer", *option(levels, "word"))
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert [line[:2] for line in lines] == ["1 ", "2 ", "3 "] * 2
    assert all(line[2:].startswith("the rings of") for line in lines[:3])
    assert lines[3].startswith("1 Saturn")
    rows = json.loads(call("writer", "Sat", "--json", *option(levels, "word")).out)["rows"]
    assert rows[0]["offers"][0]["text"].startswith("Saturn")


class Three:
    """Offers that are known: the same three after any text."""

    def offers(self, text: str, *, most: int, words: int) -> list[Continuation]:
        kept = len(text.rstrip(" "))
        return [Continuation(len(text), "one", 0), Continuation(kept, ", two", 0), Continuation(len(text), "\x1b3", 0)]


@pytest.mark.parametrize(
    ("keys", "written"),
    [
        ("go \t\x04", "go one"),
        ("go 1\x04", "go one"),
        ("go 2\x04", "go, two"),
        ("go 3\x04", r"go \x1b3"),
        ("go 45\x04", "go 45"),
        ("a\r1\x04", "a\none"),
        ("go\x7f\x7fhi 1\x04", "hi one"),
        ("\x04", ""),
    ],
)
def test_keys_take_offers(keys: str, written: str) -> None:
    assert typed(keys) == (written, False)


def test_escape_hides_the_offers_until_the_next_space() -> None:
    assert typed("in \x1b", "1912 1\x04") == ("in 1912 one", False)


def test_ctrl_c_gives_back_what_was_written() -> None:
    assert typed("go\x03") == ("go", True)


def typed(*keys: str) -> tuple[str, bool]:
    """What is written with these keys, a pause after each argument."""
    import threading
    from concurrent.futures import ThreadPoolExecutor

    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    with create_pipe_input() as pipe:
        pipe.send_text(keys[0])
        for number, later in enumerate(keys[1:], 1):
            threading.Timer(0.5 * number, pipe.send_text, [later]).start()
        offering = writing.Offering(Three(), 3)  # type: ignore[arg-type]
        # In a thread of its own: where tests with a browser ran before, playwright's event loop runs in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(writing.write, offering, input=pipe, output=DummyOutput()).result()


def test_in_a_terminal_it_offers_takes_and_prints_the_text(levels: Path) -> None:
    """The command itself, in a terminal of its own."""
    main, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    environment = {**os.environ, "EMBEDKIT_RUNS": str(levels), "TERM": "xterm"}
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, str(ROOT / "cli.py"), "writer", "the rings of", "--run", "word"],
        environment,
        file_actions=[(os.POSIX_SPAWN_DUP2, terminal, stream) for stream in (0, 1, 2)],
        setsid=True,
    )
    os.close(terminal)
    seen = until(main, b"Ctrl-D ends", 60)
    seen += until(main, b"\x1b[6n", 30)  # where is the cursor? Offers stand below it
    os.write(main, b"\x1b[2;1R")
    seen += until(main, b" 3 ", 30)
    assert b" 3 " in seen
    os.write(main, b" Satu\t\x04")
    seen += until(main, b"Saturn", 30) + until(main, None, 10)
    _, status = os.waitpid(process, 0)
    os.close(main)
    assert os.waitstatus_to_exitcode(status) == 0
    assert seen.rstrip().splitlines()[-1].decode().split("\x1b[?2004l")[-1].startswith("the rings of Saturn")


def until(terminal: int, wanted: bytes | None, seconds: float) -> bytes:
    """What a terminal shows until it has shown something, or until its program has ended."""
    seen, ends = b"", time.monotonic() + seconds
    while time.monotonic() < ends and (wanted is None or wanted not in seen):
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65_536)
            except OSError:  # the other side has gone
                break
    return seen


def test_a_text_that_has_changed_is_not_scored_on(call: Call, levels: Path) -> None:
    # What is held out of it now may have been trained on.
    text = levels.parent / "text.txt"
    before = text.read_text(encoding="utf-8")
    text.write_text("another line\n" + before, encoding="utf-8")
    try:
        done = call("t9", "--evaluate", "--words", "5", *option(levels, "word"))
    finally:
        text.write_text(before, encoding="utf-8")
    assert done.code == 1
    assert "has changed since word was trained on it" in done.err
