"""How far a map depends on chance: the same map again, from other seeds and of other parts of the points."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from embedkit.analysis.maps.agreement import Stability, agreement
from embedkit.analysis.maps.projection import METHODS
from embedkit.errors import SpaceError, UsageError, unknown
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace
from embedkit.workers import spread


def stability(
    space: EmbeddingSpace,
    method: str,
    *,
    seeds: int = 5,
    subsample: float = 0.9,
    k: int = 15,
    progress: Progress = no_progress,
    **options: Any,
) -> Stability:
    """Make the same map `seeds` times of all points and `seeds` times of random parts of them, and compare each two.

    What changes with the seed is luck of the layout; what changes with the points besides is what the map owes to
    which of them happen to be there. Seeds and subsamples are 0, 1, 2, …, so the figures can be made again. A method
    that draws nothing has the same map for every seed.

    Args:
        subsample: the share of the points in each of the partial maps.
        k: neighbours compared; lowered to below half of the points that two subsamples are sure to share.
        progress: called after each map with the share that is done.
        options: of the method, such as `neighbors` or `dimensions`, but for the seed.

    Raises:
        UsageError: no such method, seeds is below 2, subsample is not in (0.5, 1), k is below 1, a seed among the
            options, an option that is wrong, or the method is axes, where no point's place depends on another's.
        SpaceError: fewer than five points.
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    if METHODS[method].by_words:
        raise UsageError("a map on your own axes draws nothing and each point is placed by itself; it is always stable")
    if seeds < 2:
        raise UsageError(f"seeds is {seeds}; two maps or more can be compared")
    if not 0.5 < subsample < 1:
        raise UsageError(f"subsample is {subsample}; it lies above a half, so that two parts overlap, and below 1")
    if k < 1:
        raise UsageError(f"k is {k}; compare at least one neighbour")
    if "seed" in options:
        raise UsageError("stability takes each map with a seed of its own; leave the seed out")
    n = len(space)
    size = round(subsample * n)
    k = min(k, (2 * size - n - 1) // 2)
    if k < 1:
        raise SpaceError(f"{space.name}: {n} points are too few to compare neighbours; it takes five or more")

    random = METHODS[method].draws(space, options)

    samples = [np.sort(np.random.default_rng(seed).choice(n, size=size, replace=False)) for seed in range(seeds)]
    whole_maps = [(None, seed if random else None) for seed in range(seeds if random else 1)]
    drawn = whole_maps + [(rows, seed if random else None) for seed, rows in enumerate(samples)]
    layouts: list[np.ndarray] = []
    for points in spread(partial(_layout, space=space, method=method, options=options), drawn):
        layouts.append(points)
        progress(len(layouts) / len(drawn), f"map {len(layouts)} of {len(drawn)}")
    everything = np.arange(n)
    whole = [(everything, layouts[seed if random else 0]) for seed in range(seeds)]
    parts = list(zip(samples, layouts[len(whole_maps) :], strict=True))
    return Stability(method, agreement(whole, n, k), agreement(parts, n, k), subsample, k, dict(options))


def _layout(
    drawn: tuple[np.ndarray | None, int | None], *, space: EmbeddingSpace, method: str, options: Mapping[str, Any]
) -> np.ndarray:
    """(N, 2 or 3) points of some rows of a space, or of all of them; by a seed, where the method draws."""
    rows, seed = drawn
    seeded = {**options, **({"seed": seed} if seed is not None else {})}
    return METHODS[method].project(space if rows is None else space.take(rows), measured=False, **seeded).points
