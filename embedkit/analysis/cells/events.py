"""Events inside a gated cell, named only where the values leave no doubt.

A gate below SHUT or above OPEN is called saturated by Karpathy, Johnson & Fei-Fei (2015, Visualizing and understanding
recurrent networks), whose two thresholds these are. What lies between them has no name here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

SHUT, OPEN = 0.1, 0.9
"""A gate at or below the first is shut, at or above the second open."""
LARGE = 0.5
"""A candidate, from −1 to 1, of at least this size is worth calling a write."""


@dataclass(frozen=True)
class Event:
    """Something that can happen in a unit at a step.

    Attributes:
        rule: the condition on the gates, for readers.
        holds: signals of a layer, by name → where the condition is met, element by element.
    """

    name: str
    rule: str
    holds: Callable[[Mapping[str, np.ndarray]], np.ndarray]


EVENTS: Mapping[str, tuple[Event, ...]] = {
    "lstm": (
        Event("output off", f"o ≤ {SHUT}", lambda s: s["output"] <= SHUT),
        Event("output on", f"o ≥ {OPEN}", lambda s: s["output"] >= OPEN),
        Event("memory reset", f"f ≤ {SHUT}", lambda s: s["forget"] <= SHUT),
        Event("kept", f"f ≥ {OPEN} and i ≤ {SHUT}", lambda s: (s["forget"] >= OPEN) & (s["input"] <= SHUT)),
        Event(
            "written",
            f"i ≥ {OPEN} and |candidate| ≥ {LARGE}",
            lambda s: (s["input"] >= OPEN) & (np.abs(s["candidate"]) >= LARGE),
        ),
    ),
    "gru": (
        Event("memory reset", f"z ≤ {SHUT} and r ≤ {SHUT}", lambda s: (s["update"] <= SHUT) & (s["reset"] <= SHUT)),
        Event("kept", f"z ≥ {OPEN}", lambda s: s["update"] >= OPEN),
        Event(
            "written",
            f"z ≤ {SHUT} and |candidate| ≥ {LARGE}",
            lambda s: (s["update"] <= SHUT) & (np.abs(s["candidate"]) >= LARGE),
        ),
    ),
}
"""By cell, what can happen; a cell without gates has no events."""


def find_events(cell: str, signals: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Signals, by name and all of one shape → by event, a mask of that shape; empty for a cell without gates."""
    return {event.name: event.holds(signals) for event in EVENTS.get(cell, ())}
