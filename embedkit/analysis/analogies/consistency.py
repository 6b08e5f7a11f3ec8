"""Whether the offsets of a category's pairs are alike: a question to the space that no exclusion of words bends.

Both scores are of Fournier, Dupoux & Dunbar (2020, "Analogies minus analogy test: measuring regularities in word
embeddings"). They look at the offsets a′ - a of true pairs alone, not at what else the vocabulary holds.
"""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.analogies.coverage import CoveredQuestions
from embedkit.analysis.roc import area_under_curve
from embedkit.errors import UsageError
from embedkit.spaces.space import of_length_one

__all__ = ["FEWEST", "SHUFFLES", "Consistency", "consistency", "offset_consistency"]

FEWEST = 3
"""With fewer pairs no two offsets can be told from shuffled ones: of two pairs there is one similarity each way."""
SHUFFLES = 50


@dataclass(frozen=True)
class Consistency:
    """How alike the offsets of `pairs` pairs are.

    `pcs`, the pairwise consistency score: the mean area under the ROC curve that tells the cosines among true offsets
    from those among offsets to shuffled targets; 0.5 is chance, 1 is best. `ocs`, the offset concentration score: the
    mean cosine of two true offsets. It has no fixed chance: sources that are alike and targets that are alike make it
    high for shuffled pairs as well.
    """

    pairs: int
    pcs: float
    ocs: float
    shuffles: int


def consistency(
    vectors: np.ndarray, questions: CoveredQuestions, category: int, *, shuffles: int = SHUFFLES, seed: int = 0
) -> Consistency | None:
    """The consistency of a category's covered pairs, a′ their first target; None where they are fewer than three.

    Args:
        vectors: (V, D), unit or raw: the offsets are of these.
        category: a number that `questions.category` has.

    Raises:
        UsageError: shuffles is below 1.
    """
    own = questions.category == category
    source, target = questions.source[own], questions.targets[own, 0]
    rng = np.random.default_rng([seed, category])
    return offset_consistency(vectors[source], vectors[target], shuffles=shuffles, rng=rng)


def offset_consistency(
    sources: np.ndarray, targets: np.ndarray, *, shuffles: int = SHUFFLES, rng: np.random.Generator
) -> Consistency | None:
    """The consistency of n pairs of vectors, (n, D) sources and (n, D) targets; None where n is below three.

    A shuffle gives every source the target of another pair. An offset of length 0 has cosine 0 with every other.

    Raises:
        UsageError: shuffles is below 1.
    """
    if shuffles < 1:
        raise UsageError(f"{shuffles} shuffles; compare with at least one")
    pairs = len(sources)
    if pairs < FEWEST:
        return None
    sources, targets = sources.astype(np.float64), targets.astype(np.float64)
    true = _cosines(targets - sources)
    areas = [area_under_curve(true, _cosines(targets[_derangement(pairs, rng)] - sources)) for _ in range(shuffles)]
    return Consistency(pairs=pairs, pcs=float(np.mean(areas)), ocs=float(true.mean()), shuffles=shuffles)


def _cosines(offsets: np.ndarray) -> np.ndarray:
    """(n, D) → the n(n - 1)/2 cosines of two different offsets."""
    unit = of_length_one(offsets)
    # What rounding alone tells apart is equal.
    return np.round((unit @ unit.T)[np.triu_indices(len(unit), 1)], 9)


def _derangement(n: int, rng: np.random.Generator) -> np.ndarray:
    """A random order of n that leaves nothing in its place: one order in e is such, so it is soon found."""
    while True:
        order = rng.permutation(n)
        if not (order == np.arange(n)).any():
            return order
