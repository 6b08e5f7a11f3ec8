"""Areas under the ROC curve."""

import numpy as np
import pytest

from embedkit.analysis.roc import area_under_curve


def test_an_area_by_hand() -> None:
    # Of 3 · 2 pairs: 1 is above 0; 2 is above 0 and equal to 2; 3 is above both: 4.5 of 6.
    assert area_under_curve(np.array([1.0, 2, 3]), np.array([2.0, 0])) == pytest.approx(4.5 / 6)
    assert area_under_curve(np.array([1.0, 2]), np.array([3.0])) == 0
    assert area_under_curve(np.array([1.0, 1]), np.array([1.0])) == 0.5


def test_the_area_equals_scikit_learns() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(4)
    higher, lower = rng.integers(0, 9, size=40) / 4, rng.integers(0, 7, size=30) / 4
    expected = roc_auc_score([1] * 40 + [0] * 30, [*higher, *lower])
    assert area_under_curve(higher, lower) == pytest.approx(expected)
