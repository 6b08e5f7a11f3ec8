"""Pearson's correlation with weights, such as how often each pair was drawn again; of ranks it is Spearman's."""

import numpy as np

_STILL = 1e-12
"""Values that spread no more than this do not vary."""


def weighted_correlation(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(…, N) values and (…, N) weights → (…) correlations; NaN where a side does not vary among what has weight."""
    total = weights.sum(axis=-1)
    total = np.where(total > 0, total, 1)
    x, y = (values - (_products(weights, values) / total)[..., None] for values in (x, y))
    spread = np.sqrt(_products(weights, x**2)) * np.sqrt(_products(weights, y**2))
    correlation = np.full(spread.shape, np.nan)
    np.divide(_products(weights, x * y), spread, out=correlation, where=spread > _STILL)
    return np.clip(correlation, -1, 1)


def _products(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(…, N) and (…, N) → (…) sums of products."""
    return np.asarray(np.einsum("...n,...n->...", one, other))
