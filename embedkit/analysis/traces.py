"""Hidden states over a text, one vector a step."""

from dataclasses import dataclass

import numpy as np

from embedkit.errors import SpaceError


@dataclass(frozen=True, eq=False)
class HiddenTrace:
    """`values` (T, units): the state after each of the T `tokens`; `surprisal` (T,) nats of each token before it
    was read (NaN for the first).

    Raises:
        SpaceError: the three differ in length.
    """

    tokens: tuple[str, ...]
    values: np.ndarray
    surprisal: np.ndarray
    layer: int

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or not len(self.tokens) == len(self.values) == len(self.surprisal):
            shapes = f"values {self.values.shape} and surprisal {self.surprisal.shape}"
            raise SpaceError(f"trace: {len(self.tokens)} tokens with {shapes}")
