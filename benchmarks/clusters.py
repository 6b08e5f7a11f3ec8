"""How often the test of clusters against a Gaussian says yes, of shapes without groups and of spaces with some.

    python -m benchmarks.clusters
    python -m benchmarks.clusters --points 2000 --sets 10 --shapes "ball, 3 dimensions" "curved sheet"

A shape of a few dimensions is turned at random into 50 and has a little noise in all of them; groups are five Gaussian
clouds whose centres lie 1 (weak) or 3 (strong) standard deviations from the middle in each of 10 dimensions. Clusters
are the fine ones that reports and the command line look for. What the shapes without groups show is how much a "yes"
says: that the directions are no Gaussian cloud, and nothing of groups.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from embedkit.analysis.clusters.clusterability import DRAWS, LEVEL, against_gaussian
from embedkit.analysis.clusters.clustering import FINE
from embedkit.analysis.clusters.partition import Partition
from embedkit.spaces import EmbeddingSpace

AMBIENT = 50
NOISE = 0.02

Shape = Callable[[int, np.random.Generator], np.ndarray]


def ball(dimensions: int) -> Shape:
    """Uniform in the unit ball of so many dimensions."""

    def draw(n: int, rng: np.random.Generator) -> np.ndarray:
        directions = rng.normal(size=(n, dimensions))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return np.asarray(directions * rng.random((n, 1)) ** (1 / dimensions))

    return draw


def ring(n: int, rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def swiss_roll(n: int, rng: np.random.Generator) -> np.ndarray:
    turn = 1.5 * np.pi * (1 + 2 * rng.random(n))
    return np.column_stack([turn * np.cos(turn), 21 * rng.random(n), turn * np.sin(turn)]) / 14


def curved_sheet(n: int, rng: np.random.Generator) -> np.ndarray:
    x, y = rng.uniform(-1, 1, (2, n))
    return np.column_stack([x, y, x**2 - y**2])


def groups(apart: float) -> Shape:
    def draw(n: int, rng: np.random.Generator) -> np.ndarray:
        centres = apart * rng.choice([-1.0, 1.0], size=(5, 10))
        return np.asarray(centres[rng.integers(5, size=n)] + rng.normal(size=(n, 10)))

    return draw


SHAPES: dict[str, Shape] = {
    "isotropic Gaussian": lambda n, rng: rng.normal(size=(n, AMBIENT)),
    "t with 3 degrees": lambda n, rng: rng.standard_t(3, size=(n, AMBIENT)),
    "ring": ring,
    "ball, 3 dimensions": ball(3),
    "ball, 5 dimensions": ball(5),
    "ball, 50 dimensions": ball(50),
    "cube, 3 dimensions": lambda n, rng: rng.uniform(-1, 1, (n, 3)),
    "swiss roll": swiss_roll,
    "curved sheet": curved_sheet,
    "five weak groups": groups(1.0),
    "five strong groups": groups(3.0),
}


def space_of(shape: Shape, n: int, rng: np.random.Generator) -> EmbeddingSpace:
    """n points of a shape, turned at random into `AMBIENT` dimensions, with noise."""
    flat = shape(n, rng)
    turn = np.linalg.qr(rng.normal(size=(AMBIENT, AMBIENT)))[0][: flat.shape[1]]
    vectors = flat @ turn + NOISE * rng.normal(size=(n, AMBIENT))
    return EmbeddingSpace("shape", [str(i) for i in range(n)], vectors.astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=10, help="spaces of each shape")
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), metavar="NAME", help="only these")
    parser.add_argument("--draws", type=int, default=DRAWS, help="Gaussian samples of a test")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    print(f"{'shape':<22}{'beyond a Gaussian':>20}")
    for number, (name, shape) in enumerate(SHAPES.items()):
        if name not in options.shapes:
            continue
        yes = 0
        for which in range(options.sets):
            space = space_of(shape, options.points, np.random.default_rng([options.seed, number, which]))
            test = against_gaussian(space, Partition(**FINE), draws=options.draws, seed=which)
            assert test is not None
            yes += test.significant
        print(f"{name:<22}{f'{yes} of {options.sets}':>20}", flush=True)
    print(
        f"{options.points:,} points in {AMBIENT} dimensions, {options.draws} Gaussian samples, p ≤ {LEVEL}; "
        f"{time.perf_counter() - started:.0f} s"
    )


if __name__ == "__main__":
    main()
