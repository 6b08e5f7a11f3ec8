"""Temporal order (Hochreiter & Schmidhuber 1997, experiment 6a): the plain network against gated ones.

    python -m benchmarks.temporal_order
    python -m benchmarks.temporal_order --parts hard --networks rnn lstm --seeds 5

Three parts. "easy": 4 units, 10 and 100 epochs; an epoch is that of the teaching notebooks, 31 batches of 32 sequences
drawn anew, and so is the set-up (RMSprop; Keras's recurrence is orthogonal) but for its learning rate, of which both
the notebooks' 0.001 and the preset's 0.002 are measured. "hard": 100 to 110 symbols, 5 seeds. "ablation": the plain
network's recipe at the hard level with one thing left out at a time.

Accuracy is on test sequences that no training sequence equals, of the weights that are best on validation, with
Wilson's 95 % interval over sequences; the seeds are 1, 2, 3, …
"""

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import matrix_product_gflops
from embedkit.tasks.classify.data import corpus_facts
from embedkit.tasks.classify.temporal_order.config import TemporalOrderOptions
from embedkit.tasks.classify.temporal_order.score import Seeds
from embedkit.tasks.classify.temporal_order.trials import train_once
from embedkit.training.trials import open_lab, run_trials

SOLVED = 0.99
PARTS = ("easy", "hard", "ablation")
NETWORKS = ("rnn", "gru", "lstm", "rnn-recipe")
WITHOUT: dict[str, dict[str, Any]] = {
    "the whole recipe": {},
    "no curriculum": {"curriculum": ()},
    "orthogonal recurrence": {"initialisation": "orthogonal"},
    "learning rate 0.005": {"learning_rate": 5e-3},
    "clipped at 1": {"clip": 1.0},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["easy", "hard"])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=["rnn", "lstm", "rnn-recipe"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=None, help="trainings at once; by default one a core")
    parser.add_argument("--folder", type=Path, default=None, help="keeps the trials, and a stopped benchmark goes on")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, matrix-product peak {matrix_product_gflops():.0f} GFLOP/s (fp32, all cores)")
    with TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        for part in options.parts:
            trials = {
                "easy": lambda: easy(options.seeds),
                "hard": lambda: hard(options.networks, options.seeds),
                "ablation": lambda: ablation(options.seeds),
            }[part]()
            measure(folder / part, trials, options)


def easy(seeds: int) -> list[dict[str, Any]]:
    return [
        trial(
            "easy", network, seed, f"easy, {network}, rate {rate:g}, {epochs} epochs", epochs=epochs, learning_rate=rate
        )
        for epochs in (10, 100)
        for rate in (1e-3, 2e-3)
        for network in ("rnn", "lstm")
        for seed in range(1, seeds + 1)
    ]


def hard(networks: Sequence[str], seeds: int) -> list[dict[str, Any]]:
    return [trial("hard", network, seed, f"hard, {network}") for network in networks for seed in range(1, seeds + 1)]


def ablation(seeds: int) -> list[dict[str, Any]]:
    return [
        trial("hard", "rnn-recipe", seed, f"hard, rnn-recipe: {what}", **changed)
        for what, changed in WITHOUT.items()
        for seed in range(1, seeds + 1)
    ]


def trial(level: Any, network: Any, seed: int, what: str, **changed: Any) -> dict[str, Any]:
    """The settings of a training of the lab, some of them changed."""
    model, training = TemporalOrderOptions().set_up(network, level, seed)
    of_model = {key: changed.pop(key) for key in ("initialisation",) if key in changed}
    if "epochs" in changed:
        changed["evaluations"] = changed["epochs"]
    settings = {"what": what, "seed": seed, "model": asdict(replace(model, **of_model))}
    return {**settings, "training": asdict(replace(training, **changed))}


def measure(path: Path, trials: Sequence[dict[str, Any]], options: argparse.Namespace) -> None:
    path.mkdir(parents=True, exist_ok=True)
    run = open_lab(path, "benchmark", TemporalOrderOptions(), corpus_facts("easy"))
    started = time.perf_counter()
    records = run_trials(run, trials, train_once, workers=options.workers)
    width = max(len(trial["what"]) for trial in trials)
    print(f"{'':<{width}}  median   by seed (right of sequences) · the worst with its interval · seeds at 99 %")
    for what in dict.fromkeys(trial["what"] for trial in trials):
        results = [record["result"] for record in records if record["settings"]["what"] == what]
        seeds = Seeds(tuple(each["test_right"] for each in results), results[0]["test_sequences"])
        interval = seeds.worst_interval
        rights = " ".join(f"{right:,}" for right in seeds.right)
        worst = f"{100 * seeds.worst:.1f} % (95 % {100 * interval.low:.1f} – {100 * interval.high:.1f})"
        solved = f"{seeds.reached(SOLVED)} of {len(seeds.right)}"
        print(f"{what:<{width}}  {100 * seeds.middle:5.1f} %  {rights} of {seeds.n:,} · {worst} · {solved}")
    seconds = sum(record["seconds"] for record in records)
    print(f"{len(records)} trainings, {seconds:.0f} s in all, {time.perf_counter() - started:.0f} s by the clock\n")


if __name__ == "__main__":
    main()
