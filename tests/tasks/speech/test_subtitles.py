"""Captions by hand."""

from embedkit.tasks.speech.predictions import TimedWord
from embedkit.tasks.speech.subtitles import captions, srt, vtt

WORDS = [TimedWord("one", 0.5, 0.62), TimedWord("<b>", 0.9, 1.0), TimedWord("three", 3_725.0, 3_725.5)]


def test_a_silence_begins_another_caption() -> None:
    assert [(each.text, each.start, each.stop) for each in captions(WORDS)] == [
        ("one <b>", 0.5, 1.0),
        ("three", 3_725.0, 3_725.5),
    ]
    many = [TimedWord("a", second * 0.3, second * 0.3 + 0.2) for second in range(20)]
    assert [len(each.text.split()) for each in captions(many)] == [8, 8, 4]


def test_subrip_and_webvtt() -> None:
    assert srt(WORDS) == ("1\n00:00:00,500 --> 00:00:01,000\none <b>\n\n2\n01:02:05,000 --> 01:02:05,500\nthree\n")
    assert vtt(WORDS) == (
        "WEBVTT\n\n00:00:00.500 --> 00:00:01.000\none &lt;b&gt;\n\n01:02:05.000 --> 01:02:05.500\nthree\n"
    )
    assert vtt([]) == "WEBVTT\n"
