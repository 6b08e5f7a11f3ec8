"""What a category's other pairs say about a query pair: their mean offset (3CosAvg), the class of targets (LRCos).

Both are Drozd, Gladkova & Matsuoka's (2016, "Word embeddings, analogies, and machine learning: beyond king − man +
woman = queen"). They learn from the whole category but for the query pair. Left out with it is every pair that shares
a word with it: in "city in state", the pair dallas : texas would give the answer to houston : ? away.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["RANDOM_WORDS", "OtherPairs", "boundary", "class_boundaries", "mean_offset_queries", "teachers_of"]

RANDOM_WORDS = 50
"""LRCos learns from as many random words as there are positive ones, and no fewer than this."""


@dataclass(frozen=True, eq=False)
class OtherPairs:
    """What a method learns from for each of (A,) `query_pairs`.

    Attributes:
        unit, vectors: (V, D) float32, unit vectors and the same at their lengths.
        source, targets, category: (P,), (P, M) padded with -1, and (P,), as in `CoveredQuestions`.
        query_pairs: (A,) numbers of the pairs that some question asks about.
        teachers: of each query pair those of its category that may teach about it: none shares a word with it.
        seed: of what is drawn.
        step: called after each query pair by what takes long.
    """

    unit: np.ndarray
    vectors: np.ndarray
    source: np.ndarray
    targets: np.ndarray
    category: np.ndarray
    query_pairs: np.ndarray
    teachers: Sequence[np.ndarray]
    seed: int
    step: Callable[[], None]

    def mean_offset_queries(self, vectors: np.ndarray) -> np.ndarray:
        """(A, D) float32, as the function of this name."""
        return mean_offset_queries(vectors, self.source, self.targets, self.query_pairs, self.teachers)

    def class_boundaries(self, vectors: np.ndarray) -> np.ndarray:
        """(A, D + 1) float64, as the function of this name."""
        return class_boundaries(
            *(vectors, self.source, self.targets, self.category, self.query_pairs, self.teachers),
            seed=self.seed,
            on_fit=self.step,
        )


def teachers_of(
    source: np.ndarray, targets: np.ndarray, category: np.ndarray, query_pairs: np.ndarray
) -> list[np.ndarray]:
    """Of each of (A,) query pairs the pairs of its category that share no word with it, rising.

    Args:
        source, targets, category: (P,), (P, M) padded with -1, and (P,), as in `CoveredQuestions`.
    """
    sharing: dict[int, set[int]] = defaultdict(set)
    words = np.column_stack([source, targets]).tolist()
    for pair, own in enumerate(words):
        for word in own:
            sharing[word].add(pair)
    members = {int(name): np.flatnonzero(category == name) for name in np.unique(category)}
    teachers = []
    for pair in query_pairs.tolist():
        near = set().union(*(sharing[word] for word in words[pair] if word >= 0))
        teachers.append(np.setdiff1d(members[int(category[pair])], list(near), assume_unique=True))
    return teachers


def mean_offset_queries(
    vectors: np.ndarray,
    source: np.ndarray,
    targets: np.ndarray,
    query_pairs: np.ndarray,
    teachers: Sequence[np.ndarray],
) -> np.ndarray:
    """(A, D) float32 queries b + the mean of a′ - a over the teaching pairs, a′ their first target.

    Where no pair teaches the offset is 0, so that the query is b: the baseline that asks for b's neighbour.
    """
    queries = vectors[source[query_pairs]].astype(np.float64)
    offsets = vectors[targets[:, 0]].astype(np.float64) - vectors[source]
    for query, pairs in zip(queries, teachers, strict=True):
        if len(pairs):
            query += offsets[pairs].mean(axis=0)
    return queries.astype(np.float32)


def class_boundaries(
    vectors: np.ndarray,
    source: np.ndarray,
    targets: np.ndarray,
    category: np.ndarray,
    query_pairs: np.ndarray,
    teachers: Sequence[np.ndarray],
    *,
    seed: int,
    on_fit: Callable[[], None] | None = None,
) -> np.ndarray:
    """(A, D + 1) float64 weights and intercepts of "x is of the target class", from the teaching pairs.

    Each is a `boundary`. Positive are the distinct
    targets of the teaching pairs, all of each pair's. Negative are their sources, where they are no target as well, and
    as many random words as there are positive ones, at least `RANDOM_WORDS`, drawn once for each category from the
    words that are in none of its pairs. Where no pair teaches, all weights are 0: every word is as likely.

    Args:
        on_fit: called after each of the A fits.
    """
    boundaries = np.zeros((len(query_pairs), vectors.shape[1] + 1))
    random_words = {
        name: _random_words(len(vectors), source, targets, category == name, np.random.default_rng([seed, name]))
        for name in set(category[query_pairs].tolist())
    }
    for row, pair, pairs in zip(boundaries, query_pairs, teachers, strict=True):
        positive = np.unique(targets[pairs])
        positive = positive[positive >= 0]
        random = random_words[int(category[pair])][: max(len(positive), RANDOM_WORDS)]
        negative = np.concatenate([np.setdiff1d(source[pairs], positive), random])
        if len(positive) and len(negative):
            row[:] = boundary(vectors[positive], vectors[negative])
        if on_fit:
            on_fit()
    return boundaries


def boundary(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """(P, D) and (N, D) vectors → (D + 1,) float64 weights and intercept of the logistic regression between them.

    What scikit-learn's has at its defaults (L2, C = 1, to a gradient of 1e-4) with balanced classes, by the same L-BFGS
    of scipy; there are thousands of small ones to make, of which its checks of the input would be five sixths.
    """
    from scipy.optimize import minimize

    count = len(positive) + len(negative)
    examples = np.column_stack([np.concatenate([positive, negative]).astype(np.float64), np.ones(count)])
    side = np.repeat([1.0, -1.0], [len(positive), len(negative)])
    weights = 1 / (2 * np.repeat([len(positive), len(negative)], [len(positive), len(negative)]))

    def loss(boundary: np.ndarray) -> tuple[float, np.ndarray]:
        margins, penalised = side * (examples @ boundary), boundary[:-1] / count
        unlike = np.exp(-np.logaddexp(0, margins))
        gradient = examples.T @ (-side * weights * unlike)
        gradient[:-1] += penalised
        return float(weights @ np.logaddexp(0, -margins) + penalised @ boundary[:-1] / 2), gradient

    precision = {"gtol": 1e-4, "ftol": 64 * np.finfo(float).eps, "maxiter": 1000, "maxls": 50}
    fit = minimize(loss, np.zeros(examples.shape[1]), jac=True, method="L-BFGS-B", options=precision)
    return np.asarray(fit.x)


def _random_words(
    vocabulary: int, source: np.ndarray, targets: np.ndarray, own: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Words that are in none of a category's `own` pairs, as many as all of these pairs together can ask for."""
    words = np.unique(np.concatenate([source[own], targets[own].ravel()]))
    count = max(int((targets[own] >= 0).sum()), RANDOM_WORDS)
    candidates = rng.permutation(vocabulary)[: count + len(words)]
    return candidates[~np.isin(candidates, words)][:count]
