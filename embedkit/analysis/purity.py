"""Whether phrases of a kind lie together: the share of a phrase's nearest neighbours that are of its own kind."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.intervals import Interval, percentiles
from embedkit.analysis.maps.neighborhoods import METRICS
from embedkit.errors import SpaceError, UsageError, unknown
from embedkit.spaces.space import EmbeddingSpace

_EQUAL = 1e-9  # similarities nearer than this, of at most 1, are taken for equal


@dataclass(frozen=True)
class KindPurity:
    """`value` of the `n` phrases of a kind, and the `chance` that random vectors would have."""

    kind: str
    value: float
    chance: float
    n: int


@dataclass(frozen=True)
class Purity:
    """Share of the k nearest neighbours that are of the phrase's own kind, in [0, 1], macro over kinds.

    Attributes:
        value: the mean over kinds of the mean over their phrases.
        interval: 95 %, by bootstrap over clusters; None without resamples.
        chance: what random vectors have on average: the share of a phrase's own kind among those that may answer.
        clusters: how many there were to draw from.
        excluded: neighbours of the same group were left out.
    """

    value: float
    interval: Interval | None
    chance: float
    per_kind: tuple[KindPurity, ...]
    k: int
    n: int
    clusters: int
    excluded: bool
    metric: str
    resamples: int
    seed: int


@dataclass(frozen=True)
class PurityDifference:
    """`value` is the second purity less the first; its 95 % interval is from the same draws; None without any."""

    first: Purity
    second: Purity
    value: float
    interval: Interval | None


@dataclass(frozen=True)
class Coverage:
    """How many words of some phrases a vocabulary knows.

    Attributes:
        words: running words, of which `known` are in the vocabulary.
        phrases: how many there are, of which `empty` have no word that is in the vocabulary.
    """

    words: int
    known: int
    phrases: int
    empty: int


def knn_purity(
    vectors: np.ndarray,
    kinds: Sequence[str],
    *,
    groups: Sequence | np.ndarray | None = None,
    clusters: Sequence | np.ndarray | None = None,
    k: int = 10,
    metric: str = "cosine",
    resamples: int = 1000,
    seed: int = 0,
) -> Purity:
    """(N, D) vectors and (N,) kinds → how pure the neighbourhoods are.

    A phrase is never its own neighbour. Where several stand equally far at the edge of the k nearest, each counts
    by the share of the places that are left: what a random order would give on average, so that the order of the
    phrases is without effect. A zero vector has cosine 0 with every other.

    The phrases of a template are not independent, so the interval draws whole clusters again with replacement, as
    many as each kind has. All N phrases stay as neighbours in every draw. A kind with one cluster does not vary.

    Args:
        groups: (N,) or (N, G) values; neighbours that share any with the phrase may not answer. With templates as
            groups the question is whether "a few days ago" lies near "in recent weeks", and not near "five days
            ago"; with templates and fillers "in recent days" may not answer either.
        clusters: (N,) values, what is drawn again: by default the (first) groups, or else each phrase by itself.
        k: neighbours. A kind of which k or more phrases may answer can reach 1.
        metric: "cosine" or "euclidean".

    Raises:
        SpaceError: vectors, kinds, groups and clusters differ in number, or a value is not finite.
        UsageError: no such metric, k is below 1 or above what may answer, or no phrase of the own kind may answer.
    """
    neighborhoods = _Neighborhoods(vectors, kinds, groups, clusters, k, metric)
    return neighborhoods.purity(neighborhoods.draws(resamples, seed), resamples, seed)


def paired_difference(
    first: np.ndarray,
    second: np.ndarray,
    kinds: Sequence[str],
    *,
    groups: Sequence | np.ndarray | None = None,
    clusters: Sequence | np.ndarray | None = None,
    k: int = 10,
    metric: str = "cosine",
    resamples: int = 1000,
    seed: int = 0,
) -> PurityDifference:
    """(N, D) and (N, E) vectors of the same phrases → purity of the second less that of the first.

    Arguments and errors are those of `knn_purity`. Both are averaged over the same draws of clusters.
    """
    one, two = (_Neighborhoods(vectors, kinds, groups, clusters, k, metric) for vectors in (first, second))
    a, b = one.draws(resamples, seed), two.draws(resamples, seed)
    purities = one.purity(a, resamples, seed), two.purity(b, resamples, seed)
    return PurityDifference(*purities, purities[1].value - purities[0].value, percentiles(b - a))


def bag_of_words(phrases: Sequence[str]) -> np.ndarray:
    """N phrases → (N, V) float64 counts of their words, which stand in the order of the alphabet.

    What a space has to beat: it knows which words are the same, and nothing else.
    """
    words = [phrase.split() for phrase in phrases]
    columns = {word: i for i, word in enumerate(sorted({word for row in words for word in row}))}
    counts = np.zeros((len(phrases), len(columns)))
    for row, tokens in enumerate(words):
        np.add.at(counts[row], [columns[word] for word in tokens], 1)
    return counts


def mean_of_word_vectors(phrases: Sequence[str], space: EmbeddingSpace) -> tuple[np.ndarray, Coverage]:
    """N phrases → (N, D) float64 means of the unit vectors of their words, and how many words were known.

    The mean is over the known words, of unit length as in gensim's `get_mean_vector`: an unknown one is left out,
    and a phrase of unknown words alone is a zero row. The order of the words has no effect.
    """
    means = np.zeros((len(phrases), space.dimensions))
    words = known = empty = 0
    for row, phrase in enumerate(phrases):
        tokens = phrase.split()
        rows = [place for word in tokens if (place := space.index_of(word)) is not None]
        words, known, empty = words + len(tokens), known + len(rows), empty + (not rows)
        if rows:
            means[row] = space.unit[rows].mean(axis=0, dtype=np.float64)
    return means, Coverage(words=words, known=known, phrases=len(phrases), empty=empty)


class _Neighborhoods:
    """The purity of each phrase's neighbourhood, and the numbers of its kind and cluster."""

    def __init__(
        self,
        vectors: np.ndarray,
        kinds: Sequence[str],
        groups: Sequence | np.ndarray | None,
        clusters: Sequence | np.ndarray | None,
        k: int,
        metric: str,
    ) -> None:
        vectors = np.asarray(vectors, dtype=np.float64)
        self.names, self.kinds = np.unique(np.asarray(kinds, dtype=str), return_inverse=True)
        self.k, self.metric, self.excluded = k, metric, groups is not None
        n = len(self.kinds)
        if vectors.ndim != 2 or len(vectors) != n:
            raise SpaceError(f"vectors of shape {vectors.shape} for {n} phrases of known kind; give (N, D)")
        if not np.isfinite(vectors).all():
            raise SpaceError("a vector is not finite; leave its phrase out")
        columns = _columns(groups, n)
        resampled = np.asarray(clusters) if clusters is not None else columns[0] if columns else np.arange(n)
        if resampled.shape != (n,):
            raise SpaceError(f"clusters of shape {resampled.shape} for {n} phrases of known kind; give (N,)")
        # Clusters lie within kinds: the same value in two kinds makes two.
        pairs = np.stack([self.kinds, np.unique(resampled, return_inverse=True)[1]], axis=1)
        self.clusters = np.unique(pairs, axis=0, return_inverse=True)[1]
        self.shares, self.chances = self._neighbours(_similarities(vectors, metric), columns)

    def _neighbours(self, similarity: np.ndarray, columns: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """(N, N) → (N,) shares of the own kind among the k most similar, and (N,) among all that may answer."""
        if self.k < 1:
            raise UsageError(f"k is {self.k}; ask for at least one neighbour")
        eligible = ~np.eye(len(similarity), dtype=bool)
        for column in columns:
            eligible &= column[:, None] != column
        own = (self.kinds[:, None] == self.kinds) & eligible
        if len(eligible) == 0 or eligible.sum(axis=1).min() < self.k:
            fewest = int(eligible.sum(axis=1).min()) if len(eligible) else 0
            raise UsageError(f"k is {self.k}, but a phrase has only {fewest} neighbours that may answer; lower k")
        if not own.any(axis=1).all():
            kind = str(self.names[self.kinds[np.argmin(own.any(axis=1))]])
            raise UsageError(f"a phrase of the kind {kind!r} has no other that may answer; give more phrases or groups")
        similarity = np.where(eligible, similarity, -np.inf)
        edge = np.sort(similarity, axis=1)[:, -self.k, None]
        nearer = similarity > edge + _EQUAL
        level = eligible & ~nearer & (similarity >= edge - _EQUAL)
        left = (self.k - nearer.sum(axis=1)) / level.sum(axis=1)
        shares = ((own & nearer).sum(axis=1) + left * (own & level).sum(axis=1)) / self.k
        return shares, own.sum(axis=1) / eligible.sum(axis=1)

    def _by_kind(self, values: np.ndarray) -> np.ndarray:
        """(N,) values → (K,) their means by kind."""
        return np.bincount(self.kinds, values) / np.bincount(self.kinds)

    def draws(self, resamples: int, seed: int) -> np.ndarray:
        """(resamples,) macro averages, each of clusters drawn again within their kinds."""
        rng = np.random.default_rng(seed)
        sums, sizes = np.bincount(self.clusters, self.shares), np.bincount(self.clusters)
        total = np.zeros(resamples)
        for kind in range(len(self.names)):
            members = np.unique(self.clusters[self.kinds == kind])
            times = rng.multinomial(len(members), np.full(len(members), 1 / len(members)), size=resamples)
            total += (times @ sums[members]) / (times @ sizes[members])
        return total / len(self.names)

    def purity(self, draws: np.ndarray, resamples: int, seed: int) -> Purity:
        """The purity with the interval of these draws."""
        values, chances = self._by_kind(self.shares), self._by_kind(self.chances)
        rows = zip(
            self.names.tolist(), values.tolist(), chances.tolist(), np.bincount(self.kinds).tolist(), strict=True
        )
        return Purity(
            value=float(values.mean()),
            interval=percentiles(draws),
            chance=float(chances.mean()),
            per_kind=tuple(KindPurity(*row) for row in rows),
            k=self.k,
            n=len(self.kinds),
            clusters=int(self.clusters.max()) + 1,
            excluded=self.excluded,
            metric=self.metric,
            resamples=resamples,
            seed=seed,
        )


def _columns(groups: Sequence | np.ndarray | None, n: int) -> list[np.ndarray]:
    """(N,) or (N, G) values → G columns of N; none without groups."""
    if groups is None:
        return []
    values = np.asarray(groups)
    if values.ndim not in (1, 2) or len(values) != n:
        raise SpaceError(f"groups of shape {values.shape} for {n} phrases of known kind; give (N,) or (N, G)")
    return [values] if values.ndim == 1 else list(values.T)


def _similarities(vectors: np.ndarray, metric: str) -> np.ndarray:
    """(N, D) → (N, N) float64, the larger the nearer and at most 1: cosines, or distances as shares of the longest."""
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    if metric == "cosine":
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = vectors / np.where(lengths > 0, lengths, 1)
        return unit @ unit.T
    from scipy.spatial.distance import cdist

    distance = cdist(vectors, vectors)
    longest = distance.max(initial=0)
    return -distance / longest if longest > 0 else -distance
