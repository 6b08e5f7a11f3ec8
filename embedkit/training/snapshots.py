"""Snapshots of a table of embeddings while its model trains, so that one run can be compared over its training.

RUN/snapshots/STEP.npz
  vectors      (V, D) float32, a row a token of the run's vocabulary
  step         optimiser steps so far
  tokens_seen  training tokens so far
  share        of the budget that was spent
"""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from embedkit.runs.arrays import save_arrays
from embedkit.runs.folder import Run
from embedkit.training.schedule import parts_done

FOLDER = "snapshots"


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Keeps a (V, D) table at `count` equal shares of the budget, the last where training ends. 0 keeps none."""

    run: Run
    table: Tensor
    count: int

    def due(self, share: float, kept_share: float, *, finished: bool) -> bool:
        """Whether another is to be kept at `share` of the budget, the last one being of `kept_share`."""
        if not self.count:
            return False
        return finished or parts_done(share, self.count) > parts_done(kept_share, self.count)

    def keep(self, step: int, tokens_seen: int, share: float) -> None:
        """Write the table as it is now, whole or not at all."""
        vectors = self.table.detach().to("cpu").float().numpy()
        numbers = {"step": np.array(step), "tokens_seen": np.array(tokens_seen), "share": np.array(share)}
        save_arrays(self.run.path / FOLDER / f"{step}.npz", {"vectors": vectors, **numbers})

    def forget(self, after: int) -> None:
        """Remove those of later steps: a run that goes on from before them makes them again."""
        for path in (self.run.path / FOLDER).glob("*.npz"):
            if path.stem.isdecimal() and int(path.stem) > after:
                path.unlink()
