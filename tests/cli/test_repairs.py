"""What was mended while a file was read is said: on the command line, in the list of runs, and on the page."""

import json
from pathlib import Path

import pytest

from embedkit.cli.edge import run
from embedkit.report import run_report
from embedkit.report.rendering import to_html
from embedkit.report.sections.maps import mended
from embedkit.runs.folder import Run, open_run
from embedkit.spaces.open import open_space

NOTES = [
    "2 zero vectors: left out (line 2: <pad>\\x1b; line 4: <b>&)",
    "1 header that counts wrong: the rows that are there taken (line 6: rows: 7 by the header, 5 in the file)",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "padded.vec"
    path.write_text("7 2\n<pad>\x1b 0 0\ncat 1 2\n<b>& 0 0\ndog 2 1\npig 1 1\n")
    return path


def test_the_first_reading_says_what_was_mended(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["neighbors", "cat", "--space", str(file)]) == 1
    assert "there are 2); take it out, or --repair leaves it out" in capsys.readouterr().err
    assert run(["neighbors", "cat", "--space", str(file), "--repair", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err.splitlines()[-2:] == [f"· {note}" for note in NOTES]
    assert json.loads(out)["space"] == "padded/vectors"
    assert run(["neighbors", "cat", "--space", str(file)]) == 0
    assert capsys.readouterr().err == ""


def test_the_list_of_runs_has_what_was_mended(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_space(file, repair=True)
    assert run(["runs"]) == 0
    assert "3 points, 3 faults mended" in capsys.readouterr().out
    assert run(["runs", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert [(each["kind"], each["count"]) for each in row["repairs"]] == [
        ("zero vector", 2),
        ("header that counts wrong", 1),
    ]


def test_the_page_has_what_was_mended_at_its_map_and_in_its_provenance(file: Path) -> None:
    open_space(file, repair=True)
    opened = open_run("padded")
    (paragraph,) = mended([opened])
    assert paragraph.text == f"3 faults in padded.vec were mended when it was read: {'; '.join(NOTES)}."
    report = run_report(opened)
    parts = [part for section in report.sections for part in section.parts]
    (facts,) = [part for part in parts if getattr(part, "heading", "") == "Mended in the file"]
    assert [": ".join(item) for item in facts.items] == NOTES  # type: ignore[attr-defined]
    page = to_html(report)
    assert "line 2: &lt;pad&gt;\\x1b; line 4: &lt;b&gt;&amp;)" in page


def test_repairs_of_a_run_that_are_damaged_are_not_shown(file: Path) -> None:
    open_space(file, repair=True)
    opened = Run(open_run("padded").path)
    for repairs in ("x", [1], [{"kind": "zero vector"}], {"count": 1}, None):
        opened.write_provenance({**opened.provenance, "repairs": repairs})
        assert list(mended([Run(opened.path)])) == []
