"""What is kept with a run comes back as it was, and a damaged file says so."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.cells.traces import HiddenTrace
from embedkit.analysis.maps import stored as store_maps
from embedkit.analysis.maps.projection import pca
from embedkit.errors import SpaceError, UsageError
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces import stored as store
from embedkit.spaces.open import open_space

HOSTILE = ("the", "</script><script>alert(1)</script>", "a b", "\n", "", "naïve", "日本", "'\"\\")


@pytest.fixture
def space() -> EmbeddingSpace:
    vectors = np.random.default_rng(0).normal(size=(len(HOSTILE), 4))
    columns = {"count": np.arange(len(HOSTILE), 0, -1), "part": np.array(["x"] * len(HOSTILE))}
    return EmbeddingSpace("try/input", HOSTILE, vectors, columns, {"seed": 1, "corpus": "étude"})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "runs" / "try")
    run.write_config({"kind": "word2vec"})
    run.write_metrics({"seconds": 1.0})
    return run


def test_a_space_comes_back(run: Run, space: EmbeddingSpace) -> None:
    store.save_run_space(run, "vectors", space)
    back = store.load_run_space(run, "vectors")
    assert (back.name, back.labels, back.provenance) == (space.name, space.labels, space.provenance)
    assert (back.vectors == space.vectors).all()
    assert back.columns["count"].tolist() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert back.columns["part"].tolist() == ["x"] * 8


def test_a_map_comes_back(run: Run, space: EmbeddingSpace) -> None:
    made = pca(space)
    path = store_maps.save_projection(run, made)
    assert path.relative_to(run.path).as_posix() == "maps/input-pca.npz"
    back = store_maps.load_projection(run, "input-pca")
    assert (back.points == made.points).all()
    for name in ("space", "method", "labels", "parameters", "fidelity", "explained_variance"):
        assert getattr(back, name) == getattr(made, name)


def test_a_trace_comes_back(run: Run) -> None:
    made = HiddenTrace(("a", "\n"), np.eye(2, 3, dtype=np.float32), np.array([np.nan, 1.5]), layer=-1)
    store.save_trace(run, "sentence", made)
    back = store.load_trace(run, "sentence")
    assert (back.tokens, back.layer) == (made.tokens, -1)
    assert (back.values == made.values).all()
    assert np.array_equal(back.surprisal, made.surprisal, equal_nan=True)


def test_a_trace_with_gates_comes_back(run: Run) -> None:
    values = np.eye(2, 3, dtype=np.float32)
    gates = {"update": values / 2, "reset": values / 4, "candidate": -values}
    made = HiddenTrace(("a", "b"), values, None, 0, "gru", gates, {"inside quotes": np.array([0.0, 1.0])})
    store.save_trace(run, "typed", made)
    back = store.load_trace(run, "typed")
    assert (back.cell, back.surprisal, list(back.signals)) == ("gru", None, ["hidden", *gates])
    assert all((back.gates[name] == gate).all() for name, gate in gates.items())
    assert back.features["inside quotes"].tolist() == [0, 1]
    assert {name: at.tolist() for name, at in back.events.items()} == {n: at.tolist() for n, at in made.events.items()}


def test_a_trace_of_an_older_version_has_no_gates(run: Run) -> None:
    path = run.path / "traces" / "old.npz"
    path.parent.mkdir(parents=True)
    np.savez(path, tokens=np.array(["a"]), values=np.ones((1, 2)), surprisal=np.array([np.nan]), layer=np.array(-1))
    back = store.load_trace(run, "old")
    assert (back.cell, back.gates, back.features, back.events) == ("", {}, {}, {})
    np.savez(path, tokens=np.array(["a"]), values=np.ones((1, 2)), layer=np.array(0), **{"gate:input": np.ones((1, 3))})
    with pytest.raises(SpaceError, match=r"input \(1, 3\) with values \(1, 2\)"):
        store.load_trace(run, "old")


def test_an_unknown_name_names_the_nearest(run: Run, space: EmbeddingSpace) -> None:
    store_maps.save_projection(run, pca(space))
    with pytest.raises(UsageError, match="did you mean input-pca"):
        store_maps.load_projection(run, "input-pac")
    with pytest.raises(UsageError, match="there are none yet"):
        store.load_trace(run, "sentence")


def test_damaged_files_are_named(run: Run, space: EmbeddingSpace) -> None:
    path = store.save_run_space(run, "vectors", space)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SpaceError, match=r"vectors\.npz: not a readable"):
        store.load_run_space(run, "vectors")
    np.savez(path, vectors=np.eye(2), labels=np.array(["a", None], dtype=object))
    with pytest.raises(SpaceError, match=r"vectors\.npz: not a readable .*allow_pickle"):
        store.load_run_space(run, "vectors")


def test_a_nul_that_numpy_would_drop_is_refused(run: Run) -> None:
    with pytest.raises(SpaceError, match="NUL"):
        store.save_run_space(run, "vectors", EmbeddingSpace("nul", ("a", "a\0"), np.eye(2)))


def test_spaces_open_by_what_a_person_types(run: Run, space: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = store.save_run_space(run, "vectors", space)
    monkeypatch.chdir(run.path.parent.parent)
    for source in (None, "try", "try/vectors", "runs/try", "runs/try/vectors", str(run.path), str(path)):
        assert open_space(source).labels == space.labels
    with pytest.raises(UsageError, match="did you mean try"):
        open_space("tyr")
    with pytest.raises(UsageError, match="did you mean vectors"):
        open_space("try/vector")
    with pytest.raises(UsageError, match="neither a file nor"):
        open_space("nowhere/else.txt")
