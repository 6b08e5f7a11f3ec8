"""Bars of a score by the length of the source."""

from collections.abc import Sequence

from embedkit.analysis.intervals import Interval
from embedkit.errors import ReportError
from embedkit.numerals import percent, percent_ends, upper_first
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.parts import Figure

Row = tuple[str, int, float | None, Interval | None]
"""A length or a range of lengths such as "4–6 words", how many were scored, the share that is exact, and its
95 % interval; None where nothing was scored."""


def length_bars(rows: Sequence[Row], axis: str = "reproduced exactly") -> Figure:
    """Shares by length with 95 % intervals, in their order; a length without a share keeps its place.

    Raises:
        ReportError: there are no rows, or a length stands twice.
    """
    if not rows or len({row[0] for row in rows}) != len(rows):
        raise ReportError("scores by length need rows, each of another length")
    bars = [Bar(row[0], row[2], row[3], tip(row)) for row in rows if row[2] is not None]
    shares = ", ".join(f"{label} {percent(share)}" for label, _, share, *_ in rows)
    return interval_bars(
        [("", bars)],
        [row[0] for row in rows],
        axis=axis,
        each="length",
        description=f"{axis}, by length: {shares}",
        heading=f"{upper_first(axis)}, by length",
    )


def tip(row: Row) -> str:
    label, n, share, interval = row
    return f"{label}\n{percent(share)} ({percent_ends(interval)})\nof {n:,}"
