"""How often the test for groups finds some: in shapes without any, and in spaces of five weak and five strong ones.

    python -m benchmarks.clusters
    python -m benchmarks.clusters --points 500 --sets 20 --shapes "ball, 3 dimensions" "curved sheet" --placed around

A shape of a few dimensions is turned at random into 50 and has a little noise in all of them; groups are five Gaussian
clouds whose centres lie 1 (weak) or 3 (strong) standard deviations from the middle in each of 10 dimensions. Clusters
are of directions, and those of a shape are another shape: so each is placed twice, away from the origin, where
directions have nearly its own shape, and around it, where the corners of a cube and of the sheet are denser places. Of
shapes without groups the share with some is that of false alarms, of those with groups the power; with Wilson's 95 %
intervals.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from embedkit.analysis.clusters.clustering import FINE
from embedkit.analysis.clusters.groups import LEVEL, look_for_groups
from embedkit.analysis.clusters.partition import Partition
from embedkit.analysis.proportion import Proportion
from embedkit.spaces import EmbeddingSpace

AMBIENT = 50
NOISE = 0.02
AWAY = 10
"""How far from the origin, in root mean squares of its own size."""

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


PLACES = {"away": True, "around": False}


def space_of(shape: Shape, n: int, rng: np.random.Generator, *, away: bool = False) -> EmbeddingSpace:
    """n points of a shape, turned at random into `AMBIENT` dimensions, with noise, around the origin or away of it."""
    flat = shape(n, rng)
    turn = np.linalg.qr(rng.normal(size=(AMBIENT, AMBIENT)))[0][: flat.shape[1]]
    vectors = flat @ turn + NOISE * rng.normal(size=(n, AMBIENT))
    if away:
        size = np.sqrt((vectors**2).sum(axis=1).mean())
        vectors = np.column_stack([vectors, np.full(n, AWAY * size)])
    return EmbeddingSpace("shape", [str(i) for i in range(n)], vectors.astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=40, help="spaces of each shape")
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), metavar="NAME", help="only these")
    parser.add_argument("--placed", nargs="+", choices=PLACES, default=list(PLACES), help="of the origin")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    print(f"{'shape':<22}{'placed':<8}{'groups':>9}{'95 % interval':>20}{'median of at least':>22}{'seconds':>9}")
    for placed in options.placed:
        for number, (name, shape) in enumerate(SHAPES.items()):
            if name not in options.shapes:
                continue
            began, counts = time.perf_counter(), []
            for which in range(options.sets):
                rng = np.random.default_rng([options.seed, number, which])
                space = space_of(shape, options.points, rng, away=PLACES[placed])
                test = look_for_groups(space, Partition(**FINE), seed=which)
                assert test is not None
                counts.append(test.groups if test.significant else 1)
            yes = Proportion.among([count > 1 for count in counts])
            interval = f"{yes.interval.low:.1%} to {yes.interval.high:.1%}"
            seconds = (time.perf_counter() - began) / options.sets
            share = f"{yes.right} of {yes.n}"
            print(f"{name:<22}{placed:<8}{share:>9}{interval:>20}{np.median(counts):>22g}{seconds:>9.2f}", flush=True)
    print(f"{options.points:,} points in {AMBIENT} dimensions, p ≤ {LEVEL}; {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
