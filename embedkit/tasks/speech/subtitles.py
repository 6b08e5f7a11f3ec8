"""Words with their times as captions: SubRip (.srt) and WebVTT (.vtt)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

GAP, LONGEST, WORDS = 0.8, 5.0, 8
"""A caption ends at a silence of so many seconds, or where it would last longer or have more words."""


class Timed(Protocol):
    """A word and its seconds."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> float: ...
    @property
    def stop(self) -> float: ...


@dataclass(frozen=True)
class Caption:
    """Words that are shown together, from one second to another."""

    text: str
    start: float
    stop: float


def captions(words: Sequence[Timed]) -> list[Caption]:
    """Words put together, none of them in two captions."""
    groups: list[list[Timed]] = []
    for word in words:
        last = groups[-1] if groups else None
        fits = last and len(last) < WORDS and word.start - last[-1].stop < GAP and word.stop - last[0].start <= LONGEST
        if last is not None and fits:
            last.append(word)
        else:
            groups.append([word])
    return [Caption(" ".join(each.text for each in group), group[0].start, group[-1].stop) for group in groups]


def srt(words: Sequence[Timed]) -> str:
    """SubRip: numbered, with a comma before the milliseconds."""
    return "\n".join(
        f"{number}\n{_clock(each.start, ',')} --> {_clock(each.stop, ',')}\n{_plain(each.text)}\n"
        for number, each in enumerate(captions(words), 1)
    )


def vtt(words: Sequence[Timed]) -> str:
    """WebVTT; what would be a tag in it is written as text."""
    blocks = [
        f"{_clock(each.start, '.')} --> {_clock(each.stop, '.')}\n"
        + _plain(each.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        + "\n"
        for each in captions(words)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _plain(text: str) -> str:
    return text.replace("-->", "→")


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"
