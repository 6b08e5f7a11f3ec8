"""Linear centred kernel alignment of two spaces (Kornblith et al. 2019), plain and debiased.

CKA = ‖AᵀB‖² / (‖AᵀA‖ ‖BᵀB‖) with centred columns and Frobenius norms: how far the two spaces agree on which words are
alike, whatever rotation lies between them. 1 is the same up to rotation and scale, 0 is unrelated. The plain value is
above 0 even for unrelated spaces where there are few words for many dimensions; the debiased one puts the unbiased
estimator of HSIC in its place (Song et al. 2012). Both are exact, from D × D matrices: no N × N one is made.
"""

from dataclasses import dataclass

import numpy as np

from embedkit.analysis.comparison.alignment import cross_products
from embedkit.analysis.intervals import Interval

GROUPS = 50
"""The interval is by a jackknife that leaves out one of so many groups of words at a time."""

_ROUNDING = 1e-6
"""Equal vectors in float32 differ by as much of their largest number at most."""


@dataclass(frozen=True)
class Cka:
    """CKA over `words` words.

    Attributes:
        interval: of `debiased`, 95 %, over words.
        shuffled: `plain` where the labels are shuffled; `debiased` is then 0 on average.
    """

    plain: float
    debiased: float
    interval: Interval | None
    shuffled: float
    words: int


def cka(a: np.ndarray, b: np.ndarray, *, seed: int = 0) -> Cka:
    """(N, D) and (N, E) rows of the same words, N ≥ 4, of any scale. A space without any spread has CKA 0 with every
    other."""
    a, b = _centred(a), _centred(b)
    rng = np.random.default_rng(seed)
    groups = np.array_split(rng.permutation(len(a)), min(GROUPS, len(a)))
    parts = [_Products.of(a[rows], b[rows]) for rows in groups]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + part
    shuffled = b[rng.permutation(len(b))]
    return Cka(
        plain=whole.plain,
        debiased=whole.debiased,
        interval=_jackknife(whole, parts),
        shuffled=_Products.of(a, shuffled).plain,
        words=len(a),
    )


def _centred(rows: np.ndarray) -> np.ndarray:
    """(N, D) → the same in float32, each column's mean 0, the largest number 1; all 0 where the rows are the same."""
    centred = rows - rows.mean(axis=0, dtype=np.float64)
    largest = np.abs(centred).max(initial=0)
    if not largest > _ROUNDING * np.abs(rows).max(initial=0):
        return np.zeros(rows.shape, dtype=np.float32)
    return (centred / largest).astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Products:
    """The sums over some rows that CKA is made of: those of other rows can be added to them and subtracted again."""

    ab: np.ndarray  # (D, E)
    aa: np.ndarray  # (D, D)
    bb: np.ndarray  # (E, E)
    norms: np.ndarray  # (5,): Σ|a|², Σ|b|², Σ|a|²|b|², Σ|a|⁴, Σ|b|⁴
    sum_a: np.ndarray  # (D,)
    sum_b: np.ndarray  # (E,)
    rows: int

    @classmethod
    def of(cls, a: np.ndarray, b: np.ndarray) -> "_Products":
        of_a = np.einsum("nd,nd->n", a, a, dtype=np.float64)
        of_b = np.einsum("nd,nd->n", b, b, dtype=np.float64)
        norms = np.array([of_a.sum(), of_b.sum(), of_a @ of_b, of_a @ of_a, of_b @ of_b])
        sum_a, sum_b = (each.sum(axis=0, dtype=np.float64) for each in (a, b))
        return cls(cross_products(a, b), cross_products(a, a), cross_products(b, b), norms, sum_a, sum_b, len(a))

    def __add__(self, other: "_Products") -> "_Products":
        return self._with(other, 1)

    def __sub__(self, other: "_Products") -> "_Products":
        return self._with(other, -1)

    def _with(self, other: "_Products", sign: int) -> "_Products":
        return _Products(
            self.ab + sign * other.ab,
            self.aa + sign * other.aa,
            self.bb + sign * other.bb,
            self.norms + sign * other.norms,
            self.sum_a + sign * other.sum_a,
            self.sum_b + sign * other.sum_b,
            self.rows + sign * other.rows,
        )

    @property
    def _squares(self) -> tuple[float, float, float]:
        """‖AᵀB‖², ‖AᵀA‖², ‖BᵀB‖², centred on the mean of these rows."""
        n = self.rows
        pairs = (
            (self.ab, self.sum_a, self.sum_b),
            (self.aa, self.sum_a, self.sum_a),
            (self.bb, self.sum_b, self.sum_b),
        )
        ab, aa, bb = (float(np.square(m - np.outer(left, right) / n).sum()) for m, left, right in pairs)
        return ab, aa, bb

    @property
    def plain(self) -> float:
        """CKA of these rows."""
        ab, aa, bb = self._squares
        return _ratio(ab, aa, bb)

    @property
    def debiased(self) -> float:
        """Debiased CKA. Lengths are from the mean of all rows; without one group that mean differs next to nothing."""
        ab, aa, bb = self._squares
        of_a, of_b, both, fourth_a, fourth_b = self.norms
        n = self.rows

        def unbiased(square: float, products: float, left: float, right: float) -> float:
            return square - n / (n - 2) * products + left * right / ((n - 1) * (n - 2))

        return _ratio(
            unbiased(ab, both, of_a, of_b), unbiased(aa, fourth_a, of_a, of_a), unbiased(bb, fourth_b, of_b, of_b)
        )


def _ratio(ab: float, aa: float, bb: float) -> float:
    return float(ab / np.sqrt(aa * bb)) if aa > 1e-9 and bb > 1e-9 else 0.0


def _jackknife(whole: _Products, parts: list[_Products]) -> Interval | None:
    """The debiased value ± t standard errors, by leaving out one group of words at a time (Efron & Tibshirani 1993)."""
    from scipy.stats import t

    groups = len(parts)
    if whole.rows < 2 * GROUPS:
        return None
    without = np.array([(whole - part).debiased for part in parts])
    error = np.sqrt((groups - 1) / groups * np.square(without - without.mean()).sum())
    half = float(t.ppf(0.975, groups - 1) * error)
    return Interval(max(-1.0, whole.debiased - half), min(1.0, whole.debiased + half))
