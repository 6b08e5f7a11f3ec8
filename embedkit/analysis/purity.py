"""Whether phrases of a kind lie together: the share of a phrase's nearest neighbours that are of its own kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embedkit.analysis.intervals import Interval, percentiles
from embedkit.analysis.maps.neighborhoods import METRICS
from embedkit.errors import SpaceError, UsageError, unknown
from embedkit.spaces.space import EmbeddingSpace, of_length_one

_EQUAL = 1e-9  # similarities nearer than this, of at most 1, are taken for equal
_CELLS = 2_000_000  # similarities held at a time


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
        resamples: draws of clusters for the 95 % interval; 0 gives none.
        seed: of the draws.

    Memory: the vectors in float64 and about 60 MB, however many phrases there are: distances are held in blocks.

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
        self._columns = columns
        self.shares, self.chances = self._neighbours(_Similarities(vectors, metric))

    def _neighbours(self, similarities: "_Similarities") -> tuple[np.ndarray, np.ndarray]:
        """(N,) shares of the own kind among the k most similar, and (N,) among all that may answer."""
        if self.k < 1:
            raise UsageError(f"k is {self.k}; ask for at least one neighbour")
        n = len(self.kinds)
        eligible, own = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
        for rows in _row_blocks(n):
            may_answer = self._eligible(rows)
            eligible[rows] = may_answer.sum(axis=1)
            own[rows] = (may_answer & self._own_kind(rows)).sum(axis=1)
        if eligible.min(initial=n) < self.k:
            fewest = int(eligible.min(initial=n))
            raise UsageError(f"k is {self.k}, but a phrase has only {fewest} neighbours that may answer; lower k")
        if not own.all():
            kind = str(self.names[self.kinds[np.argmin(own > 0)]])
            raise UsageError(f"a phrase of the kind {kind!r} has no other that may answer; give more phrases or groups")
        shares = np.empty(n)
        for rows in _row_blocks(n):
            shares[rows] = self._shares(similarities.of(rows), rows)
        return shares, own / eligible

    def _shares(self, similarity: np.ndarray, rows: slice) -> np.ndarray:
        """(R, N) similarities of some rows → (R,) shares of the own kind among the k most similar."""
        eligible, own = self._eligible(rows), self._own_kind(rows)
        similarity[~eligible] = -np.inf
        edge = np.partition(similarity, -self.k, axis=1)[:, -self.k, None]
        nearer = similarity > edge + _EQUAL
        level = eligible & ~nearer & (similarity >= edge - _EQUAL)
        left = (self.k - nearer.sum(axis=1)) / level.sum(axis=1)
        return ((own & nearer).sum(axis=1) + left * (own & level).sum(axis=1)) / self.k

    def _eligible(self, rows: slice) -> np.ndarray:
        """(R, N) whether each may answer some rows: all but the row itself and what shares a group with it."""
        eligible = np.arange(len(self.kinds))[rows, None] != np.arange(len(self.kinds))
        for column in self._columns:
            eligible &= column[rows, None] != column
        return eligible

    def _own_kind(self, rows: slice) -> np.ndarray:
        """(R, N) whether each is of the kind of some rows."""
        return self.kinds[rows, None] == self.kinds

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


def _row_blocks(n: int) -> Iterator[slice]:
    """The rows of an (N, N) table, about `_CELLS` cells at a time."""
    step = max(1, _CELLS // max(1, n))
    return (slice(start, min(start + step, n)) for start in range(0, n, step))


class _Similarities:
    """(N, D) vectors → similarities, the larger the nearer and at most 1: cosines, or negative distances as shares of
    the longest."""

    def __init__(self, vectors: np.ndarray, metric: str) -> None:
        if metric not in METRICS:
            raise unknown("metric", metric, METRICS)
        self._cosine = metric == "cosine"
        if self._cosine:
            self._vectors = of_length_one(vectors)
        else:
            self._vectors = vectors
            longest = max((float(self._distances(rows).max()) for rows in _row_blocks(len(vectors))), default=0.0)
            self._longest = longest if longest > 0 else 1.0

    def of(self, rows: slice) -> np.ndarray:
        """(R, N) float64 of some rows with all."""
        if self._cosine:
            return self._vectors[rows] @ self._vectors.T
        return -self._distances(rows) / self._longest

    def _distances(self, rows: slice) -> np.ndarray:
        from scipy.spatial.distance import cdist

        return cdist(self._vectors[rows], self._vectors)
