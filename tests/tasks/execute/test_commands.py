"""`execute`, `train execute`, `evaluate` and `lab curricula`: what they print, and what they refuse in one line."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import Call

ISSUE = r"i=8827\nc=(i-5347)\nprint((c+8704) if 2641<8500 else 5308)"
OURS = ("--run", "programs")


def as_json(call: Call, *words: str) -> Any:
    done = call(*words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_the_networks_answer_stands_beside_pythons(call: Call) -> None:
    done = call("execute", ISSUE, *OURS)
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[:3] == ["i=8827", "c=(i-5347)", "print((c+8704) if 2641<8500 else 5308)"]
    assert any(line.split() == ["Python", "12184"] for line in lines)
    assert "beyond what it learned: integers of 4 digits where programs learned from up to 2" in done.err
    (row,) = as_json(call, "execute", ISSUE, *OURS)["rows"]
    assert (row["python"], row["right"]) == ("12184", row["network"] == "12184")


def test_real_line_ends_a_file_and_standard_input(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p.py").write_text("a = 12\r\nprint(a + 34)\n")
    monkeypatch.setattr("sys.stdin", StringIO("print((40-2))\n"))
    rows = as_json(call, "execute", "a=1\nprint((a+1))", "--file", "p.py", *OURS)
    assert [(row["read"], row["python"]) for row in rows["rows"]] == [
        ("a=1\nprint((a+1))", "2"),
        ("a=12\nprint((a+34))", "46"),
    ]
    assert [row["python"] for row in as_json(call, "execute", "--file", "-", *OURS)["rows"]] == ["38"]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import os", "line 1: an import is not allowed"),
        (r"a=1\nprint(open(a))", "line 2: a call of open is not allowed"),
        ("print(9**9**9)", "line 1: a power is not allowed"),
        ("while 1<2:a=1", "line 1: a while loop is not allowed"),
        ("print('a')", "line 1: a string is not allowed"),
        ("print((1).real)", "line 1: an attribute is not allowed"),
        ("", "line 1: there is no program"),
    ],
)
def test_a_hostile_program_is_refused_in_one_line(call: Call, program: str, message: str) -> None:
    done = call("execute", program, *OURS)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {message}")
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("execute",), 2, "give a program in quotes, or --file"),
        (("execute", "--file", "nowhere.py"), 2, "--file nowhere.py: no such file"),
        (("execute", "print(1)", "--flie", "p.py"), 2, "unknown option '--flie'; did you mean --file"),
        (("execute", "print(1)", "--run", "phrases"), 2, "is a seq2seq run; this needs execute"),
        (("train", "execute", "--digits", "3"), 2, "--digits does not go with --task programs"),
        (("train", "execute", "--task", "adition"), 2, "addition"),
        (("train", "execute", "--length", "0"), 2, "--length 0: must be at least 1"),
        (("train", "execute", "--corpus", "dates"), 2, "--corpus"),
        (("lab", "curricula", "--seeds", "0"), 2, "--seeds 0: must be at least 1"),
    ],
)
def test_wrong_calls_are_told_in_one_line(call: Call, words: tuple[str, ...], code: int, message: str) -> None:
    done = call(*words)
    assert done.code == code, done.err
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_a_file_that_is_no_text_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "p.py").write_bytes(b"\xff\xfe\x00")
    done = call("execute", "--file", "p.py", *OURS)
    assert (done.code, done.err) == (2, "error: --file p.py: not UTF-8 text; give a file with a program\n")


def test_a_run_is_scored_with_denominators_and_intervals(call: Call) -> None:
    score = as_json(call, "evaluate", "programs", "--pairs", "30")
    assert (score["name"], score["exact"]["n"], score["target"]) == ("programs/valid", 30, [2, 1])
    assert [(cell["length"], cell["nesting"]) for cell in score["cells"]] == [(1, 1), (2, 1)]
    assert all(tally["interval"]["low"] <= tally["interval"]["high"] for tally in score["places"])
    done = call("evaluate", "programs", "--pairs", "30").out
    assert "programs/valid: held-out length 2, nesting 1" in done
    assert "95 % interval" in done


def test_additions_of_any_digits_are_trained_and_asked(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "own"))  # the newest run of the others stays the one of programs
    sizes = ("--embedding-size", "4", "--hidden-size", "8", "--bottleneck-size", "4", "--held-out", "20")
    done = call(
        "train", "execute", "--task", "addition", "--digits", "12", "--steps", "2", *sizes, "--evaluations", "1"
    )
    assert done.code == 0, done.err
    assert "embedkit report addition-12" in done.err
    (row,) = as_json(call, "execute", "123456789012+5", "--run", "addition-12")["rows"]
    assert row["python"] == "123456789017"
    refused = call("execute", "print((12*3))", "--run", "addition-12")
    assert refused.code == 2
    assert "learned to add two numbers" in refused.err


def test_the_report_of_a_run(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedkit.tasks.execute.study.SCORED", 60)
    done = call("report", "programs")
    assert done.code == 0, done.err
    assert done.out.strip() == "reports/html/programs.html"
    assert "learning to execute" in (tmp_path / "reports/html/programs.html").read_text()
    checked = call("report", "--verify", "reports/html/programs.html")
    assert checked.code == 0, checked.out + checked.err
    assert "0 differ" in checked.out
