"""How often intervals of what a space is organised by hold the truth, how often noise passes, how long it takes.

    python -m benchmarks.organisation
    python -m benchmarks.organisation --sets 400
    python -m benchmarks.organisation --time --points 100000 --dimensions 384

A model draws points with a column. The true score is the mean over all data sets of as many points. A column passes
where it is above all of 99 shuffles and its interval above chance: of a column of noise that is an error. Other columns
are shuffled once, and how often they pass says nothing. Of categories stands beside it how often the interval of
`knn_purity` held its truth, a bootstrap of the points that are asked, whose neighbours stay as they are.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.organisation.columns import NEIGHBORS, organised_by
from embedkit.analysis.purity import knn_purity
from embedkit.spaces.space import EmbeddingSpace

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Model:
    """`draw` gives the vectors and the column of some points; `queries` of them are asked, 0 for all."""

    name: str
    points: int
    draw: Draw
    queries: int = 0
    noise: bool = False

    def space(self, seed: int) -> EmbeddingSpace:
        vectors, column = self.draw(np.random.default_rng(seed), self.points)
        return EmbeddingSpace("simulated", tuple(map(str, range(self.points))), vectors, {"column": column})


def _groups(shares: tuple[float, ...], spread: float) -> Draw:
    def draw(rng: np.random.Generator, points: int) -> tuple[np.ndarray, np.ndarray]:
        kinds = rng.choice(len(shares), size=points, p=shares)
        vectors = 2 * np.eye(10)[kinds] + spread * rng.normal(size=(points, 10))
        labels = np.where(rng.random(points) < 0.2, rng.choice(len(shares), size=points, p=shares), kinds)
        return vectors, np.array([f"kind {kind}" for kind in labels])

    return draw


def _coordinate(noise: float, *, dimensions: int = 10, long_tail: bool = False) -> Draw:
    def draw(rng: np.random.Generator, points: int) -> tuple[np.ndarray, np.ndarray]:
        vectors = rng.normal(size=(points, dimensions))
        numbers = vectors[:, 0] + vectors[:, 1] + noise * rng.normal(size=points)
        return vectors, np.exp(2 * numbers) if long_tail else numbers

    return draw


def _unrelated(rng: np.random.Generator, points: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=(points, 10)), rng.normal(size=points)


def _unrelated_kinds(rng: np.random.Generator, points: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=(points, 10)), np.array([f"kind {kind}" for kind in rng.integers(4, size=points)])


EVEN, UNEVEN = (0.25,) * 4, (0.6, 0.2, 0.12, 0.08)
MODELS = (
    *(Model("even categories", points, _groups(EVEN, 1.0)) for points in (60, 200, 800)),
    *(Model("uneven categories", points, _groups(UNEVEN, 0.6)) for points in (60, 200, 800)),
    Model("two categories", 200, _groups((0.5, 0.5), 0.1)),
    Model("even categories, some asked", 2_000, _groups(EVEN, 1.0), queries=300),
    *(Model("a coordinate", points, _coordinate(0.5)) for points in (60, 200, 800)),
    Model("a coordinate of two", 200, _coordinate(0.1, dimensions=2)),
    Model("a coordinate, long tail", 200, _coordinate(0.5, long_tail=True)),
    Model("a coordinate, some asked", 2_000, _coordinate(0.5), queries=300),
    *(Model("number of noise", points, _unrelated, noise=True) for points in (60, 400)),
    *(Model("categories of noise", points, _unrelated_kinds, noise=True) for points in (60, 400)),
)


def bootstrap_coverage(model: Model, sets: int) -> float | None:
    """How often a bootstrap of the points asked holds the truth; None of numbers, and where not all are asked."""
    bounds = []
    for seed in range(sets):
        space = model.space(seed)
        kinds = space.columns["column"]
        if model.queries or kinds.dtype.kind != "U":
            return None
        if np.unique(kinds, return_counts=True)[1].min() < 2:
            continue
        purity = knn_purity(space.vectors, kinds.tolist(), k=NEIGHBORS, resamples=500, seed=seed)
        assert purity.interval is not None
        bounds.append((purity.interval.low, purity.value, purity.interval.high))
    low, value, high = np.array(bounds).T
    return float(((low <= value.mean()) & (value.mean() <= high)).mean())


def coverage(model: Model, sets: int) -> tuple[float, float, float, float]:
    """The true score, the share of intervals that hold it, their mean length, and how often the column passes."""
    scores, lows, highs, passes = [], [], [], 0
    for seed in range(sets):
        shuffles = 99 if model.noise else 1
        (column,) = organised_by(model.space(seed), points=model.queries, shuffles=shuffles, seed=seed).columns
        assert column.score is not None
        assert column.interval is not None
        scores.append(column.score)
        lows.append(column.interval.low)
        highs.append(column.interval.high)
        passes += column.organises
    truth = float(np.mean(scores))
    low, high = np.array(lows), np.array(highs)
    return truth, float(((low <= truth) & (truth <= high)).mean()), float((high - low).mean()), passes / sets


def timed(points: int, dimensions: int, columns: int) -> None:
    """Seconds of points with so many columns, a third of them numbers, every other with missing values."""
    rng = np.random.default_rng(0)
    values: dict[str, np.ndarray] = {}
    for number in range(columns):
        if number % 3:
            column = np.array([f"kind {kind}" for kind in rng.integers(20, size=points)])
            column[rng.random(points) < 0.3 * (number % 2)] = ""
        else:
            column = rng.normal(size=points)
            column[rng.random(points) < 0.3 * (number % 2)] = np.nan
        values[f"column {number}"] = column
    vectors = rng.normal(size=(points, dimensions)).astype(np.float32)
    space = EmbeddingSpace("timed", tuple(map(str, range(points))), vectors, values)
    started = time.monotonic()
    organisation = organised_by(space)
    seconds = time.monotonic() - started
    print(f"{points:,} × {dimensions}, {columns} columns, {organisation.queries:,} asked: {seconds:.1f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=200, help="data sets a model")
    parser.add_argument("--time", action="store_true", help="measure time instead")
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--columns", type=int, default=6)
    options = parser.parse_args()
    if options.time:
        timed(options.points, options.dimensions, options.columns)
        return
    print(f"{'model':<28} {'points':>6} {'truth':>7} {'held':>6} {'length':>7} {'passes':>7} {'bootstrap':>9}")
    for model in MODELS:
        truth, held, length, passes = coverage(model, options.sets)
        bootstrap = bootstrap_coverage(model, options.sets)
        beside = "" if bootstrap is None else f" {bootstrap:>9.1%}"
        print(f"{model.name:<28} {model.points:>6,} {truth:>7.3f} {held:>6.1%} {length:>7.3f} {passes:>7.1%}{beside}")


if __name__ == "__main__":
    main()
