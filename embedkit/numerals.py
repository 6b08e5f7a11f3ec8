"""How numbers and lists of things are written, on pages and on the command line; "–" stands for what is missing."""

from collections.abc import Sequence
from typing import Protocol

MISSING = "–"
TOO_FEW = "too few"
"""Stands where an interval would, of a figure that rests on too little to tell one."""
INFINITE = "∞"


class Ends(Protocol):
    """Anything with two ends, such as an interval of `analysis`."""

    @property
    def low(self) -> float: ...

    @property
    def high(self) -> float: ...


class Estimated(Protocol):
    """A figure with its interval, None where that is not known, such as an estimate of `analysis`."""

    @property
    def value(self) -> float: ...

    @property
    def interval(self) -> Ends | None: ...


def percent(share: float | None, digits: int = 1) -> str:
    """A share between 0 and 1: 12.3 %."""
    return MISSING if share is None else f"{100 * share:.{digits}f} %"


def signed(value: float | None, digits: int = 3) -> str:
    """A figure that can be negative, and never is "-0.00"."""
    return MISSING if value is None else _minus(f"{value:z.{digits}f}")


def difference(value: float | None, digits: int = 3, *, scale: float = 1) -> str:
    """A difference with its sign as a terminal has it, to be copied: +2.7 or -1.7, never -0.0."""
    return MISSING if value is None else f"{scale * value:+z.{digits}f}"


def ends(interval: Ends | None, digits: int = 3, *, scale: float = 1) -> str:
    """The ends of an interval: 0.335 – 0.344; with a scale of 100 those of a share, in a column of per cents."""
    return MISSING if interval is None else f"{scale * interval.low:.{digits}f} – {scale * interval.high:.{digits}f}"


def percent_ends(interval: Ends | None) -> str:
    """The ends of an interval of a share: 12.3 – 45.6 %."""
    return MISSING if interval is None else f"{ends(interval, 1, scale=100)} %"


def signed_ends(interval: Ends | None, digits: int = 3, *, scale: float = 1) -> str:
    """The ends of an interval that can be negative, each as `signed` writes it."""
    if interval is None:
        return MISSING
    return f"{signed(scale * interval.low, digits)} – {signed(scale * interval.high, digits)}"


def difference_ends(interval: Ends | None, digits: int = 3, *, scale: float = 1) -> str:
    """The ends of an interval of a difference, each as `difference` writes it."""
    if interval is None:
        return MISSING
    return f"{difference(interval.low, digits, scale=scale)} – {difference(interval.high, digits, scale=scale)}"


def points_estimate(estimate: Estimated | None) -> str:
    """A difference of shares with its interval, in signed points: +28.1 (+24.6 – +31.5), or that there is too little
    to tell one."""
    if estimate is None:
        return MISSING
    within = TOO_FEW if estimate.interval is None else difference_ends(estimate.interval, 1, scale=100)
    return _minus(f"{difference(estimate.value, 1, scale=100)} ({within})")


def nats(value: float) -> str:
    """A log-probability to two decimals; one that is all but certain is 0.00 and not -0.00."""
    return f"{value:z.2f}"


def compact(value: float) -> str:
    """1,234,567 → "1.23 M"; numbers below 10,000 stand in full."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size * 10 or (value >= size and size >= 1e6):
            return f"{value / size:.3g}{unit}"
    return f"{value:,.0f}"


def data_size(count: int | None) -> str:
    """Bytes: 1,234,567 → "1.2 MB"."""
    if count is None:
        return MISSING
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def duration(seconds: float) -> str:
    """Seconds: 0.4 s, 34 s, 7.2 min, 2.5 h."""
    if seconds < 1:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"


def plural(noun: str, number: float) -> str:
    """The noun as it stands beside a number; one whose plural ends in s.

    >>> plural("word", 1), plural("word", 2), plural("query", 2), plural("class", 2), plural("day", 0)
    ('word', 'words', 'queries', 'classes', 'days')
    """
    if number == 1:
        return noun
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou") else f"{noun}s"


def counted(number: int, noun: str) -> str:
    """1 cluster, 2 clusters, 1,234 clusters."""
    return f"{number:,} {plural(noun, number)}"


def with_article(noun: str) -> str:
    """
    >>> with_article("word"), with_article("image")
    ('a word', 'an image')
    """
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} {noun}"


def listed(parts: Sequence[str]) -> str:
    """One; one and another; one, another and a third."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def shortened(text: str, longest: int = 60) -> str:
    """A text in at most so many characters: one that is longer is cut between words where it can be, and ends in "…".

    >>> shortened("the quick brown fox", 12), shortened("word")
    ('the quick…', 'word')
    """
    if len(text) <= longest:
        return text
    start = beginning(text, longest - 1)
    words = start.rpartition(" ")[0]
    return (words if 2 * len(words) > longest else start).rstrip(" ,;:") + "…"


def beginning(text: str, longest: int) -> str:
    r"""The beginning of a text in at most so many code points, where none of what a reader calls a character is cut in
    two, such as a letter with its accents or a flag: of a single one that is longer, so much of it.

    >>> beginning("cafe\N{COMBINING ACUTE ACCENT}s", 4), beginning("cafes", 4)
    ('caf', 'cafe')
    """
    if text[: longest + 1].isascii():
        return text[:longest]
    import regex

    end = 0
    for character in regex.finditer(r"\X", text[: longest + 1]):
        if character.end() > longest:
            break
        end = character.end()
    return text[: end or longest]


def short_names(names: Sequence[str], longest: int) -> list[str]:
    """Names in at most so many characters, each another one: what is long is cut in the middle, where names of one
    kind, such as identifiers, are seldom told apart.

    >>> short_names(["speaker 0123 of a", "speaker 4567 of a", "b"], 12)
    ['speaker…of a', 'speak…a (2)', 'b']
    """
    labels: list[str] = []
    for name in names:
        short, number = _cut_inside(name, longest), 1
        while short in labels:
            number += 1
            short = f"{_cut_inside(name, longest - len(str(number)) - 3)} ({number})"
        labels.append(short)
    return labels


def _cut_inside(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    end = longest // 3
    return f"{text[: longest - end - 1].rstrip()}…{text[-end:].lstrip()}"


def upper_first(phrase: str) -> str:
    """The phrase as a sentence begins; unlike str.capitalize it leaves names inside as they are."""
    return phrase[:1].upper() + phrase[1:]


def lower_first(sentence: str) -> str:
    """The sentence as it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]


def _minus(written: str) -> str:
    return written.replace("-", "\N{MINUS SIGN}")
