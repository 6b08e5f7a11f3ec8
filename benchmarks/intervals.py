"""How often 95 % intervals of analogy accuracies hold the true one, on simulated data sets.

    python -m benchmarks.intervals
    python -m benchmarks.intervals --sets 4000

A model draws the worth of every word pair as source and as target; a question is right with the chance that the two
give, or that of its own. The true accuracy is over all pairs that there might be, by quadrature. Beside embedkit's
stand the plain bootstrap over pairs (a question counts as the product of how often its pairs were drawn, percentiles)
and the interval of independent questions. Every method gets the same data sets.
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.intervals import Interval, PairedOutcomes, estimate, percentiles

LEAST, MOST = 0.93, 0.97
RESAMPLES = 500


@dataclass(frozen=True)
class Model:
    """`pairs` pairs whose worth as source and as target has these standard deviations on the scale of the logit."""

    name: str
    pairs: int
    middle: float
    source: float
    target: float

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """(n, n) answers right or wrong, row given and column asked."""
        as_source, as_target = rng.standard_normal((2, self.pairs))
        chances = _logistic(self.middle + self.source * as_source[:, None] + self.target * as_target)
        return rng.random(chances.shape) < chances

    @property
    def truth(self) -> float:
        points, weights = np.polynomial.hermite_e.hermegauss(60)
        return float(weights @ _logistic(self.middle + np.hypot(self.source, self.target) * points) / weights.sum())


MODELS = (
    Model("questions alone", 20, 0.0, 0.0, 0.0),
    Model("pairs a little", 20, -0.5, 0.5, 0.3),
    Model("pairs, both ways", 10, 0.0, 1.0, 1.0),
    Model("pairs, both ways", 20, 0.0, 1.0, 1.0),
    Model("pairs as targets", 35, 1.0, 0.0, 2.0),
    Model("few are right", 50, -3.0, 1.0, 1.0),
    Model("most are right", 35, 2.0, 0.5, 1.5),
)


def _logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def ours(answers: np.ndarray, _rng: np.random.Generator) -> Interval | None:
    given_pairs, asked_pairs = np.nonzero(~np.eye(len(answers), dtype=bool))
    micro = estimate(
        [PairedOutcomes(given_pairs, asked_pairs, len(answers), answers[given_pairs, asked_pairs][None])]
    ).micro
    return None if micro is None else micro[0].interval


def pair_bootstrap(answers: np.ndarray, rng: np.random.Generator) -> Interval | None:
    n = len(answers)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES).astype(float)
    right = answers * (1.0 - np.eye(n))
    weights = drawn.sum(axis=1) ** 2 - (drawn**2).sum(axis=1)
    nonzero = weights > 0
    return percentiles(((drawn @ right) * drawn).sum(axis=1)[nonzero] / weights[nonzero])


def independent(answers: np.ndarray, _rng: np.random.Generator) -> Interval | None:
    answered = answers[~np.eye(len(answers), dtype=bool)]
    reach = 1.96 * answered.std() / len(answered) ** 0.5
    return Interval(float(answered.mean() - reach), float(answered.mean() + reach))


METHODS = {"embedkit": ours, "bootstrap over pairs": pair_bootstrap, "independent questions": independent}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=1_000, help="simulated data sets a model")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{'model':<18}{'pairs':>6}{'true':>8}" + "".join(f"{name:>24}" for name in METHODS))
    started, outside = time.perf_counter(), []
    for model in MODELS:
        rng = np.random.default_rng([options.seed, model.pairs])
        covered, widths = dict.fromkeys(METHODS, 0), dict.fromkeys(METHODS, 0.0)
        for _ in range(options.sets):
            answers = model.draw(rng)
            for name, method in METHODS.items():
                interval = method(answers, rng)
                assert interval is not None
                covered[name] += interval.low <= model.truth <= interval.high
                widths[name] += interval.high - interval.low
        shares = {name: count / options.sets for name, count in covered.items()}
        if not LEAST <= shares["embedkit"] <= MOST:
            outside.append(model)
        cells = "".join(
            f"{f'{100 * shares[name]:.1f} % (±{50 * widths[name] / options.sets:.1f})':>24}" for name in METHODS
        )
        print(f"{model.name:<18}{model.pairs:>6}{100 * model.truth:>6.1f} %{cells}", flush=True)
    print(f"share of {options.sets:,} data sets whose interval holds the truth (mean half-width in points); ", end="")
    print(f"target {100 * LEAST:.0f} to {100 * MOST:.0f} %; {time.perf_counter() - started:.0f} s")
    if outside:
        print(f"outside the target: {', '.join(f'{model.name} ({model.pairs} pairs)' for model in outside)}")


if __name__ == "__main__":
    main()
