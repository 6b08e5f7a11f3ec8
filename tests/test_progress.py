"""Progress is told in one form: a share and a few words."""

from embedkit.progress import counted_lines, no_progress, no_steps, prefixed
from tests.progress import Recorder


def test_words_before_those_of_a_progress() -> None:
    told = Recorder()
    reading = prefixed(told, "reading my.txt: ")
    reading(None, "10,000 lines")
    reading(0.5)
    assert told.shares == [None, 0.5]
    assert told.texts == ["reading my.txt: 10,000 lines", "reading my.txt: "]


def test_every_ten_thousand_lines_are_told() -> None:
    told = Recorder()
    lines = (str(number) for number in range(25_000))
    assert list(counted_lines(lines, told)) == [str(number) for number in range(25_000)]
    assert told.texts == ["10,000 lines", "20,000 lines"]
    assert told.shares == [None, None]


def test_nobody_has_to_watch() -> None:
    with no_steps("a step") as progress:
        progress(0.5, "half")
        assert progress is no_progress
