"""What the sections about a recogniser show of a score, from numbers by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from embedkit.analysis.intervals import Interval
from embedkit.report.parts import Figure, Table
from embedkit.runs.folder import Run
from embedkit.tasks.speech import sections
from embedkit.tasks.speech.score import LEFT_OUT, ErrorRate
from tests.tasks.speech.test_findings import LONG, score


@pytest.fixture(autouse=True)
def scored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two speakers whose names begin and end alike, a third, and a word of 128 digits."""
    rates = ((LONG, 8), (LONG[:64] + "x" + LONG[65:], 2), ("second", 1))
    scored = replace(score(*rates), sayings=(ErrorRate(LONG, 3, 10, 2, Interval(0.0, 1.0)),))
    monkeypatch.setattr(sections, "stored_score", lambda run: scored)


def test_speakers_with_long_names_are_named_shortly_in_the_table_and_whole_in_the_figure() -> None:
    figure, table, *_ = sections.errors(Run(Path("run")))
    assert isinstance(figure, Figure)
    assert isinstance(table, Table)
    beginning, end = LONG[:26], LONG[-13:]
    names = [f"{beginning}…{end}", f"{LONG[:23]}…{LONG[-12:]} (2)", "second"]
    assert [row[0] for row in table.rows] == ["all", *(f"speaker {name}" for name in names)]
    assert [row[2] for row in table.rows] == ["11", "8", "2", "1"]
    assert LONG in figure.description


def test_long_words_are_short_in_the_table_of_confusions() -> None:
    _, table = sections.confusions(Run(Path("run")))
    assert isinstance(table, Table)
    assert table.columns[0] == "Reference"
    assert table.columns[1:] == (f"{LONG[:26]}…{LONG[-13:]}", "one", LEFT_OUT)
    assert table.rows == ((table.columns[1], "", "3", ""),)
