"""What is said of a recogniser: who fares worst, where that can be said."""

from pathlib import Path

import pytest

from embedkit.analysis.intervals import Interval
from embedkit.runs.folder import Run
from embedkit.tasks.speech import findings
from embedkit.tasks.speech.score import Confusion, ErrorRate, SpeechScore

LONG = "0123456789abcdef" * 8


def score(*rates: tuple[str, int]) -> SpeechScore:
    """Speakers of ten words each, so many of them wrong."""
    speakers = tuple(ErrorRate(name, wrong, 10, 2, Interval(0.0, 1.0)) for name, wrong in rates)
    wrong = sum(each.errors for each in speakers)
    overall = ErrorRate("all", wrong, 10 * len(rates), 2 * len(rates), Interval(0.0, 1.0))
    return SpeechScore(
        "run",
        "test",
        1,
        4,
        9.0,
        overall,
        wrong,
        0,
        0,
        0,
        speakers,
        (),
        (),
        (overall,),
        (Confusion(LONG, "one", 3),),
        (),
    )


def lead(monkeypatch: pytest.MonkeyPatch, *rates: tuple[str, int]) -> str:
    monkeypatch.setattr(findings, "stored_score", lambda run: score(*rates))
    return findings.errors_findings(Run(Path("run")))[0].text


def test_the_speakers_who_fare_worst_and_best_are_named_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    text = lead(monkeypatch, (LONG, 8), ("second", 2))
    assert text.endswith(f"; most of {LONG[:39]}… (80.0 %), fewest of second (20.0 %).")


def test_where_all_speakers_fare_alike_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    text = lead(monkeypatch, ("first", 10), ("second", 10))
    assert text.endswith("(95 % 0.0 – 100.0 % over 4 recordings); the same share of each of 2 speakers.")


def test_a_long_word_is_named_shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "stored_score", lambda run: score(("first", 3), ("second", 4)))
    finding = findings.confusions_finding(Run(Path("run")))
    assert finding is not None
    assert finding.text == f"The most frequent mistake of 7: {LONG[:39]}… recognised as one, 3 times."
