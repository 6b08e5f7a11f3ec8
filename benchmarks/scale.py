"""One process of two threads beside two processes of one thread each: tokens a second of the same training.

    python -m benchmarks.scale

Both are done in turns, `--rounds` times, each from an empty folder on the text that comes along; the median of what the
runs' metrics say is printed. Two processes take half of every batch each and add up their gradients at every step.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
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
ALONE = (sys.executable, "-m")
TOGETHER = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m")


def tokens_per_second(program: Sequence[str], words: str, steps: int, threads: int) -> float:
    """What the metrics of one training say."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "EMBEDKIT_RUNS": scratch}
        options = ["--steps", str(steps), "--evaluations", "1", "--name", "run", "--device", "cpu"]
        command = [*program, "embedkit", "train", *words.split(), *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}\n{done.stderr}")
        metrics = Run(Path(scratch) / "run").metrics
    return float(next(value for name, value in metrics.items() if name.endswith("_per_second")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainings", nargs="*", default=list(TRAININGS), choices=list(TRAININGS), metavar="TRAINING")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(2)
    peaks = " and ".join(f"{matrix_product_gflops(precision=kind):,.0f} in {kind}" for kind in ("fp32", "bf16"))
    print(f"this machine: {os.cpu_count()} cores, matrix product of two threads at {peaks}, 10⁹ operations/s")
    for name in options.trainings:
        alone, together = [], []
        for _ in range(options.rounds):
            alone.append(tokens_per_second(ALONE, TRAININGS[name], options.steps, 2))
            together.append(tokens_per_second(TOGETHER, TRAININGS[name], options.steps, 1))
        print(
            f"{name:18} one process of two threads {median(alone):9,.0f} a second, "
            f"two processes of one {median(together):9,.0f}: {median(together) / median(alone):.2f} times",
            flush=True,
        )


if __name__ == "__main__":
    main()
