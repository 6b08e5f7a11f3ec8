"""How a longer piece of work says how far it is: one protocol for all that takes time.

A function that takes a while has a parameter `progress`, which it calls as it goes on. One with several steps to name
has a parameter `steps`: given what is done next, it opens a `Progress` that lasts as long as that step.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

_LINES = 10_000


class Progress(Protocol):
    """How far a piece of work has come: a share from 0 to 1 (None where it is not known) and a few words."""

    def __call__(self, share: float | None, text: str = "") -> None: ...


class Steps(Protocol):
    """The steps of a longer piece of work: title → a context that lasts as long as the step, with its `Progress`."""

    def __call__(self, title: str) -> AbstractContextManager[Progress]: ...


def no_progress(share: float | None, text: str = "") -> None:
    """For work that nobody watches."""


def no_steps(title: str) -> AbstractContextManager[Progress]:
    """For steps that nobody watches."""
    return nullcontext(no_progress)


def prefixed(progress: Progress, words: str) -> Progress:
    """The same progress with these words before its own: of "reading: " and "2,000 lines" "reading: 2,000 lines"."""
    return lambda share, text="": progress(share, words + text)


def counted_lines(lines: Iterable[str], progress: Progress) -> Iterator[str]:
    """The same lines; every ten thousand of them their number is told: "20,000 lines"."""
    for number, line in enumerate(lines, 1):
        yield line
        if number % _LINES == 0:
            progress(None, f"{number:,} lines")
