"""Events are named where the values say so, and nowhere else."""

import numpy as np
import pytest

from embedkit.analysis.cells.events import EVENTS, find_events
from embedkit.analysis.cells.traces import HiddenTrace, correlations
from embedkit.errors import SpaceError


def holds(cell: str, **signals: list[float]) -> dict[str, list[bool]]:
    found = find_events(cell, {name: np.array(values) for name, values in signals.items()})
    return {name: at.tolist() for name, at in found.items()}


def test_events_of_an_lstm_at_their_thresholds() -> None:
    found = holds(
        "lstm",
        input=[0.9, 0.95, 0.89, 0.1, 0.05],
        forget=[0.1, 0.5, 0.05, 0.9, 0.89],
        output=[0.1, 0.11, 0.5, 0.89, 0.9],
        candidate=[-0.5, 0.49, 0.9, 0.9, -1.0],
    )
    assert found == {
        "output off": [True, False, False, False, False],
        "output on": [False, False, False, False, True],
        "memory reset": [True, False, True, False, False],
        "kept": [False, False, False, True, False],
        "written": [True, False, False, False, False],
    }


def test_events_of_a_gru_at_their_thresholds() -> None:
    gates = {"reset": [0.1, 0.2, 0.0, 0.05], "update": [0.1, 0.0, 0.9, 0.05]}
    assert holds("gru", **gates, candidate=[0.4, -0.7, 0.9, 0.4]) == {
        "memory reset": [True, False, False, True],
        "kept": [False, False, True, False],
        "written": [False, True, False, False],
    }


def test_a_cell_without_gates_has_no_events() -> None:
    assert holds("rnn-tanh", hidden=[1.0]) == {}
    assert set(EVENTS) == {"lstm", "gru"}


def test_correlations_by_hand() -> None:
    values = np.array([[1.0, 3.0, 0.0, 5.0], [2.0, 2.0, 0.0, 1.0], [3.0, 1.0, 0.0, 3.0]])
    assert correlations(values, np.array([1.0, 2.0, 3.0])) == pytest.approx([1, -1, 0, -0.5])
    assert correlations(values, np.array([np.nan, 2.0, 3.0]))[:3] == pytest.approx([1, -1, 0])


def test_a_trace_whose_parts_do_not_fit_is_refused() -> None:
    values = np.zeros((2, 3))
    for wrong in (
        {"tokens": ("a",)},
        {"gates": {"input": np.zeros((2, 2))}},
        {"features": {"f": np.zeros(3)}},
        {"surprisal": np.zeros(1)},
    ):
        with pytest.raises(SpaceError, match="trace:"):
            HiddenTrace(**({"tokens": ("a", "b"), "values": values, "surprisal": None, "layer": 0} | wrong))
