"""Groups of points that lie densely together, with a name for each; what lies in no group is noise and stays so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np

from embedkit.analysis.clusters.evidence import ClusterEvidence, agreements, gather
from embedkit.analysis.clusters.groups import SAMPLE
from embedkit.analysis.clusters.naming import names_of
from embedkit.analysis.clusters.partition import DIMENSIONS, MIN_SIZE, NEIGHBORS, NOISE, Partition, default_size
from embedkit.analysis.maps.projection import Projection, fingerprint
from embedkit.errors import SpaceError
from embedkit.hints import record_of
from embedkit.notebook import Displayed
from embedkit.progress import Progress, no_progress
from embedkit.spaces.sampling import Sample
from embedkit.spaces.space import EmbeddingSpace

FINE: Mapping[str, Any] = {"min_size": MIN_SIZE, "neighbors": NEIGHBORS, "leaves": True}
"""Options of `cluster` for small groups that a reader can name, as reports and the command line have them. Some like
them are found in shapeless noise too, so they go with a test for groups."""

_SILHOUETTES = 2_000  # points whose silhouette is taken
_SEED = 0
_NEAREST = 3  # members that are kept by name

_SETTINGS = tuple(field.name for field in fields(Partition))
"""What of the parameters says how points are put into clusters."""


@dataclass(frozen=True, eq=False)
class Clustering(Displayed):
    """The points of a space by cluster.

    Attributes:
        space: the name of the space it was made from.
        labels: (N,) int32 number of each point's cluster, by falling size; `NOISE`, which is -1, for those in none.
        names: a short name per cluster, all of them different.
        words: per cluster the words that set it apart, the most telling first; none where no word is in two members,
            as where every member is a single word.
        nearest: per cluster the labels of the members nearest to its centre by cosine, the nearest first.
        parameters: everything that made it (least size, dimensions, package versions), JSON-ready.
        silhouette: mean silhouette (Rousseeuw 1987) of the clustered points by cosine distance in the whole space,
            which is not where they were clustered; in [-1, 1]. Noise is left out, so read it with `noise`. None with
            fewer than two clusters.
        silhouette_sample: clustered points it was measured on, drawn by the seed among the parameters.
        evidence: what else speaks for the clusters, where it was gathered.
        source: the fingerprint of the points in the space.
        rows: (N,) the points' rows in the whole space; None where they are its first.

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
    evidence: ClusterEvidence | None = None
    source: str = ""
    rows: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", np.ascontiguousarray(self.labels, dtype=np.int32))
        for key in ("names", "words", "nearest"):
            object.__setattr__(self, key, tuple(getattr(self, key)))
        if self.labels.ndim != 1 or (np.setdiff1d(self.labels, np.arange(NOISE, len(self.names)))).size:
            raise SpaceError(f"clusters of {self.space}: labels {self.labels.shape} go beyond {len(self.names)} names")
        if not len(self.names) == len(self.words) == len(self.nearest):
            raise SpaceError(f"clusters of {self.space}: names, words and nearest members differ in number")
        if self.rows is not None:
            object.__setattr__(self, "rows", np.ascontiguousarray(self.rows, dtype=np.int64))
            if self.rows.shape != self.labels.shape:
                raise SpaceError(f"clusters of {self.space}: {len(self.labels)} labels of {len(self.rows)} rows")

    def __repr__(self) -> str:
        return f"Clustering({self.space!r}, {len(self):,} of {len(self.labels):,} points, {self.noise:.0%} in none)"

    def __len__(self) -> int:
        """How many clusters there are; noise is none."""
        return len(self.names)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """How many points each cluster has."""
        return tuple(np.bincount(self.labels[self.labels != NOISE], minlength=len(self)).tolist())

    @property
    def noise(self) -> float:
        """The share of points in no cluster; 0 of no points."""
        return float((self.labels == NOISE).mean()) if len(self.labels) else 0.0

    def over(self, total: int) -> np.ndarray:
        """(total,) int32 the cluster of each point of the whole space; `NOISE` for those that were not looked at."""
        labels = np.full(total, NOISE, dtype=np.int32)
        labels[np.arange(len(self.labels)) if self.rows is None else self.rows] = self.labels
        return labels

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """With the rows, if they are not the first, and the labels, a line a point, last."""
        last = {key: values[key] for key in ("rows", "labels") if values[key] is not None}
        return {**{key: value for key, value in values.items() if key not in ("rows", "labels")}, **last}

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        """Without the evidence of before 0.3.0, a test against Gaussian samples, so that it is gathered anew."""
        test = (values.get("evidence") or {}).get("test") or {}
        return {**values, "evidence": None} if "null" in test else dict(values)


def cluster(
    space: EmbeddingSpace,
    *,
    min_size: int | None = None,
    neighbors: int | None = None,
    dimensions: int | None = DIMENSIONS,
    leaves: bool = False,
) -> Clustering:
    """HDBSCAN (Campello et al. 2013, scikit-learn's) on the first principal components of the unit vectors.

    Distances in hundreds of dimensions are all alike, and a density cannot be told from them; so they are taken
    among `dimensions` components. Nothing is random. Expect much noise: what lies between dense places is in no
    cluster.

    Spaces in which there is nothing to divide (fewer points than the least size, all vectors the same) are all noise.
    The time grows with the square of the points: about a second for 5,000.

    Args:
        min_size: the least size of a cluster; by default a quarter of the square root of N, and ten or more.
        neighbors: a point lies as densely as the last of so many neighbours, itself counted, is near; by default
            `min_size`. With fewer, more clusters are found, also in vectors without any order.
        dimensions: principal components; None for the full space.
        leaves: the finest clusters rather than the most persistent: in a space without wide gaps those are a few large
            ones that no reader can name.

    Raises:
        UsageError: min_size is below 2, or neighbors or dimensions below 1.
    """
    least = default_size(len(space)) if min_size is None else min_size
    partition = Partition(least, least if neighbors is None else neighbors, dimensions, leaves).within(space.dimensions)
    labels = partition.labels(partition.place(space.unit))
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
            **partition.to_json(),
            "silhouette_seed": _SEED,
            "versions": {package: version(package) for package in ("scikit-learn", "numpy")},
        },
        silhouette=silhouette,
        silhouette_sample=sample,
        source=fingerprint(space),
    )


def sampled(clustering: Clustering, rows: np.ndarray, sample: Sample) -> Clustering:
    """The clusters of some rows of a space, with how those were chosen among the parameters, under "sample"."""
    first = np.array_equal(rows, np.arange(len(rows)))
    parameters = {**clustering.parameters, "sample": sample.to_json()}
    return replace(clustering, parameters=parameters, rows=None if first else rows)


def with_evidence(
    clustering: Clustering,
    space: EmbeddingSpace,
    *,
    maps: Sequence[Projection] = (),
    test: bool = True,
    sample: int = SAMPLE,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Clustering:
    """The clustering of `space` with all that `evidence.gather` finds; the arguments are those.

    Raises:
        SpaceError: the space has another number of points.
    """
    partition = _partition(clustering)
    evidence = gather(
        space, clustering.labels, partition, maps=maps, test=test, sample=sample, seed=seed, progress=progress
    )
    return replace(clustering, evidence=evidence)


def with_maps(clustering: Clustering, space: EmbeddingSpace, maps: Sequence[Projection]) -> Clustering:
    """The clustering of `space` with its agreement with these maps and no others: what its evidence has of one of them
    stays, and all else of it. Without evidence it stays as it is.
    """
    evidence = clustering.evidence
    if evidence is None:
        return clustering
    found = agreements(space, clustering.labels, _partition(clustering), maps, evidence.agreements)
    return replace(clustering, evidence=replace(evidence, agreements=found))


def _partition(clustering: Clustering) -> Partition:
    """How the clusters were made.

    Raises:
        SpaceError: their parameters do not say it.
    """
    settings = {key: clustering.parameters[key] for key in _SETTINGS if key in clustering.parameters}
    try:
        return record_of(Partition, settings)
    except ValueError as error:
        raise SpaceError(f"clusters of {clustering.space}: damaged ({error}); look for them again") from None


def _described(space: EmbeddingSpace, labels: np.ndarray) -> tuple[tuple[str, ...], Any, Any]:
    """Names, telling words and nearest members of every cluster."""
    members = [np.flatnonzero(labels == number) for number in range(labels.max(initial=NOISE) + 1)]
    # The cosine with the centre, but for the centre's length, which is the same for all.
    closeness = [space.unit[rows] @ space.unit[rows].mean(axis=0) for rows in members]
    members = [rows[np.argsort(-close, kind="stable")] for rows, close in zip(members, closeness, strict=True)]
    nearest = tuple(tuple(space.labels[i] for i in rows[:_NEAREST].tolist()) for rows in members)
    return *names_of(space, members), nearest


def _silhouette(unit: np.ndarray, labels: np.ndarray) -> tuple[float | None, int]:
    """The mean over a sample of the clustered points, and how large the sample is."""
    rows = np.flatnonzero(labels != NOISE)
    if len(rows) > _SILHOUETTES:
        rows = np.sort(np.random.default_rng(_SEED).choice(rows, size=_SILHOUETTES, replace=False))
    groups = len(np.unique(labels[rows]))
    if not 2 <= groups < len(rows):
        return None, len(rows)
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(unit[rows], labels[rows], metric="cosine")), len(rows)
