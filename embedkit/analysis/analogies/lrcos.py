"""What a category's other pairs say about an asked pair: their mean offset (3CosAvg), the class of targets (LRCos).

Both are Drozd, Gladkova & Matsuoka's (2016, "Word embeddings, analogies, and machine learning: beyond king − man +
woman = queen"). They learn from the whole category but for the asked pair. Left out with it is every pair that shares
a word with it: in "city in state", the pair dallas : texas would give the answer to houston : ? away.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["RANDOM_WORDS", "OtherPairs", "class_boundaries", "mean_offset_queries", "others"]

RANDOM_WORDS = 50
"""LRCos learns from as many random words as there are positive ones, and no fewer than this."""


@dataclass(frozen=True, eq=False)
class OtherPairs:
    """What a method learns from for each of (A,) `asked` pairs.

    Attributes:
        unit, vectors: (V, D) float32, unit vectors and the same at their lengths.
        source, targets, category: (P,), (P, M) padded with -1, and (P,), as in `CoveredQuestions`.
        asked: (A,) numbers of pairs.
        kept: of each asked pair those of its category that may teach about it: none shares a word with it.
        seed: of what is drawn.
        step: called after each asked pair by what takes long.
    """

    unit: np.ndarray
    vectors: np.ndarray
    source: np.ndarray
    targets: np.ndarray
    category: np.ndarray
    asked: np.ndarray
    kept: Sequence[np.ndarray]
    seed: int
    step: Callable[[], None]

    def mean_offset_queries(self, vectors: np.ndarray) -> np.ndarray:
        """(A, D) float32, as the function of this name."""
        return mean_offset_queries(vectors, self.source, self.targets, self.asked, self.kept)

    def class_boundaries(self, vectors: np.ndarray) -> np.ndarray:
        """(A, D + 1) float64, as the function of this name."""
        return class_boundaries(
            *(vectors, self.source, self.targets, self.category, self.asked, self.kept),
            seed=self.seed,
            on_fit=self.step,
        )


def others(source: np.ndarray, targets: np.ndarray, category: np.ndarray, asked: np.ndarray) -> list[np.ndarray]:
    """Of each of (A,) asked pairs the pairs of its category that share no word with it, rising.

    Args:
        source, targets, category: (P,), (P, M) padded with -1, and (P,), as in `CoveredQuestions`.
    """
    sharing: dict[int, set[int]] = defaultdict(set)
    words = np.column_stack([source, targets]).tolist()
    for pair, own in enumerate(words):
        for word in own:
            sharing[word].add(pair)
    members = {int(name): np.flatnonzero(category == name) for name in np.unique(category)}
    kept = []
    for pair in asked.tolist():
        near = set().union(*(sharing[word] for word in words[pair] if word >= 0))
        kept.append(np.setdiff1d(members[int(category[pair])], list(near), assume_unique=True))
    return kept


def mean_offset_queries(
    vectors: np.ndarray, source: np.ndarray, targets: np.ndarray, asked: np.ndarray, kept: Sequence[np.ndarray]
) -> np.ndarray:
    """(A, D) float32 queries b + the mean of a′ - a over the pairs kept, a′ their first target.

    Where no pair is kept the offset is 0, so that the query is b: the baseline that asks for b's neighbour.
    """
    queries = vectors[source[asked]].astype(np.float64)
    offsets = vectors[targets[:, 0]].astype(np.float64) - vectors[source]
    for query, pairs in zip(queries, kept, strict=True):
        if len(pairs):
            query += offsets[pairs].mean(axis=0)
    return queries.astype(np.float32)


def class_boundaries(
    vectors: np.ndarray,
    source: np.ndarray,
    targets: np.ndarray,
    category: np.ndarray,
    asked: np.ndarray,
    kept: Sequence[np.ndarray],
    *,
    seed: int,
    on_fit: Callable[[], None] | None = None,
) -> np.ndarray:
    """(A, D + 1) float64 weights and intercepts of "x is of the target class", from the pairs kept.

    scikit-learn's logistic regression at its defaults (L2, C = 1), the classes balanced. Positive are the distinct
    targets of the pairs kept, all of each pair's. Negative are their sources, where they are no target as well, and
    as many random words as there are positive ones, at least `RANDOM_WORDS`, drawn once for each category from the
    words that are in none of its pairs. Where no pair is kept, all weights are 0: every word is as likely.

    Args:
        on_fit: called after each of the A fits.
    """
    from sklearn.linear_model import LogisticRegression

    found = np.zeros((len(asked), vectors.shape[1] + 1))
    random_words = {
        name: _random_words(len(vectors), source, targets, category == name, np.random.default_rng([seed, name]))
        for name in set(category[asked].tolist())
    }
    for row, pair, pairs in zip(found, asked, kept, strict=True):
        positive = np.unique(targets[pairs])
        positive = positive[positive >= 0]
        drawn = random_words[int(category[pair])][: max(len(positive), RANDOM_WORDS)]
        negative = np.concatenate([np.setdiff1d(source[pairs], positive), drawn])
        if len(positive) and len(negative):
            examples = vectors[np.concatenate([positive, negative])].astype(np.float64)
            classes = np.arange(len(examples)) < len(positive)
            fit = LogisticRegression(class_weight="balanced", max_iter=1000).fit(examples, classes)
            row[:-1], row[-1] = fit.coef_[0], fit.intercept_[0]
        if on_fit:
            on_fit()
    return found


def _random_words(
    vocabulary: int, source: np.ndarray, targets: np.ndarray, own: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Words that are in none of a category's `own` pairs, as many as all of these pairs together can ask for."""
    words = np.unique(np.concatenate([source[own], targets[own].ravel()]))
    wanted = max(int((targets[own] >= 0).sum()), RANDOM_WORDS)
    drawn = rng.permutation(vocabulary)[: wanted + len(words)]
    return drawn[~np.isin(drawn, words)][:wanted]
