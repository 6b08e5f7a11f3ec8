"""How fast gradients vanish, by hand."""

import numpy as np
import pytest

from embedkit.tasks.classify.gradients.score import Planted, decades_per_10, planted, trainings


def test_powers_of_ten_in_ten_steps() -> None:
    assert decades_per_10(10.0 ** (-0.2 * np.arange(20))) == pytest.approx(-2.0)
    assert decades_per_10(3 * 1.1 ** np.arange(20)) == pytest.approx(10 * np.log10(1.1))
    assert decades_per_10(np.ones(5)) == pytest.approx(0)


def test_a_gradient_of_exactly_zero_has_no_logarithm() -> None:
    assert decades_per_10(np.array([1.0, 0.1, 0.0, 0.0])) == pytest.approx(-10)
    assert decades_per_10(np.array([1.0, 0.0])) is None


def test_a_planted_matrix_knows_how_far_off_it_is() -> None:
    assert Planted(0.5, np.array([1.0, 0.5, 0.25])).off == 0
    assert Planted(0.5, np.array([1.0, 0.5, 0.3])).off == pytest.approx(0.2)


def test_trials_are_told_apart() -> None:
    snapshot = {"step": 0, "hidden": [1.0, 0.1], "cell": None, "radii": {"candidate": 1.0}, "right": 3, "n": 4}
    at = {"cell": "gru", "level": "easy", "seed": 1, "clip": None, "gain": 1.0}
    records = [
        {"settings": {"planted": 1.5}, "result": {"norms": [1.0, 1.5]}},
        {"settings": at, "result": {"snapshots": [snapshot], "norms": [0.5, 2.0], "diverged": None}},
    ]
    (matrix,), (training,) = planted(records), trainings(records)
    assert (matrix.ratio, matrix.off) == (1.5, 0.0)
    assert (training.cell, training.clip, training.snapshots[0].accuracy.share) == ("gru", None, 0.75)
    assert training.snapshots[0].decades_per_10 == pytest.approx(-10)
