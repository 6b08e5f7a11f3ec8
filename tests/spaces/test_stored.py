"""What is kept with a run comes back as it was, and a damaged file says so."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import SpaceError, UsageError
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.open import open_space
from embedkit.spaces.stored import load_run_space, save_run_space

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
    save_run_space(run, "vectors", space)
    back = load_run_space(run, "vectors")
    assert (back.name, back.labels, back.provenance) == (space.name, space.labels, space.provenance)
    assert (back.vectors == space.vectors).all()
    assert back.columns["count"].tolist() == [8, 7, 6, 5, 4, 3, 2, 1]
    assert back.columns["part"].tolist() == ["x"] * 8


def test_damaged_files_are_named(run: Run, space: EmbeddingSpace) -> None:
    path = save_run_space(run, "vectors", space)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SpaceError, match=r"vectors\.npz: not a readable"):
        load_run_space(run, "vectors")
    np.savez(path, vectors=np.eye(2), labels=np.array(["a", None], dtype=object))
    with pytest.raises(SpaceError, match=r"vectors\.npz: not a readable .*allow_pickle"):
        load_run_space(run, "vectors")


def test_a_nul_that_numpy_would_drop_is_refused(run: Run) -> None:
    with pytest.raises(SpaceError, match="NUL"):
        save_run_space(run, "vectors", EmbeddingSpace("nul", ("a", "a\0"), np.eye(2)))


def test_spaces_open_by_what_a_person_types(run: Run, space: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_run_space(run, "vectors", space)
    monkeypatch.chdir(run.path.parent.parent)
    for source in (None, "try", "try/vectors", "runs/try", "runs/try/vectors", str(run.path), str(path)):
        assert open_space(source).labels == space.labels
    with pytest.raises(UsageError, match="did you mean try"):
        open_space("tyr")
    with pytest.raises(UsageError, match="did you mean vectors"):
        open_space("try/vector")
    with pytest.raises(UsageError, match=r"nowhere/else\.txt: no such file, and no folder nowhere"):
        open_space("nowhere/else.txt")
