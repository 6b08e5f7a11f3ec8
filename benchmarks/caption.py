"""Captions of scenes of handwritten digits whose originals no training scene holds: exact matches by beam search.

    python -m benchmarks.caption --minutes 10

The target is 90 % in ten minutes on two cores. Seconds of the processor are told beside those of the clock, for a
machine that does other things at the same time; --steps gives a budget that is the same on all machines.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.machine import matrix_product_gflops, peak_gibibytes
from embedkit.analysis.intervals import Interval
from embedkit.tasks.caption.config import CAPTION_PRESETS
from embedkit.tasks.caption.study import BEAMS, evaluate_captioner
from embedkit.training.driver import train

TARGET = 0.90


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, help="training budget; by default the preset's")
    parser.add_argument("--steps", type=int, help="training budget in steps instead")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    options = parser.parse_args()

    threads = torch.get_num_threads()
    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, {threads} threads)")
    model, training = CAPTION_PRESETS["scenes"]
    minutes = options.minutes or (None if options.steps else training.minutes)
    for seed in options.seeds:
        budget = replace(training, minutes=minutes, steps=options.steps, seed=seed)
        with tempfile.TemporaryDirectory() as scratch:
            started = time.process_time()
            run = train(model, budget, Path(scratch) / "scenes")
            processor_seconds, metrics = time.process_time() - started, run.metrics
            score = evaluate_captioner(run, "test")
        print(
            f"seed {seed}: {metrics['seconds']:.0f} s of training ({processor_seconds:.0f} s of the processor in all), "
            f"{metrics['steps']:,} steps of {training.batch_size} scenes, {metrics['parameters']:,} parameters"
        )
        print(
            f"  test, beam {BEAMS}: {score.exact:,} of {score.n:,} exactly, {100 * score.exact_share:.1f} % "
            f"(95 % {_ends(score.exact_interval)} over scenes, {_ends(score.originals_interval)} over "
            f"{score.originals} originals); the target is {100 * TARGET:.0f} %"
        )
        print(
            "  " + ", ".join(f"{group.label} {100 * group.exact_share:.1f} % of {group.n:,}" for group in score.groups)
        )
        print(f"  miscounted {score.miscounted:,} of {score.counting:,} (95 % {_ends(score.miscounted_interval)})")
        print("  " + ", ".join(f"{kind} {n:,}" for kind, n in score.errors.items()))
        if score.bleu is not None:
            print(f"  BLEU {score.bleu.score:.1f} ({score.bleu.signature})")
    print(f"{peak_gibibytes():.2f} GiB at its peak")


def _ends(interval: Interval | None) -> str:
    return "–" if interval is None else f"{100 * interval.low:.1f} – {100 * interval.high:.1f}"


if __name__ == "__main__":
    main()
