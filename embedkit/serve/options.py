"""What a visitor typed, checked: texts and numbers within their bounds, and the parameters of a map."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from embedkit.analysis.maps.neighborhoods import METRICS
from embedkit.analysis.maps.projection import METHODS
from embedkit.config.serve import LONGEST_TEXT, MOST_POINTS
from embedkit.errors import UsageError, unknown

Query = Callable[[str], str]
"""The value that came under a name; "" where none did."""


def text(query: Query, name: str, *, needed: bool = True) -> str:
    """Raises:
    UsageError: it is missing or too long.
    """
    value = query(name)
    if needed and not value.strip():
        raise UsageError(f"{name} is empty; type something")
    if len(value) > LONGEST_TEXT:
        raise UsageError(f"{name} has {len(value):,} characters; {LONGEST_TEXT:,} are the most")
    return value


def number(query: Query, name: str, default: float, low: float, high: float) -> float:
    """Raises:
    UsageError: it is no number, or out of its bounds.
    """
    typed = query(name).strip()
    try:
        value = float(typed) if typed else default
    except ValueError:
        raise UsageError(f"{name} is {typed[:40]!r}; give a number") from None
    if not (math.isfinite(value) and low <= value <= high):
        raise UsageError(f"{name} is {typed[:40]}; it must be from {low:g} to {high:g}")
    return value


def whole(query: Query, name: str, default: int, low: int, high: int) -> int:
    """Raises:
    UsageError: it is no whole number, or out of its bounds.
    """
    value = number(query, name, default, low, high)
    if value != int(value):
        raise UsageError(f"{name} is {value:g}; give a whole number")
    return int(value)


@dataclass(frozen=True)
class Bound:
    """A parameter of a map: what it is called, and what it may be."""

    label: str
    default: float
    low: float
    high: float
    whole: bool = True


PARAMETERS: Mapping[str, Bound] = {
    "points": Bound("Points", 5_000, 10, MOST_POINTS),
    "neighbors": Bound("Neighbours", 15, 2, 200),
    "min_distance": Bound("Least distance", 0.1, 0, 1, whole=False),
    "perplexity": Bound("Perplexity", 30, 2, 200),
    "seed": Bound("Seed", 1, 0, 2**31 - 1),
}


def offered() -> dict[str, str]:
    """The methods of a map, each with what a person calls it."""
    return {name: method.title for name, method in METHODS.items() if method.live}


def parameters_of(method: str) -> list[str]:
    """The parameters of a method that a visitor may set."""
    # What is exact draws nothing that a seed could make again.
    names = [name for name in METHODS[method].options if not (METHODS[method].exact and name == "seed")]
    return ["points", *(name for name in (*PARAMETERS, "metric") if name in names)]


def map_of(query: Query) -> dict[str, Any]:
    """{method, points, options} of a map that is asked for.

    Raises:
        UsageError: the method or the metric is unknown, or a parameter out of its bounds.
    """
    method = query("map")
    if method not in offered():
        raise unknown("map", method, offered())
    options: dict[str, Any] = {}
    for name in parameters_of(method):
        if name == "metric":
            options[name] = query("metric") or METRICS[0]
            if options[name] not in METRICS:
                raise unknown("metric", options[name], METRICS)
        else:
            bound = PARAMETERS[name]
            value = number(query, name, bound.default, bound.low, bound.high)
            options[name] = (
                whole(query, name, int(bound.default), int(bound.low), int(bound.high)) if bound.whole else value
            )
    return {"method": method, "points": options.pop("points"), "options": options}


def titles() -> list[tuple[str, str, list[str]]]:
    """Each method that is offered, what it is called, and the names of its parameters."""
    return [(name, title, parameters_of(name)) for name, title in offered().items()]
