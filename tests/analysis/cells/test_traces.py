"""Traces come back as they were kept, and those of an older version are read."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.cells.traces import TRACES, HiddenTrace
from embedkit.errors import RunError, UsageError
from embedkit.runs.folder import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "runs" / "try")
    run.write_config({"kind": "word2vec"})
    run.write_metrics({"seconds": 1.0})
    return run


def test_a_trace_comes_back(run: Run) -> None:
    made = HiddenTrace(("a", "\n"), np.eye(2, 3, dtype=np.float32), np.array([np.nan, 1.5]), layer=-1)
    TRACES.save(run, made, "sentence")
    back = TRACES.load(run, "sentence")
    assert (back.tokens, back.layer) == (made.tokens, -1)
    assert (back.values == made.values).all()
    assert np.array_equal(back.surprisal, made.surprisal, equal_nan=True)


def test_a_trace_with_gates_comes_back(run: Run) -> None:
    values = np.eye(2, 3, dtype=np.float32)
    gates = {"update": values / 2, "reset": values / 4, "candidate": -values}
    made = HiddenTrace(("a", "b"), values, None, 0, "gru", gates, {"inside quotes": np.array([0.0, 1.0])})
    TRACES.save(run, made, "typed")
    back = TRACES.load(run, "typed")
    assert (back.cell, back.surprisal, list(back.signals)) == ("gru", None, ["hidden", *gates])
    assert all((back.gates[name] == gate).all() for name, gate in gates.items())
    assert back.features["inside quotes"].tolist() == [0, 1]
    assert {name: at.tolist() for name, at in back.events.items()} == {n: at.tolist() for n, at in made.events.items()}


def test_a_trace_of_an_older_version_has_no_gates(run: Run) -> None:
    path = run.path / "traces" / "old.npz"
    path.parent.mkdir(parents=True)
    np.savez(path, tokens=np.array(["a"]), values=np.ones((1, 2)), surprisal=np.array([np.nan]), layer=np.array(-1))
    back = TRACES.load(run, "old")
    assert (back.cell, back.gates, back.features, back.events) == ("", {}, {}, {})
    np.savez(path, tokens=np.array(["a"]), values=np.ones((1, 2)), layer=np.array(0), **{"gate:input": np.ones((1, 3))})
    with pytest.raises(RunError, match=r"input \(1, 3\) with values \(1, 2\)"):
        TRACES.load(run, "old")


def test_an_unknown_name_says_that_there_are_none(run: Run) -> None:
    with pytest.raises(UsageError, match="there are none yet"):
        TRACES.load(run, "sentence")
