"""Score sheets and differences come back as they were, and a damaged file says so."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.analogies.categories import Category
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import DIFFERENCES, SCORE_SHEETS
from embedkit.analysis.analogies.scoring import answer, difference, score
from embedkit.errors import RunError
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace

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


ASKED = AnalogySet(
    "google-analogies",
    (
        Category.from_quadruples("x", [("the", "naïve", "日本", "a")]),
        Category.from_quadruples("y", [("the", "日本", "naïve", "''")]),
    ),
)


def test_a_difference_of_scores_comes_back(run: Run, space: EmbeddingSpace) -> None:
    made = difference(answer(space, ASKED), answer(replace(space, name="run/other"), ASKED))
    path = DIFFERENCES.save(run, made)
    assert path.relative_to(run.path).as_posix() == "differences/input-google-analogies--run-other.json"
    assert DIFFERENCES.load_all(run) == (made,)


def test_a_score_sheet_comes_back(run: Run, space: EmbeddingSpace) -> None:
    made = score(space, ASKED)
    path = SCORE_SHEETS.save(run, made)
    assert path.relative_to(run.path).as_posix() == "analogies/input-google-analogies.json"
    assert SCORE_SHEETS.load(run, "input-google-analogies") == made


def test_damaged_files_are_named(run: Run) -> None:
    (run.path / "analogies").mkdir()
    (run.path / "analogies" / "x-y.json").write_text('{"space": "x"}')
    with pytest.raises(RunError, match=r"x-y\.json: damaged"):
        SCORE_SHEETS.load(run, "x-y")
