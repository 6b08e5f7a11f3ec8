import numpy as np
import pytest

from embedkit.analysis.correlation import weighted_correlation


def test_a_weight_counts_as_so_many_copies() -> None:
    x, y = np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 1.0])
    # Of (0, 0), (1, 2), (2, 1) the products about the means (1, 1) are 1, 0, 0, and the squares 2 on either side.
    assert weighted_correlation(x, y, np.ones(3)) == pytest.approx(1 / 2)
    # Of (0, 0) twice and (1, 2) once the line is exact.
    assert weighted_correlation(x, y, np.array([2.0, 1.0, 0.0])) == pytest.approx(1)
    # Of (1, 2) and (2, 1) it falls.
    assert weighted_correlation(x, y, np.array([0.0, 3.0, 3.0])) == pytest.approx(-1)


def test_rows_are_apart() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 4, 30))
    counts = rng.integers(0, 3, size=(4, 30))
    rows = weighted_correlation(x, y, counts.astype(float))
    assert rows.shape == (4,)
    for row, one, other, times in zip(rows, x, y, counts, strict=True):
        assert row == pytest.approx(np.corrcoef(np.repeat(one, times), np.repeat(other, times))[0, 1])


def test_what_does_not_vary_has_none() -> None:
    x, y = np.array([1.0, 1.0, 5.0]), np.array([0.0, 2.0, 4.0])
    assert np.isnan(weighted_correlation(x, y, np.array([1.0, 1.0, 0.0])))
    assert np.isnan(weighted_correlation(x, y, np.zeros(3)))
    assert not np.isnan(weighted_correlation(x, y, np.ones(3)))
