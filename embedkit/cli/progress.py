"""Progress on stderr: a bar in a terminal, else a plain line every ten seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from embedkit.addresses import masked
from embedkit.cli.terminal import in_one_line, unguarded
from embedkit.numerals import duration, percent
from embedkit.progress import Progress

SECONDS_BETWEEN_LINES = 10.0


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show how far a piece of work has come; the title without what is secret in an address."""
    title = masked(title)
    if sys.stderr.isatty():
        with _bar(title) as show:
            yield show
    else:
        yield _lines(title)


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
    from rich import progress as rich_progress
    from rich.console import Console
    from rich.markup import escape

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(bar_width=24),
        rich_progress.TextColumn("{task.fields[text]}", markup=False),
        rich_progress.TimeElapsedColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    with rich_progress.Progress(*columns, console=Console(file=unguarded(sys.stderr)), transient=True) as bar:
        task = bar.add_task(escape(in_one_line(title)), total=None, text="")

        def show(share: float | None, text: str = "") -> None:
            total = None if share is None else 1.0
            bar.update(task, completed=share or 0.0, total=total, text=in_one_line(masked(text)))

        yield show


def _lines(title: str) -> Progress:
    started = written = time.monotonic()

    def show(share: float | None, text: str = "") -> None:
        nonlocal written
        now = time.monotonic()
        if now - written < SECONDS_BETWEEN_LINES:
            return
        written = now
        parts = [title] if share is None else [title, percent(share, 0)]
        if text:
            parts.append(masked(text))
        if share:
            parts.append(f"{duration((now - started) * (1 - share) / share)} left")
        print(" · ".join(parts), file=sys.stderr, flush=True)

    return show


class Steps:
    """The steps of a longer piece of work: each is announced on stderr, and its seconds are kept."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, title: str) -> Iterator[Progress]:
        print(f"· {in_one_line(masked(title))}", file=sys.stderr, flush=True)
        started = time.monotonic()
        with progress("  working") as show:
            yield show
        self.seconds[title] = time.monotonic() - started
