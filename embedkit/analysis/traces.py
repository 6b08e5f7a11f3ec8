"""Hidden states over a text, one vector a step."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class HiddenTrace:
    """`values` (T, units): the state after each of the T `tokens`; `surprisal` (T,) nats of each token before it
    was read (NaN for the first)."""

    tokens: tuple[str, ...]
    values: np.ndarray
    surprisal: np.ndarray
    layer: int
