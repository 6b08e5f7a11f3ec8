"""Are there groups at all? Whether points thin out on every way from some of them to the others.

HDBSCAN finds clusters in shapeless noise too, and a sheet, a ring or a ball are no Gaussian cloud and have no groups
either. So none of these is the null here; it is that all points hang together. They are put into parts by k-means. On
the straight way from the centre of one part to that of a neighbour, the points around either end and those midway are
counted, each along a third of the way. Without a valley the density midway is no less than that of the sparser end: so
it is of every unimodal density along a line, and along every line if it is log-concave in space (Prékopa 1973). Where
it is certainly less than `SHALLOW` of it, by two binomial tests, there is a valley. Parts without one between them hang
together, and a connected shape, however bent, hangs together by ways from neighbour to neighbour: a tree that has one
way fewer than there are parts. For it to fall apart by chance one way of that tree must look like a valley, whose
probability Bonferroni's correction bounds.

Ways are of nine tenths of the points and the counts of the tenth that they do not know: in many dimensions points
gather around centres that were fitted to them. Points count that, seen along the way, lie nearer to it than to any
third centre between its ends, lest another part be taken for the middle; that cuts out a cylinder, which has no waist.
Neighbours are parts with no third centre in the ball between theirs (Gabriel & Sokal 1969).

References:
    Prékopa 1973, On logarithmic concave measures and functions. Acta Scientiarum Mathematicarum 34.
    Gabriel & Sokal 1969, A new statistical approach to geographic variation analysis. Systematic Zoology 18(3).
    Holm 1979, A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6(2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from embedkit.analysis.clusters.partition import Partition
from embedkit.analysis.copies import spots_of
from embedkit.errors import UsageError
from embedkit.progress import Progress, no_progress
from embedkit.spaces.space import EmbeddingSpace

LEVEL = 0.05
"""Groups are called evident at a p-value of at most this."""
SAMPLE = 2_000
PARTS: Mapping[int, int] = {5: 2, 10: 4, 20: 4}
"""Into so many parts the points are put, one number after the other, and by what the p-value of each is multiplied, so
that they share the level: the inverses sum to one. Few have many points each; many can follow a shape that is bent, and
find many groups."""
SHALLOW = 0.7
"""A valley is less dense than this share of either end: seen from the straight way, the ends of a bend are denser. With
0.95 a third of swiss rolls of 2,000 points had valleys, with 0.8 a ring around a heap fell apart."""
_LEAST = 10  # points for each part, on average
_FOLDS = 10
_STARTS = 3  # of k-means


@dataclass(frozen=True)
class GroupTest:
    """Whether the points of a space fall into groups.

    Attributes:
        p: the p-value, corrected for all that was looked at, and for other spaces of a page where `among` was called.
        groups: the most that points fall apart into at `LEVEL`, of all numbers of parts; 1 where nothing does. There
            may be more: what is not shown to be apart counts as one.
        parts: of so many parts.
        midway: points midway between parts of different groups for each around the sparser end; None of one group.
        sample: points that were drawn, without replacement, of `total`; `points` of them are distinct.
        seed: of the sample, of k-means and of the folds.
        spaces: for how many p is corrected.
    """

    p: float
    groups: int
    parts: int
    midway: float | None
    sample: int
    points: int
    total: int
    seed: int
    spaces: int = 1

    @property
    def significant(self) -> bool:
        """Whether there is evidence of groups: p is at most `LEVEL`."""
        return self.p <= LEVEL

    @property
    def p_in_words(self) -> str:
        return "p < 0.001" if self.p < 0.001 else f"p = {self.p:.2g}"

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        if self.significant:
            return f"{self.groups} groups at least, with fewer points on every way between them ({self.p_in_words})"
        return f"no evidence of groups ({self.p_in_words})"

    def among(self, tests: "Sequence[GroupTest]") -> "GroupTest":
        """The same with p corrected (Holm 1979) for all these tests, of which it is one."""
        corrected = dict(zip((test.p for test in tests), holm([test.p for test in tests]), strict=True))
        return replace(self, p=corrected[self.p], spaces=len(tests))

    def to_stored(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """With the verdict, for who reads the file."""
        return {**values, "verdict": self.verdict}

    @staticmethod
    def from_stored(values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in values.items() if key != "verdict"}


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for being several, in their order: 0.01, 0.04, 0.03 → 0.03, 0.06, 0.06."""
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate(np.asarray(p_values)[order] * np.arange(len(order), 0, -1))
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(steps, 1)
    return corrected.tolist()


def look_for_groups(
    space: EmbeddingSpace,
    partition: Partition,
    *,
    sample: int = SAMPLE,
    seed: int = 0,
    progress: Progress = no_progress,
) -> GroupTest | None:
    """Test whether the points fall into groups, among the components of `partition`, of which nothing else matters.

    Vectors that stand several times count once: a heap of copies is no group.

    Args:
        sample: so many points at most are drawn for it.
        progress: called with the share that is done.

    Returns:
        None where there are fewer than 50 distinct vectors.

    Raises:
        UsageError: the sample is below 1.
    """
    if sample < 1:
        raise UsageError(f"a sample of {sample} points; take one or more")
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(space), size=min(sample, len(space)), replace=False))
    some = space.take(rows)
    unit = np.unique(some.unit[spots_of(some, "cosine").firsts], axis=0)
    numbers = [parts for parts in PARTS if len(unit) >= _LEAST * parts]
    if not numbers:
        return None
    from threadpoolctl import threadpool_limits

    points = partition.place(unit)
    fold = rng.permutation(len(points)) % _FOLDS
    looks = []
    with threadpool_limits(1):  # sums of several threads come out in any order
        for done, parts in enumerate(numbers, 1):
            pairs, counts = count_on_ways(points, parts, fold, seed)
            looks.append(_Look.of(parts, pairs, counts, (parts - 1) * PARTS[parts]))
            progress(done / len(numbers), f"ways between {parts} parts")
    most = max(looks, key=lambda look: (look.groups, -look.p))
    return GroupTest(
        p=min(look.p for look in looks),
        groups=most.groups,
        parts=most.parts,
        midway=most.midway,
        sample=len(rows),
        points=len(points),
        total=len(space),
        seed=seed,
    )


@dataclass(frozen=True)
class _Look:
    """What a number of parts shows; the attributes are those of `GroupTest`."""

    p: float
    groups: int
    parts: int
    midway: float | None

    @classmethod
    def of(cls, parts: int, pairs: np.ndarray, counts: np.ndarray, looks: int) -> "_Look":
        """Of (E, 2) pairs of neighbours and (E, 3) points on the ways between them; p is corrected for `looks`."""
        p = np.minimum(valley_p(counts) * looks, 1)
        together = p > LEVEL
        group = _connected(parts, pairs[together])
        apart = group[pairs[:, 0]] != group[pairs[:, 1]]
        ends = counts[apart][:, [0, 2]].min(axis=1).sum()
        midway = float(counts[apart, 1].sum() / ends) if ends else None
        return cls(_falls_apart_at(parts, pairs, p), int(group.max()) + 1, parts, midway)


def valley_p(counts: np.ndarray) -> np.ndarray:
    """(E, 3) points around one end, midway and around the other → (E,) the p-value of a valley: the larger one of two
    binomial tests that those midway are as many as `SHALLOW` of those around an end."""
    from scipy.stats import binom

    first, middle, last = counts.T
    share = SHALLOW / (1 + SHALLOW)
    return np.maximum(binom.cdf(middle, middle + first, share), binom.cdf(middle, middle + last, share))


def _connected(parts: int, pairs: np.ndarray) -> np.ndarray:
    """(parts,) the number of what each part hangs together with."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(parts, parts))
    return np.asarray(connected_components(graph, directed=False)[1])


def _falls_apart_at(parts: int, pairs: np.ndarray, p: np.ndarray) -> float:
    """The least p such that the pairs with as much or more connect all parts."""
    levels = np.unique(p)
    connects = [not _connected(parts, pairs[p >= level]).any() for level in levels]
    return float(levels[connects].max(initial=0))


def count_on_ways(points: np.ndarray, parts: int, fold: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, d) points → (E, 2) neighbouring parts, and (E, 3) how many points lie on the way from one to the other:
    around its centre, midway, and around the other's, each within a sixth of the way.

    Args:
        fold: (N,) the fold of each point, which is counted by centres of the others.
    """
    from sklearn.cluster import KMeans

    centres = KMeans(parts, n_init=_STARTS, random_state=seed).fit(points).cluster_centers_
    pairs = _neighbours(centres)
    counts = np.zeros((len(pairs), 3), dtype=np.int64)
    for held_out in np.unique(fold):
        rest = KMeans(parts, init=centres, n_init=1).fit(points[fold != held_out]).cluster_centers_
        for row, (one, other) in enumerate(pairs):
            counts[row] += _on_way(points[fold == held_out], rest, one, other)
    return pairs, counts


def _neighbours(centres: np.ndarray) -> np.ndarray:
    """(E, 2) pairs of centres with no third one in the ball whose diameter is the line between them."""
    squares = ((centres[:, None] - centres) ** 2).sum(axis=2)
    nearest = (squares[:, None] + squares[None]).min(axis=2, where=~_either(len(centres)), initial=np.inf)
    return np.argwhere(np.triu(squares <= nearest, 1))


def _either(count: int) -> np.ndarray:
    """(n, n, n) whether the third is the first or the second."""
    same = np.eye(count, dtype=bool)
    return same[:, None] | same[None]


def _on_way(points: np.ndarray, centres: np.ndarray, one: int, other: int) -> list[int]:
    """How many points lie around one centre, midway and around the other."""
    way = centres[other] - centres[one]
    length = way @ way
    if not length:
        return [0, 0, 0]
    offsets = points - centres[one]
    place = offsets @ way / length
    third = np.delete(centres, [one, other], axis=0) - centres[one]
    at = third @ way / length
    aside = (third - at[:, None] * way)[(at > 0) & (at < 1)]
    place = place[(offsets @ aside.T <= (aside**2).sum(axis=1) / 2).all(axis=1)]
    return [int((abs(place - middle) <= 1 / 6).sum()) for middle in (0, 0.5, 1)]
