"""What a command prints is never obeyed by a terminal, wherever it came from."""

import json
import sys
from pathlib import Path

import pytest

from embedkit.cli.edge import LONGEST, run
from embedkit.cli.output import note, print_json, print_table
from embedkit.cli.terminal import guarded, unguarded
from embedkit.controls import printable
from embedkit.errors import unknown

HOSTILE = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202ecod\u2066\x00\ud800\U000e0041"
ESCAPED = r"\x1b[31mred\x1b]0;title\x07\x9b2J\u202ecod\u2066\x00\ud800\U000e0041"


def test_what_a_terminal_obeys_stands_as_an_escape() -> None:
    assert printable(HOSTILE) == ESCAPED
    assert printable("a\tb\nc — می\u200cخواهم, क्\u200dष ✓ 😀") == "a\tb\nc — می\u200cخواهم, क्\u200dष ✓ 😀"


ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
TAGS = {
    ENGLAND: ENGLAND,
    f"a{ENGLAND * 2}b": f"a{ENGLAND * 2}b",
    ENGLAND[:-1]: "\U0001f3f4" + r"\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067",
    ENGLAND[1:3]: r"\U000e0067\U000e0062",
    "\U0001f600" + ENGLAND[1:]: "\U0001f600" + r"\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    f"{ENGLAND}\U000e0041": ENGLAND + r"\U000e0041",
    # More than the name of a part of a country is hidden text.
    "\U0001f3f4" + ENGLAND[1:6] * 2 + "\U000e007f": "\U0001f3f4"
    + r"\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067" * 2
    + r"\U000e007f",
}
MARKS = {
    "\u200fצה״ל (ז׳ורנל)\u200e": "\u200fצה״ל (ז׳ורנל)\u200e",
    "قیمت \u200e+98\u200f \u061c12": "قیمت \u200e+98\u200f \u061c12",
    "a\u200fb\u200e 1\u061c2": r"a\u200fb\u200e 1\u061c2",
    "\u200f": r"\u200f",
    "שלום\u202eb\u202c \u2067c\u2069\u200f": r"שלום\u202eb\u202c \u2067c\u2069" + "\u200f",
}
"""Texts and how they are shown."""


@pytest.mark.parametrize(("text", "displayed"), [*TAGS.items(), *MARKS.items()])
def test_flags_and_ordinary_marks_of_direction_stay_and_nothing_else_that_is_obeyed(text: str, displayed: str) -> None:
    assert printable(text) == displayed


def test_everything_that_is_printed_goes_through(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout
    with guarded():
        sys.stdout.writelines([HOSTILE, "\n"])
        note(HOSTILE)
        print_table(("word", ">n"), [(HOSTILE, "1")], title=HOSTILE)
        unguarded(sys.stdout).write("\x1b[0m")
    assert sys.stdout is before
    out, err = capsys.readouterr()
    assert err == ESCAPED + "\n"
    assert out.count(ESCAPED) == 3
    assert "\x1b" not in out.replace("\x1b[0m", "")


def test_a_label_makes_no_rows_and_no_columns(capsys: pytest.CaptureFixture[str]) -> None:
    forged = "a title\n  2   forged\t1.000"
    print_table(("word\n", ">n"), [(forged, "1"), ("b", "0")], title=f"{forged}: nearest")
    out = capsys.readouterr().out
    assert out.count(r"a title\n  2   forged\t1.000") == 2
    assert len(out.strip().splitlines()) == 6  # the title, a blank line, the heading, its rule, two rows


def test_json_is_escaped_and_the_same_value(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"label": HOSTILE + '"\\\n', "é": ["\u2028", "\ufeff"]}
    print_json(value)
    out = capsys.readouterr().out
    assert printable(out) == out
    assert json.loads(out) == value


def test_an_error_has_a_largest_length_and_shows_what_hides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["neighbors", "x" * 50_000, "--space", str(tmp_path / "no\x1b[2J.vec")]) == 2
    assert run(["report", "y" * 50_000]) == 1  # no file can be called so
    for line in capsys.readouterr().err.splitlines():
        assert len(line) <= LONGEST + 20
        assert "\x1b" not in line
    assert r"did you mean la\u200bel" in str(unknown("column", "label", ["la\u200bel"]))


def test_labels_of_a_file_are_printable_in_tables_and_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "hostile.vec"
    file.write_text("\x1b[31mred 1 0.1\n\u202eking 1 0.2\nqueen 1 0.3\n", encoding="utf-8")
    assert run(["neighbors", "queen", "--space", str(file)]) == 0
    assert run(["neighbors", "quen", "--space", str(file)]) == 2
    assert run(["neighbors", "queen", "--space", str(file), "--json"]) == 0
    out, err = capsys.readouterr()
    assert r"\x1b[31mred" in out
    assert r"\u202eking" in out
    assert printable(out + err) == out + err
