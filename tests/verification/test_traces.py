"""Signals of a trace are computed again; what is not a number hides nothing, and is damage to a report."""

from dataclasses import replace

import numpy as np
import pytest

from embedkit.analysis.cells.traces import HiddenTrace
from embedkit.errors import SpaceError
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification.recomputation import _same_trace

VALUES = np.array([[0.5, -0.5], [0.25, 0.75]])
TRACE = HiddenTrace(("a", "b"), VALUES, None, layer=0, cell="gru", gates={"reset": VALUES / 2, "update": VALUES / 4})


def unchecked(trace: HiddenTrace, **gates: np.ndarray) -> HiddenTrace:
    """A trace whose gates were not looked at when it was read."""
    forged = replace(trace)
    object.__setattr__(forged, "gates", gates)
    return forged


def test_a_gate_that_is_no_number_hides_no_other() -> None:
    assert _same_trace(TRACE, TRACE, "signals", "values")[0] == MATCH
    hidden = {"reset": np.full((2, 2), np.nan), "update": VALUES}
    assert _same_trace(unchecked(TRACE, **hidden), TRACE, "signals", "values")[0] == DIFFERS
    one = VALUES / 2
    one[0, 0] = np.nan
    assert _same_trace(unchecked(TRACE, reset=one, update=VALUES / 4), TRACE, "signals", "values")[0] == DIFFERS


def test_a_gate_that_is_gone_is_a_difference_and_all_of_them_are_not_checked() -> None:
    result, why = _same_trace(replace(TRACE, gates={"reset": VALUES / 2}), TRACE, "signals", "values")
    assert (result, why) == (DIFFERS, "its signals are hidden, reset, and the weights give hidden, reset, update")
    assert _same_trace(replace(TRACE, gates={}), TRACE, "signals", "values")[0] == UNCHECKED


def test_a_trace_of_values_that_are_no_numbers_is_refused_in_a_line() -> None:
    with pytest.raises(SpaceError, match=r"^trace: a value of update is not finite$"):
        replace(TRACE, gates={**TRACE.gates, "update": np.full((2, 2), np.inf)})
    with pytest.raises(SpaceError, match="a value of hidden is not finite"):
        replace(TRACE, values=np.array([[np.nan, 0], [0, 0]]))
