"""Traces come back as they were kept, and those of an older version are read."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.cells.traces import TRACES, HiddenTrace
from embedkit.errors import RunError, SpaceError, UsageError
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


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"values": np.ones(2)}, r"2 tokens with values \(2,\)"),
        ({"values": np.ones((3, 4))}, r"2 tokens with values \(3, 4\)"),
        ({"gates": {"update": np.ones((2, 3))}}, r"update \(2, 3\) with values \(2, 4\)"),
        ({"features": {"quotes": np.ones(3)}}, r"2 tokens with quotes \(3,\)"),
        ({"surprisal": np.ones((2, 1))}, r"2 tokens with surprisal \(2, 1\)"),
        ({"words": ("hm",)}, "1 words without their borders"),
        ({"words": ("hm",), "borders": np.ones((2, 2)), "step": 0.02}, "1 words without their borders"),
        ({"words": ("hm",), "borders": np.ones((1, 2))}, "without the seconds of a step"),
    ],
)
def test_a_trace_fits_together(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        HiddenTrace(**{"tokens": ("a", "b"), "values": np.ones((2, 4)), "surprisal": None, "layer": 0, **wrong})


def test_what_units_can_follow_varies_over_three_known_steps() -> None:
    nan = np.nan
    features = {
        "varies": np.array([0.0, 1, nan, 0]),
        "is one": np.array([1.0, 1, nan, 1]),
        "known twice": np.array([0.0, 1, nan, nan]),
    }
    surprisal = np.array([nan, 1.0, 2, 3])
    made = HiddenTrace(tuple("abcd"), np.ones((4, 2)), surprisal, 0, features=features)
    assert list(made.followed) == ["varies", "surprisal"]
    assert (made.noun, list(made.signals), made.events) == ("token", ["hidden"], {})
    heard = HiddenTrace(("a",), np.ones((1, 2)), None, 0, step=0.02, words=("one",), borders=np.array([[0, 1]]))
    assert (heard.noun, heard.followed) == ("step", {})
