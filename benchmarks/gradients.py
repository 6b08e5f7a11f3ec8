"""Vanishing and exploding gradients: planted matrices, a finite difference, and how long the experiment takes.

python -m benchmarks.gradients --levels easy normal --steps 200
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.machine import matrix_product_gflops
from embedkit.models.recurrent import CELLS, RecurrentCore
from embedkit.tasks.classify.gradients.config import GradientsOptions
from embedkit.tasks.classify.gradients.flow import state_gradients
from embedkit.tasks.classify.gradients.score import decades_per_10, trainings
from embedkit.tasks.classify.gradients.trials import RATIOS, gradient_lab, planted_norms

STEPS = 60
WIDTH = 1e-6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--levels", nargs="+", default=list(GradientsOptions.levels))
    parser.add_argument("--steps", type=int, default=GradientsOptions.steps)
    parser.add_argument("--seeds", type=int, default=GradientsOptions.seeds)
    options = parser.parse_args()

    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, all cores)")
    for ratio in RATIOS:
        off = np.abs(planted_norms(ratio, STEPS) / ratio ** np.arange(STEPS + 1) - 1).max()
        print(f"planted, eigenvalues of size {ratio:g}: norm {ratio:g}^k at lag k, over {STEPS} steps off by {off:.1e}")
    for cell in CELLS:
        print(f"{cell}: gradient of an earlier state against a finite difference, off by {finite_difference(cell):.1e}")
    experiment = GradientsOptions(levels=tuple(options.levels), steps=options.steps, seeds=options.seeds)
    with tempfile.TemporaryDirectory() as scratch:
        started = time.monotonic()
        run = gradient_lab(experiment, Path(scratch) / "gradients", workers=1)
        print(f"the experiment: {len(run.trials)} trials in {time.monotonic() - started:.0f} s on one thread")
        for each in trainings(run.trials):
            first, last = each.snapshots[0].decades_per_10, each.snapshots[-1]
            of_cell = "" if last.cell is None else f", cell state {decades_per_10(last.cell):+.2f}"
            norm = f"{each.largest_norm:.3g}" if each.diverged is None else f"no number at step {each.diverged}"
            print(
                f"{each.level:10} {each.cell:8} seed {each.seed} gain {each.gain:g} clip {each.clip}: powers of ten in "
                f"ten steps back {first:+.2f} before, {last.decades_per_10:+.2f} after{of_cell}; largest norm {norm}; "
                f"right {last.right} of {last.n} ({last.accuracy.interval.low:.1%} – {last.accuracy.interval.high:.1%})"
            )


def finite_difference(cell: str) -> float:
    """The largest relative error of the gradient with respect to the state three steps before the end."""
    torch.manual_seed(0)
    core, x = RecurrentCore(cell, 3, 4).double(), torch.randn(7, 1, 3, dtype=torch.float64)

    def loss(hidden: torch.Tensor) -> torch.Tensor:
        return torch.tanh(hidden).sum()

    gradient = state_gradients(core, x, loss, core.initial_state(1)).hidden[3, 0]
    _, ((*state,),) = core(x[:4], core.initial_state(1))
    off = 0.0
    for unit in range(4):
        ends = []
        for sign in (1, -1):
            moved = [part.detach().clone() for part in state]
            moved[0][0, 0, unit] += sign * WIDTH
            ends.append(float(loss(core(x[4:], (tuple(moved),))[0][-1]).detach()))
        difference = (ends[0] - ends[1]) / (2 * WIDTH)
        off = max(off, abs(float(gradient[unit]) - difference) / float(gradient.abs().max()))
    return off


if __name__ == "__main__":
    main()
