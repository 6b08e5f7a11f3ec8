"""How often 95 % intervals of analogy accuracies hold the true one, on simulated data sets.

    python -m benchmarks.intervals
    python -m benchmarks.intervals --sets 4000

A question is right with the chance that its two pairs give: by a worth of each pair as source and as target, normal on
the scale of the logit; by targets that are always right or never; where both pairs are known, and never else; or by a
worth of the target's word, where several pairs share it, as cities do their state in Google's questions. The true
accuracy is over all pairs that there might be. Beside embedkit's stand the plain bootstrap over pairs (a question
counts as the product of how often its pairs were drawn, percentiles) and the interval of independent questions. Every
method gets the same data sets. Where embedkit says "too few" it gives no interval; its share is of the others.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from embedkit.analysis.intervals import Interval, PairedOutcomes, estimate, percentiles

LEAST, MOST = 0.93, 0.97
SHOWN = 0.05  # of fewer data sets than this the share that hold the truth says nothing
RESAMPLES = 500
STATES = np.repeat(np.arange(27), [12, 10, 6, 6, 4, 3, *[2] * 6, *[1] * 15])
"""Of each of the 68 pairs of city-in-state its state."""

Draw = Callable[[np.random.Generator], np.ndarray]


@dataclass(frozen=True, eq=False)
class Model:
    """`draw` gives (n, n) answers right or wrong, row given and column asked, that are right in `truth` of all cases.

    Attributes:
        clusters: (n,) which pairs share a word, or None.
    """

    name: str
    pairs: int
    truth: float
    draw: Draw
    clusters: np.ndarray | None = None


def _logistic(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-np.logaddexp(0, -values)))


def by_worth(
    name: str, pairs: int, truth: float, source: float, target: float, words: np.ndarray | None = None
) -> Model:
    """Standard deviations of a pair's worth as source and of its target word's, on the scale of the logit.

    Args:
        words: (pairs,) the number of each pair's target word; by default each has its own.
    """
    of = np.arange(pairs) if words is None else words
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    spread = np.hypot(source, target) * points
    middle = brentq(lambda at: weights @ _logistic(at + spread) / weights.sum() - truth, -40, 40)

    def draw(rng: np.random.Generator) -> np.ndarray:
        as_source, as_target = rng.standard_normal(pairs), rng.standard_normal(of.max() + 1)[of]
        chances = _logistic(middle + source * as_source[:, None] + target * as_target)
        return rng.random(chances.shape) < chances

    return Model(name, pairs, truth, draw, words)


def all_or_none(pairs: int, truth: float, words: np.ndarray | None = None) -> Model:
    """Every question about a target is right, or none is."""
    of = np.arange(pairs) if words is None else words
    name = "all or none by target" if words is None else "all or none by state"
    return Model(name, pairs, truth, lambda rng: np.tile((rng.random(of.max() + 1) < truth)[of], (pairs, 1)), words)


def both_known(pairs: int, truth: float) -> Model:
    """A question is right where both its pairs are known."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        known = rng.random(pairs) < truth**0.5
        return known[:, None] & known

    return Model("both known", pairs, truth, draw)


MODELS = (
    by_worth("questions alone", 20, 0.5, 0.0, 0.0),
    by_worth("pairs a little", 20, 0.39, 0.5, 0.3),
    by_worth("pairs, both ways", 10, 0.5, 1.0, 1.0),
    by_worth("pairs, both ways", 20, 0.5, 1.0, 1.0),
    by_worth("pairs as targets", 35, 0.66, 0.0, 2.0),
    by_worth("few are right", 50, 0.09, 1.0, 1.0),
    by_worth("most are right", 35, 0.81, 0.5, 1.5),
    by_worth("strong targets", 20, 0.05, 0.0, 3.0),
    by_worth("strong targets", 20, 0.3, 0.0, 3.0),
    by_worth("strong targets", 20, 0.95, 0.0, 3.0),
    all_or_none(20, 0.05),
    all_or_none(20, 0.3),
    all_or_none(50, 0.5),
    both_known(10, 0.25),
    both_known(10, 0.6),
    both_known(20, 0.25),
    both_known(35, 0.5),
    by_worth("states as targets", 68, 0.3, 0.5, 1.0, STATES),
    by_worth("states as targets", 68, 0.5, 0.5, 2.0, STATES),
    all_or_none(68, 0.4, STATES),
)


def ours(answers: np.ndarray, model: Model, _rng: np.random.Generator) -> Interval | None:
    given_pairs, asked_pairs = np.nonzero(~np.eye(len(answers), dtype=bool))
    right = answers[given_pairs, asked_pairs][None]
    outcomes = PairedOutcomes(given_pairs, asked_pairs, len(answers), right, clusters=model.clusters)
    micro = estimate([outcomes]).micro
    return None if micro is None else micro[0].interval


def pair_bootstrap(answers: np.ndarray, _model: Model, rng: np.random.Generator) -> Interval | None:
    n = len(answers)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES).astype(float)
    right = answers * (1.0 - np.eye(n))
    weights = drawn.sum(axis=1) ** 2 - (drawn**2).sum(axis=1)
    nonzero = weights > 0
    return percentiles(((drawn @ right) * drawn).sum(axis=1)[nonzero] / weights[nonzero])


def independent(answers: np.ndarray, _model: Model, _rng: np.random.Generator) -> Interval | None:
    answered = answers[~np.eye(len(answers), dtype=bool)]
    reach = 1.96 * answered.std() / len(answered) ** 0.5
    return Interval(float(answered.mean() - reach), float(answered.mean() + reach))


METHODS = {"embedkit": ours, "bootstrap over pairs": pair_bootstrap, "independent questions": independent}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=1_000, help="simulated data sets a model")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"{'model':<22}{'pairs':>6}{'true':>8}{'too few':>10}" + "".join(f"{name:>24}" for name in METHODS))
    started, outside = time.perf_counter(), []
    for number, model in enumerate(MODELS):
        rng = np.random.default_rng([options.seed, number])
        shown, covered, widths = (dict.fromkeys(METHODS, 0.0) for _ in range(3))
        for _ in range(options.sets):
            answers = model.draw(rng)
            for name, method in METHODS.items():
                interval = method(answers, model, rng)
                if interval is not None:
                    shown[name] += 1
                    covered[name] += interval.low <= model.truth <= interval.high
                    widths[name] += interval.high - interval.low
        cells = "".join(f"{_cell(covered[name], widths[name], shown[name], options.sets):>24}" for name in METHODS)
        few = 1 - shown["embedkit"] / options.sets
        print(f"{model.name:<22}{model.pairs:>6}{100 * model.truth:>6.1f} %{100 * few:>8.1f} %{cells}", flush=True)
        if shown["embedkit"] >= SHOWN * options.sets:
            share = covered["embedkit"] / shown["embedkit"]
            if not LEAST <= share <= MOST:
                outside.append(f"{model.name} ({model.pairs} pairs, {100 * model.truth:.0f} %): {100 * share:.1f} %")
    print(f"share of {options.sets:,} data sets whose interval holds the truth (mean half-width in points); ", end="")
    print(f"target {100 * LEAST:.0f} to {100 * MOST:.0f} %; {time.perf_counter() - started:.0f} s")
    if outside:
        print(f"outside the target: {'; '.join(outside)}")


def _cell(covered: float, width: float, shown: float, sets: int) -> str:
    if shown < SHOWN * sets:
        return "–"
    return f"{100 * covered / shown:.1f} % (±{50 * width / shown:.1f})"


if __name__ == "__main__":
    main()
