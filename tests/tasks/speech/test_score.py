"""Word errors by hand."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.intervals import Interval
from embedkit.runs.folder import Run
from embedkit.tasks.speech.corpus import Utterance
from embedkit.tasks.speech.findings import deaf_error
from embedkit.tasks.speech.score import SPEECH_SCORES, Confusion, ErrorRate, score_speech


def utterance(text: str, speaker: str, sources: tuple[int, ...], pause: float | None = None) -> Utterance:
    return Utterance("x", text, speaker, np.zeros(80, dtype=np.float32), sources, np.zeros((0, 2)), pause)


def test_errors_by_group_are_counted_by_hand() -> None:
    utterances = [
        utterance("one two", "ada", (0, 1), 0.2),
        utterance("two", "bob", (2,)),
        utterance("one one two", "bob", (3, 3, 2), 0.05),
    ]
    references = [each.text for each in utterances]
    hypotheses = ["one two", "one", "one two"]  # right; a word for another; one left out
    score = score_speech(utterances, references, hypotheses, name="run", split="test", beams=1, seconds=3.0)
    assert (score.overall.errors, score.overall.words, score.overall.recordings) == (2, 6, 4)
    assert (score.substitutions, score.deletions, score.insertions, score.exact) == (1, 1, 0, 1)
    assert [(rate.name, rate.errors, rate.words) for rate in score.speakers] == [("ada", 0, 2), ("bob", 2, 4)]
    assert [(rate.name, rate.errors, rate.words) for rate in score.lengths] == [
        ("1 word", 1, 1),
        ("2 words", 0, 2),
        ("3 words", 1, 3),
    ]
    assert [(rate.name, rate.words) for rate in score.pauses] == [("0 to 0.12 s", 3), ("0.12 to 0.25 s", 2)]
    assert [(rate.name, rate.errors, rate.words) for rate in score.sayings] == [("one", 1, 3), ("two", 1, 3)]
    assert Confusion("two", "one", 1) in score.confusions
    assert Confusion("one", "(left out)", 1) in score.confusions
    assert score.overall.interval.low < 2 / 6 < score.overall.interval.high


def test_what_is_put_in_counts_for_the_word_before_it_or_the_first() -> None:
    score = score_speech(
        [utterance("one two", "", (4, 5))], ["one two"], ["x one y z two"], name="", split="test", beams=1, seconds=1.0
    )
    assert [(rate.name, rate.errors) for rate in score.sayings] == [("one", 3), ("two", 0)]
    assert score.speakers == ()


def test_no_error_has_an_interval_that_is_wider_with_fewer_recordings() -> None:
    def high(recordings: int) -> float:
        own = [utterance("one", "a", (number,)) for number in range(recordings)]
        texts = ["one"] * recordings
        return score_speech(own, texts, texts, name="", split="test", beams=1, seconds=1.0).overall.interval.high

    assert high(10) == pytest.approx(1 - 0.025 ** (1 / 10))
    assert high(100) == pytest.approx(0.0362, abs=1e-3)  # Clopper & Pearson's for none of 100


def test_the_interval_is_over_recordings_and_not_over_their_uses() -> None:
    once = [utterance("one", "a", (number,)) for number in range(20)]
    often = [utterance("one", "a", (number,)) for number in range(20) for _ in range(10)]
    hypotheses = ["two" if number < 5 else "one" for number in range(20)]
    repeated = [word for word in hypotheses for _ in range(10)]

    def width(utterances: list[Utterance], words: list[str]) -> float:
        references = ["one"] * len(words)
        rate = score_speech(utterances, references, words, name="", split="test", beams=1, seconds=1.0).overall
        return rate.interval.high - rate.interval.low

    assert width(often, repeated) == pytest.approx(width(once, hypotheses))


def test_a_score_of_an_earlier_version_opens(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    score = score_speech([utterance("one", "", (4,))], ["one"], ["two"], name="", split="test", beams=1, seconds=1.0)
    path = SPEECH_SCORES.save(run, score)
    stored = path.read_text(encoding="utf-8")
    assert stored.count('"reference"') == stored.count('"hypothesis"') == 2
    path.write_text(stored.replace('"reference"', '"said"').replace('"hypothesis"', '"heard"'), encoding="utf-8")
    assert SPEECH_SCORES.load(run, "test") == score


def test_who_does_not_listen_says_the_most_frequent_word_every_time() -> None:
    words = tuple(ErrorRate(name, 0, n, 1, Interval(0, 0)) for name, n in (("one", 6), ("two", 3), ("six", 1)))
    score: Any = SimpleNamespace(sayings=words)
    assert deaf_error(score) == pytest.approx(0.4)
    assert deaf_error(SimpleNamespace(sayings=())) is None
