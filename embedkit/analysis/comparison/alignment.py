"""How well one space can be turned into another: orthogonal Procrustes (Schönemann 1966), judged on words held out.

Both spaces are taken as unit vectors, their mean over the shared words is subtracted, and they are brought to length
one again: otherwise a direction that all words share would count as agreement. Where the dimensions differ, the
smaller space is padded with zeros. The D × D rotation or reflection R minimises ‖A R − B‖, that is it maximises the
mean cosine of A R and B.

A rotation of D dimensions has about D²/2 free parameters and finds some agreement in anything. So besides the fit over
all words there is one by cross-fitting: each fifth of the words is judged by the rotation that the other four fifths
gave. Beside both stands what they come to where the labels are shuffled.
"""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.comparison.wordwise import WordMean, word_mean

FOLDS = 5
_BLOCK = 65_536


@dataclass(frozen=True)
class Alignment:
    """The mean cosine of each word's two vectors after the rotation.

    Attributes:
        fitted: of the words that the rotation was fitted on, which flatters it.
        held_out: of words that it was not fitted on.
        shuffled_fitted, shuffled_held_out: the same with shuffled labels.
        dimensions: of the rotation.
    """

    fitted: float
    held_out: WordMean
    shuffled_fitted: float
    shuffled_held_out: float
    dimensions: int
    folds: int = FOLDS


def align(a: np.ndarray, b: np.ndarray, *, resamples: int = 1000, seed: int = 0) -> tuple[Alignment, np.ndarray]:
    """(N, D) and (N, E) unit rows of the same words, N ≥ `FOLDS` → the alignment, and (N,) each word's cosine after the
    fit over all of them."""
    a, b = padded(centred(a), centred(b))
    rng = np.random.default_rng(seed)
    fold = rng.permutation(len(a)) % FOLDS
    fitted, held_out = _cosines(a, b, fold)
    shuffled_fitted, shuffled_held_out = _cosines(a, b[rng.permutation(len(b))], fold)
    alignment = Alignment(
        fitted=float(fitted.mean()),
        held_out=word_mean(held_out, resamples=resamples, seed=seed),
        shuffled_fitted=float(shuffled_fitted.mean()),
        shuffled_held_out=float(shuffled_held_out.mean()),
        dimensions=a.shape[1],
    )
    return alignment, fitted


def centred(unit: np.ndarray) -> np.ndarray:
    """(N, D) unit rows → their directions from the mean, of length one; a row that is the mean stays zero."""
    rows = np.asarray(unit, dtype=np.float32) - unit.mean(axis=0, dtype=np.float64).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    # What is left of equal rows is rounding, and has no direction.
    return np.where(lengths > 1e-6, rows / np.maximum(lengths, 1e-6), 0).astype(np.float32)


def padded(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both with as many columns as the wider one, zeros on the right."""
    width = max(a.shape[1], b.shape[1])
    wide_a, wide_b = (np.pad(rows, ((0, 0), (0, width - rows.shape[1]))) for rows in (a, b))
    return wide_a, wide_b


def rotation(cross: np.ndarray) -> np.ndarray:
    """(D, D) AᵀB → the orthogonal R that minimises ‖A R − B‖ (Schönemann 1966)."""
    left, _, right = np.linalg.svd(cross)
    return left @ right


def cross_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, D), (N, E) float32 → (D, E) AᵀB, summed in float64."""
    total = np.zeros((a.shape[1], b.shape[1]))
    for start in range(0, len(a), _BLOCK):
        total += a[start : start + _BLOCK].astype(np.float64).T @ b[start : start + _BLOCK].astype(np.float64)
    return total


def _cosines(a: np.ndarray, b: np.ndarray, fold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N,) cosines after the fit over all rows, and after the fit over the rows of the other folds."""
    members = [np.flatnonzero(fold == number) for number in range(FOLDS)]
    parts = [cross_products(a[rows], b[rows]) for rows in members]
    whole = np.sum(parts, axis=0)
    fitted = _after(a, b, rotation(whole))
    held_out = np.empty(len(a))
    for rows, part in zip(members, parts, strict=True):
        held_out[rows] = _after(a[rows], b[rows], rotation(whole - part))
    return fitted, held_out


def _after(a: np.ndarray, b: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """(N,) cosines of the rows of a, turned, and those of b."""
    return np.einsum("nd,nd->n", a @ turn.astype(np.float32), b, dtype=np.float64)


def overlay(points: np.ndarray, onto: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, d) and (N, d) points of two maps → the (d, d) matrix M and (d,) shift s for which points @ M + s lies nearest
    to the other map: turned, mirrored where that helps, and scaled alike in all directions. For the eye alone.

    Points that all lie in one place are only moved.
    """
    middle, other = points.mean(axis=0, dtype=np.float64), onto.mean(axis=0, dtype=np.float64)
    a, b = points - middle, onto - other
    turn = rotation(a.T @ b)
    spread = float(np.square(a).sum())
    scale = float(np.sum((a @ turn) * b)) / spread if spread > 0 else 1.0
    matrix = (scale if scale > 0 else 1.0) * turn
    return matrix, other - middle @ matrix
