"""One process of two threads beside two processes of one thread each: tokens a second of the same training.

    python -m benchmarks.scale

Both are done in turns, `--rounds` times, each from an empty folder on the text that comes along. Two processes take
half of every batch each and add up their gradients at every step. Printed are the medians of what the runs' metrics
say, and of the tokens for each second that a processor worked; threads of one process that wait for each other work
too. On a machine that does other work neither says much: there one process of two threads waits most of the time.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import torch

from benchmarks.machine import matrix_product_gflops
from embedkit.runs.folder import Run

TRAININGS = {
    "word model": "lm",
    "character model": "lm --level char",
    "German dates": "seq2seq --corpus dates",
    "temporal order": "classify --level normal",
}
LEAST = 2.0
"""Seconds that processors have to work, so that what it takes to start, which varies, does not hide it."""
ALONE = (sys.executable, "-m")
TOGETHER = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")


@dataclass(frozen=True)
class Speed:
    """Tokens a second of the clock, and for a second of all processors' work; NaN where that was too little to tell."""

    clock: float
    processor: float


def speed(program: Sequence[str], words: str, steps: int, threads: int) -> Speed:
    """Of one training; what it takes to start and to measure is left out."""
    first, at_once = trained(program, words, 1, threads)
    last, at_length = trained(program, words, 1 + steps, threads)
    tokens = _figure(last, "_seen") - _figure(first, "_seen")
    worked = at_length - at_once
    return Speed(_figure(last, "_per_second"), tokens / worked if worked > LEAST else math.nan)


def trained(program: Sequence[str], words: str, steps: int, threads: int) -> tuple[dict[str, float], float]:
    """The metrics of a training, and the seconds that processors worked for all of its processes."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "EMBEDKIT_RUNS": scratch}
        options = ["--steps", str(steps), "--evaluations", "1", "--name", "run", "--device", "cpu"]
        command, before = [*program, "embedkit", "train", *words.split(), *options], os.times()
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        after = os.times()
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr}")
        worked = after.children_user + after.children_system - before.children_user - before.children_system
        return Run(Path(scratch) / "run").metrics, worked


def _figure(metrics: dict[str, float], ending: str) -> float:
    return next(value for name, value in metrics.items() if name.endswith(ending))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainings", nargs="*", default=list(TRAININGS), choices=list(TRAININGS), metavar="TRAINING")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(2)
    peaks = " and ".join(f"{matrix_product_gflops(precision=kind):,.0f} in {kind}" for kind in ("fp32", "bf16"))
    print(
        f"this machine: {os.cpu_count()} cores, matrix product of two threads at {peaks}, 10⁹ operations/s", flush=True
    )
    for name in options.trainings:
        alone, together = [], []
        for _ in range(options.rounds):
            alone.append(speed(ALONE, TRAININGS[name], options.steps, 2))
            together.append(speed(TOGETHER, TRAININGS[name], options.steps, 1))
        for kind in ("clock", "processor"):
            one, two = (median(getattr(each, kind) for each in speeds) for speeds in (alone, together))
            print(
                f"{name:16} tokens a second of the {kind:9}: one process of two threads {one:9,.0f}, "
                f"two processes of one {two:9,.0f}, {two / one:.2f} times",
                flush=True,
            )


if __name__ == "__main__":
    main()
