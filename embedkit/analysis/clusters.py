"""Groups of points that lie densely together, with a name for each; what lies in no group is noise and stays so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from math import sqrt
from typing import Any

import numpy as np

from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.space import EmbeddingSpace

NOISE = -1
"""The label of a point in no cluster."""

_LEAST = 10  # points in a cluster, however few there are in all
_SAMPLE = 2000  # points whose silhouette is taken
_SEED = 0
_WORDS = 3  # in a name


@dataclass(frozen=True, eq=False)
class Clustering:
    """The points of a space by cluster.

    Attributes:
        space: the name of the space it was made from.
        labels: (N,) int32 number of each point's cluster, by falling size; `NOISE`, which is -1, for those in none.
        names: a short name per cluster, all of them different.
        words: per cluster the words that set it apart, the most telling first; none where no word is in two members.
        nearest: per cluster the labels of the members nearest to its centre by cosine, the nearest first.
        parameters: everything that made it (least size, dimensions, package versions), JSON-ready.
        silhouette: mean silhouette (Rousseeuw 1987) of the clustered points by cosine distance in the whole space,
            which is not where they were clustered; in [-1, 1]. Noise is left out, so read it with `noise`. None with
            fewer than two clusters.
        silhouette_sample: clustered points it was measured on, drawn by the seed among the parameters.

    Raises:
        SpaceError: labels are not of one dimension or no numbers of clusters, or names differ in number from them.
    """

    space: str
    labels: np.ndarray
    names: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    nearest: tuple[tuple[str, ...], ...]
    parameters: Mapping[str, Any]
    silhouette: float | None
    silhouette_sample: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", np.ascontiguousarray(self.labels, dtype=np.int32))
        for key in ("names", "words", "nearest"):
            object.__setattr__(self, key, tuple(getattr(self, key)))
        if self.labels.ndim != 1 or (np.setdiff1d(self.labels, np.arange(NOISE, len(self.names)))).size:
            raise SpaceError(f"clusters of {self.space}: labels {self.labels.shape} go beyond {len(self.names)} names")
        if not len(self.names) == len(self.words) == len(self.nearest):
            raise SpaceError(f"clusters of {self.space}: names, words and nearest members differ in number")

    def __len__(self) -> int:
        """How many clusters there are; noise is none."""
        return len(self.names)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        return tuple(np.bincount(self.labels[self.labels != NOISE], minlength=len(self)).tolist())

    @property
    def noise(self) -> float:
        """Share of points in no cluster; 0 of no points."""
        return float((self.labels == NOISE).mean()) if len(self.labels) else 0.0


def cluster(space: EmbeddingSpace, *, min_size: int | None = None, dimensions: int = 20) -> Clustering:
    """HDBSCAN (Campello et al. 2013, scikit-learn's) on the first principal components of the unit vectors.

    Distances in hundreds of dimensions are all alike, and a density cannot be told from them; so they are taken
    among `dimensions` components. A point lies as densely as the last of its `min_size` neighbours, itself counted,
    is near. Nothing is random. Expect much noise: what lies between dense places is in no cluster.

    Spaces in which there is nothing to divide (fewer points than the least size, all vectors the same) are all noise.
    The time grows with the square of the points: about a second for 5,000.

    Args:
        min_size: the least size of a cluster; by default a quarter of the square root of N, and ten or more. Smaller
            ones are found in vectors without any order, too.

    Raises:
        UsageError: min_size is below 2, or dimensions below 1.
    """
    if min_size is not None and min_size < 2:
        raise UsageError(f"min_size is {min_size}; a cluster has two points or more")
    if dimensions < 1:
        raise UsageError(f"dimensions is {dimensions}; keep one or more")
    least = max(_LEAST, round(sqrt(len(space)) / 4)) if min_size is None else min_size
    points = _components(space.unit, dimensions)
    labels = _by_falling_size(_hdbscan(points, least))
    names, words, nearest = _described(space, labels)
    silhouette, sample = _silhouette(space.unit, labels)
    return Clustering(
        space=space.name,
        labels=labels,
        names=names,
        words=words,
        nearest=nearest,
        parameters={
            "method": "hdbscan",
            "min_size": least,
            "dimensions": points.shape[1],
            "silhouette_seed": _SEED,
            "versions": {package: version(package) for package in ("scikit-learn", "numpy")},
        },
        silhouette=silhouette,
        silhouette_sample=sample,
    )


def telling_words(groups: Sequence[Sequence[str]], count: int = _WORDS) -> tuple[tuple[str, ...], ...]:
    """Groups of texts → per group the words that set it apart, by class-based tf-idf (Grootendorst 2022).

    A word t has the weight tf(t, c) · log(1 + A / f(t)): its share of the words of group c, how often it stands in
    all groups, and A, the mean number of words of a group. Words of a single text are left out, they tell nothing
    of a group; of equal weights the word that stands first in the alphabet comes first.
    """
    counts = [Counter(word for text in texts for word in text.split()) for texts in groups]
    shared = [Counter(word for text in texts for word in set(text.split())) for texts in groups]
    everywhere = sum(counts, Counter[str]())
    average = everywhere.total() / max(1, len(groups))

    def weight(word: str, group: Counter[str]) -> float:
        return group[word] / group.total() * float(np.log1p(average / everywhere[word]))

    return tuple(
        tuple(sorted((w for w in group if texts[w] > 1), key=lambda w: (-weight(w, group), w))[:count])
        for group, texts in zip(counts, shared, strict=True)
    )


def _components(unit: np.ndarray, dimensions: int) -> np.ndarray:
    """(N, D) → (N, dimensions or fewer) float64 principal components, centred."""
    centred = unit.astype(np.float64) - (unit.mean(axis=0, dtype=np.float64) if len(unit) else 0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    return centred @ axes[:, ::-1][:, :dimensions]


def _hdbscan(points: np.ndarray, least: int) -> np.ndarray:
    """(N, C) → (N,) labels as scikit-learn numbers them."""
    # Equal unit vectors in float32 differ by rounding, which is no density.
    if len(points) < least or np.ptp(points, axis=0).max(initial=0) < 1e-6:
        return np.full(len(points), NOISE)
    from sklearn.cluster import HDBSCAN

    fit = HDBSCAN(min_cluster_size=least, min_samples=least, copy=True)
    return fit.fit_predict(points)


def _by_falling_size(labels: np.ndarray) -> np.ndarray:
    """Number clusters anew: the largest is 0; of equal ones that of the first point comes first."""
    found, first, sizes = np.unique(labels[labels != NOISE], return_index=True, return_counts=True)
    numbers = np.full(len(found) + 1, NOISE)  # the last is for noise, whose label is -1
    numbers[found[np.lexsort((first, -sizes))]] = np.arange(len(found))
    return numbers[labels]


def _described(space: EmbeddingSpace, labels: np.ndarray) -> tuple[tuple[str, ...], Any, Any]:
    """Names, telling words and nearest members of every cluster."""
    members = [np.flatnonzero(labels == number) for number in range(labels.max(initial=NOISE) + 1)]
    nearest = []
    for rows in members:
        # The cosine with the centre, but for the centre's length, which is the same for all.
        closeness = space.unit[rows] @ space.unit[rows].mean(axis=0)
        nearest.append(tuple(space.labels[i] for i in rows[np.argsort(-closeness, kind="stable")[:_WORDS]]))
    words = telling_words([[space.labels[i] for i in rows] for rows in members])
    # A label is in one cluster alone, so names that hold one are all different.
    names = tuple(
        f"{', '.join(telling)} ({near[0]})" if telling else ", ".join(near)
        for telling, near in zip(words, nearest, strict=True)
    )
    return names, words, tuple(nearest)


def _silhouette(unit: np.ndarray, labels: np.ndarray) -> tuple[float | None, int]:
    """The mean over a sample of the clustered points, and how large the sample is."""
    rows = np.flatnonzero(labels != NOISE)
    if len(rows) > _SAMPLE:
        rows = np.sort(np.random.default_rng(_SEED).choice(rows, size=_SAMPLE, replace=False))
    groups = len(np.unique(labels[rows]))
    if not 2 <= groups < len(rows):
        return None, len(rows)
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(unit[rows], labels[rows], metric="cosine")), len(rows)
