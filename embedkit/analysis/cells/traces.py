"""What the units of a recurrent layer did over a text, one vector a step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from embedkit.analysis.cells.events import find_events
from embedkit.errors import SpaceError
from embedkit.runs.artefacts import Artefact


@dataclass(frozen=True, eq=False)
class HiddenTrace:
    """`values` (T, units): the hidden state after each of the T `tokens`, or after each step of a sound.

    Attributes:
        surprisal: (T,) nats of each token before it was read, NaN for the first; None where nothing predicted them.
        layer: its number; from the end where it is negative.
        cell: the kind of recurrent cell; "" where it is not known.
        gates: by name, (T, units): the cell state, the gates and the candidate, as far as the cell has them.
        features: by name, (T,): what the text is like after each token, such as 1 inside quotes.
        step: seconds of a step of a sound; None where the steps are tokens.
        words, borders: words of a sound, and (W, 2) the seconds between which each was said.

    Raises:
        SpaceError: they differ in length.
    """

    tokens: tuple[str, ...]
    values: np.ndarray
    surprisal: np.ndarray | None
    layer: int
    cell: str = ""
    gates: Mapping[str, np.ndarray] = field(default_factory=dict)
    features: Mapping[str, np.ndarray] = field(default_factory=dict)
    step: float | None = None
    words: tuple[str, ...] = ()
    borders: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or len(self.tokens) != len(self.values):
            raise SpaceError(f"trace: {len(self.tokens)} tokens with values {self.values.shape}")
        for name, values in self.gates.items():
            if values.shape != self.values.shape:
                raise SpaceError(f"trace: {name} {values.shape} with values {self.values.shape}")
        for name, values in self.signals.items():
            if not np.isfinite(values).all():
                raise SpaceError(f"trace: a value of {name} is not finite")
        by_token = {**self.features, **({} if self.surprisal is None else {"surprisal": self.surprisal})}
        for name, values in by_token.items():
            if values.shape != (len(self.tokens),):
                raise SpaceError(f"trace: {len(self.tokens)} tokens with {name} {values.shape}")
        if self.words and (self.borders is None or self.borders.shape != (len(self.words), 2) or self.step is None):
            raise SpaceError(f"trace: {len(self.words)} words without their borders, or without the seconds of a step")

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Without words where there are none, as traces of texts have always been kept."""
        return {key: value for key, value in values.items() if key != "words" or self.words}

    @property
    def noun(self) -> str:
        """What its steps are."""
        return "token" if self.step is None else "step"

    @property
    def signals(self) -> dict[str, np.ndarray]:
        """By name, (T, units): the hidden state first, then the gates."""
        return {"hidden": self.values, **self.gates}

    @cached_property
    def events(self) -> dict[str, np.ndarray]:
        """By name, (T, units), where an event holds; empty where the gates are not known."""
        return find_events(self.cell, self.signals) if self.gates else {}

    @cached_property
    def followed(self) -> dict[str, np.ndarray]:
        """What a unit can be said to follow, by name, (T,): the features, and the surprisal of the token just read."""
        known = {} if self.surprisal is None else {"surprisal": self.surprisal}
        return {name: values for name, values in {**self.features, **known}.items() if _varies(values)}


TRACES = Artefact("traces", HiddenTrace, "trace", ".npz")
"""Those of an older version have no gates and no features."""


def _varies(feature: np.ndarray) -> bool:
    """Whether a (T,) feature has three or more values that are not all equal."""
    known = feature[np.isfinite(feature)]
    return len(known) > 2 and bool(known.std() > 0)


def correlations(values: np.ndarray, feature: np.ndarray) -> np.ndarray:
    """(T, units) and (T,) → (units,) Pearson's r over the steps where the feature is known; 0 for a unit that does
    not move."""
    known = np.isfinite(feature)
    rows = values[known].astype(np.float64)
    rows -= rows.mean(axis=0)
    centred = feature[known].astype(np.float64)
    centred -= centred.mean()
    size = np.sqrt((rows**2).sum(axis=0) * (centred**2).sum())
    return np.divide(centred @ rows, size, out=np.zeros(rows.shape[1]), where=size > 1e-12)
