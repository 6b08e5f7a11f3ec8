"""Learning to execute: exact outputs on held-out sums and programs, after a budget of steps, with their intervals.

    python -m benchmarks.execute addition
    python -m benchmarks.execute programs
    python -m benchmarks.execute curricula

Programs are those of embedkit/tasks/execute/data.py; a hash keeps those that are measured out of training. The budget
is in steps, so that a seed gives the same network however busy the machine is; the time is told both as it passed and
as this process had of the processor.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.machine import matrix_product_gflops, peak_gibibytes
from embedkit.analysis.proportion import Proportion
from embedkit.tasks.execute.config import EXECUTE_PRESETS, CurriculaOptions
from embedkit.tasks.execute.curricula.score import score_curricula
from embedkit.tasks.execute.curricula.trials import compare_curricula
from embedkit.tasks.execute.study import evaluate_execution
from embedkit.training.driver import train

TARGETS = {"addition": 0.99, "programs": 0.90}
MINUTES = 30.0
STEPS = {"addition": 10_000, "programs": 38_000}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*TARGETS, "curricula"])
    parser.add_argument("--steps", type=int, help="budget; by default one for the target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--attention", choices=["none", "dot", "additive"], help="instead of the preset's")
    parser.add_argument("--curriculum", choices=["none", "naive", "mix", "combined"], help="instead of the preset's")
    options = parser.parse_args()
    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, all cores)", flush=True)
    if options.what == "curricula":
        curricula(CurriculaOptions(**({} if options.steps is None else {"steps": options.steps})))
    else:
        task(options)
    print(f"{peak_gibibytes():.2f} GiB at its peak")


def task(options: argparse.Namespace) -> None:
    """Train on one task by its preset, and hold it against its target."""
    model, training = EXECUTE_PRESETS[options.what]
    steps = options.steps or STEPS[options.what]
    training = replace(training, minutes=None, steps=steps, seed=options.seed)
    if options.attention:
        model = replace(model, attention=options.attention)
    if options.curriculum:
        training = replace(training, curriculum=options.curriculum)
    print(f"{options.what} {training.target}, {model}, {steps:,} steps of {training.batch_size}, seed {options.seed}")
    wall, processor, printed_at = time.monotonic(), time.process_time(), [0.0]

    def tell(share: float | None, text: str = "") -> None:
        if share is not None and time.monotonic() - printed_at[0] > 60:
            printed_at[0] = time.monotonic()
            print(f"step {round(share * steps):,}: {text}", flush=True)

    with tempfile.TemporaryDirectory() as scratch:
        run = train(model, training, Path(scratch) / options.what, progress=tell)
        wall, processor = time.monotonic() - wall, time.process_time() - processor
        for line in run.history:
            print(f"  step {line['step']:,}: {line['valid_exact']} of {line['valid_programs']} valid programs exact")
        score = evaluate_execution(run, split="test")
        metrics = run.metrics
    share = TARGETS[options.what]
    reached = "reached" if score.exact.share >= share and wall <= 60 * MINUTES else "not reached"
    print(f"test: {_share(score.exact)}; the target is {100 * share:.0f} % inside {MINUTES:.0f} minutes: {reached}")
    for tally in (*score.places, *score.kinds):
        print(f"  {tally.name}: {_share(tally)}")
    for cell in score.cells:
        print(f"  length {cell.length}, nesting {cell.nesting}: {_share(cell.exact)}")
    print(
        f"{processor / 60:.1f} minutes of processor, {wall / 60:.1f} of the clock, {metrics['steps']:,} steps, "
        f"{metrics['steps'] * training.batch_size:,} programs, {metrics['parameters']:,} parameters"
    )


def curricula(options: CurriculaOptions) -> None:
    """The four curricula at one budget."""
    with tempfile.TemporaryDirectory() as scratch:
        run = compare_curricula(options, Path(scratch) / "curricula")
        for score in score_curricula(run.trials):
            seeds = ", ".join(f"{100 * trial.exact.share:.1f}" for trial in score.trials)
            print(f"{score.name}: {_share(score.exact)}; by seed {seeds} %; {score.seconds:.0f} s each", flush=True)


def _share(tally: Proportion) -> str:
    low, high = tally.interval.low, tally.interval.high
    return f"{tally.right:,} of {tally.n:,}, {100 * tally.share:.1f} % (95 % {100 * low:.1f} – {100 * high:.1f})"


if __name__ == "__main__":
    main()
