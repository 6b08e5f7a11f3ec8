"""How shares, differences, intervals and lists are written on a page; "–" stands for what is missing."""

from collections.abc import Sequence
from typing import Protocol

MISSING = "–"


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


def percent(share: float | None) -> str:
    return MISSING if share is None else f"{100 * share:.1f} %"


def signed(value: float | None, digits: int = 3) -> str:
    """A figure that can be negative, and never is "-0.00"."""
    return MISSING if value is None else _minus(f"{value:z.{digits}f}")


def ends(interval: Ends | None, digits: int = 3) -> str:
    """The ends of an interval."""
    return MISSING if interval is None else f"{interval.low:.{digits}f} – {interval.high:.{digits}f}"


def percent_ends(interval: Ends | None) -> str:
    """The ends of an interval of a share."""
    return MISSING if interval is None else f"{100 * interval.low:.1f} – {100 * interval.high:.1f} %"


def points_estimate(estimate: Estimated | None) -> str:
    """A difference of shares with its interval, in signed points: +28.1 (+24.6 – +31.5)."""
    if estimate is None:
        return MISSING
    within = estimate.interval
    return _points(estimate.value) + ("" if within is None else f" ({_points(within.low)} – {_points(within.high)})")


def listed(parts: Sequence[str]) -> str:
    """One; one and another; one, another and a third."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _points(share: float) -> str:
    return _minus(f"{100 * share:+z.1f}")


def _minus(written: str) -> str:
    return written.replace("-", "\N{MINUS SIGN}")
