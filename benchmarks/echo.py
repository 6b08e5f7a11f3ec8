"""Signal echo: delays below, at and above the chunk, the state carried in training, measured carried and reset.

    python -m benchmarks.echo --delays 3 9 10 15 --chunk 10 --cells gru lstm rnn-tanh --seeds 3

With a delay below the chunk some positions of each chunk have their target's bit in the same chunk, and gradients
reach it. From a delay of the chunk on none does. Beside it stands an untrained recurrent core on whose states a
logistic regression was fitted: an echo state network, which says what the state holds before a gradient moved it.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks.machine import matrix_product_gflops
from embedkit.analysis.proportion import Proportion
from embedkit.tasks.echo.config import EchoModel, EchoTraining
from embedkit.tasks.echo.data import EchoSeries, series_of
from embedkit.tasks.echo.network import Tagger
from embedkit.tasks.echo.objective import as_input, build_network
from embedkit.tasks.echo.score import EchoScore, expected_reset
from embedkit.tasks.echo.study import evaluate_echo
from embedkit.training.driver import train
from embedkit.training.setup import seeded

FITTED = 40_000
"""Training bits that the logistic regression is fitted on."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delays", type=int, nargs="+", default=[3, 9, 10, 15])
    parser.add_argument("--chunk", type=int, default=10)
    parser.add_argument("--cells", nargs="+", default=["gru", "lstm", "rnn-tanh"])
    parser.add_argument("--hidden-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=1_000)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()

    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, all cores)")
    print(f"{options.steps:,} steps, chunks of {options.chunk}, {options.hidden_size} units, 95 % intervals by Wilson")
    for delay in options.delays:
        for cell in options.cells:
            for seed in range(1, options.seeds + 1):
                training = EchoTraining(
                    delay=delay, chunk=options.chunk, steps=options.steps, seed=seed, patience=10, device="cpu"
                )
                model = EchoModel(cell=cell, hidden_size=options.hidden_size)
                untrained_share = _share(untrained(model, training))
                with tempfile.TemporaryDirectory() as scratch:
                    run = train(model, training, Path(scratch) / "echo")
                    line = _in_words(evaluate_echo(run))
                    line += f"; untrained {untrained_share}, {run.metrics['seconds']:.0f} s"
                print(f"delay {delay:3}, {cell:8} seed {seed}: {line}", flush=True)


def untrained(model: EchoModel, training: EchoTraining) -> Proportion:
    """What a readout finds in the states of a core as it is drawn, the state carried through the whole series."""
    from sklearn.linear_model import LogisticRegression

    series = series_of(training)
    with seeded(training.seed):
        network = build_network(model)
    states, targets = _states(network, series["train"])
    readout = LogisticRegression(max_iter=200).fit(states[:FITTED], targets[:FITTED])
    states, targets = _states(network, series["test"])
    right = int((readout.predict(states) == targets).sum())
    return Proportion.of(right, len(targets))


@torch.no_grad()
def _states(network: Tagger, series: EchoSeries) -> tuple[np.ndarray, np.ndarray]:
    """(N, H) states after the steps that have a target, and the (N,) targets."""
    state = network.initial_state(series.inputs.shape[1])
    hidden, _ = network.core(as_input(series.inputs, torch.device("cpu")), state)
    return hidden.numpy()[series.has_target].reshape(-1, hidden.shape[-1]), series.targets[series.has_target].ravel()


def _in_words(score: EchoScore) -> str:
    knowable = score.reset.positions[score.unknowable :]
    below = _range(score.reset.positions[: score.unknowable])
    above = f", from {score.delay} on {_range(knowable)}" if knowable else ""
    return (
        f"carried {_share(score.carried.overall)}; reset {_share(score.reset.overall)}, "
        f"expected {expected_reset(score):.1%}; reset at positions below {score.unknowable} {below}{above}"
    )


def _share(proportion: Proportion) -> str:
    low, high = proportion.interval.low, proportion.interval.high
    return f"{proportion.right:,} of {proportion.n:,} ({proportion.share:.2%}, {low:.2%} – {high:.2%})"


def _range(positions: tuple[Proportion, ...]) -> str:
    return f"{min(each.share for each in positions):.1%} – {max(each.share for each in positions):.1%}"


if __name__ == "__main__":
    main()
