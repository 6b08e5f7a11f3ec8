"""Dates from English into Italian: exact matches on dates that no training pair holds, greedily decoded.

python -m benchmarks.dates --minutes 3
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import matrix_product_gflops, peak_gibibytes
from embedkit.analysis.proportion import Proportion
from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS
from embedkit.training.driver import train

TARGET = 0.99


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0, help="training budget")
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    options = parser.parse_args()

    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, all cores)")
    model, training = SEQ2SEQ_PRESETS["dates"]
    with tempfile.TemporaryDirectory() as scratch:
        budget = replace(training, minutes=options.minutes, precision=options.precision)
        metrics = train(model, budget, Path(scratch) / "dates").metrics
    for split in ("valid", "test"):
        exact, pairs = metrics[f"{split}_exact"], metrics[f"{split}_pairs"]
        interval = Proportion.of(exact, pairs).interval
        print(
            f"{split}: {exact:,} of {pairs:,} exactly, {100 * exact / pairs:.2f} % "
            f"(95 % {100 * interval.low:.2f} – {100 * interval.high:.2f}); the target is {100 * TARGET:.0f} %"
        )
    print(
        f"{metrics['seconds']:.0f} s, {metrics['epochs']:.1f} epochs, {metrics['tokens_per_second']:,.0f} tokens/s, "
        f"{metrics['parameters']:,} parameters, {peak_gibibytes():.2f} GiB at its peak"
    )


if __name__ == "__main__":
    main()
