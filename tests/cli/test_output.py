"""Tables fit the terminal: numbers whole, the last text broken into lines, others cut; a file gets everything."""

import re
import sys

import pytest
from rich.cells import cell_len

from embedkit.cli.output import print_table

COLUMNS = (">", ">size", ">validity", "telling words", "nearest to the centre")
ROW = (
    "1",
    "1,200",
    "-0.31",
    "court, judge, appeal, ruled",
    "the court of appeal in a very long text, 日本語 of a judge",
)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    return monkeypatch


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120, 200])
def test_a_table_is_no_wider_than_the_terminal_and_its_numbers_are_whole(
    width: int, terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", str(width))
    print_table(COLUMNS, [ROW] * 2)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(map(cell_len, lines)) <= width
    first = next(line for line in lines if "1,200" in line)
    assert ROW[2] in first
    if width < 120:
        assert "…" in first
    if width >= 40:  # every character of the last column is there
        place = lines[lines.index(first)].index("the")
        cells = "".join(line[place:] if width < 60 else line for line in lines)
        assert all(word in cells for word in ("court", "appeal", "judge"))


def test_what_is_no_terminal_gets_everything_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(COLUMNS, [ROW])
    assert any(all(cell in line for cell in ROW) for line in capsys.readouterr().out.splitlines())


def test_a_text_of_thousands_of_letters_takes_a_few_lines_of_a_terminal_and_is_whole_in_a_file(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("COLUMNS", "80")
    rows = [("1", "W" * 5000)]
    print_table((">", "word"), rows)
    assert len(capsys.readouterr().out.splitlines()) < 10
    terminal.setattr(sys.stdout, "isatty", lambda: False)
    terminal.delenv("TTY_COMPATIBLE")
    print_table((">", "word"), rows)
    assert "W" * 5000 in capsys.readouterr().out
