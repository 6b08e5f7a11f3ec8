"""Score sheets and differences come back as they were, and a damaged file says so."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.analogies.categories import Category
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import (
    DIFFERENCES,
    SCORE_SHEETS,
    AnalogyScore,
    CategoryScore,
    MethodScore,
    in_words,
)
from embedkit.analysis.analogies.scoring import answer, difference, score
from embedkit.analysis.intervals import Estimate, Interval
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


def headline(covered: int, total: int, right: float, gain: Estimate | None) -> AnalogyScore:
    """A sheet of no category whose headline is a share `right` of the covered questions."""
    row = replace(score_of("3CosAdd"), accuracy=Estimate(right, Interval(0, 1), 9, 4), gain=gain)
    micro = CategoryScore("all", covered, total, 2, 2, 0.1, (row,))
    return AnalogyScore("run/input", "sets/google", None, 9, False, (), micro, (), (), 0)


def score_of(method: str) -> MethodScore:
    space = EmbeddingSpace("s", ("a", "A", "b", "B", "c", "C"), np.random.default_rng(0).normal(size=(6, 3)))
    asked = AnalogySet("x", (Category.from_quadruples("x", [("a", "A", "b", "B"), ("b", "B", "c", "C")]),))
    found = score(space, asked, methods=[method], seed=0).micro.by(method)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("gain", "said"),
    [
        (None, "."),
        (Estimate(0.1, None, 9, 4), "."),
        (Estimate(0.1, Interval(0.02, 0.2), 9, 4), ": 10.0 points more (+2.0 to +20.0) than the word nearest to b."),
        (Estimate(-0.1, Interval(-0.2, -0.02), 9, 4), ": 10.0 points less (-20.0 to -2.0) than the word nearest to b."),
        (
            Estimate(0.1, Interval(-0.02, 0.2), 9, 4),
            "; whether that is more than the word nearest to b is open (-2.0 to +20.0 points).",
        ),
        (
            Estimate(0.1, Interval(0, 0.2), 9, 4),
            "; whether that is more than the word nearest to b is open (+0.0 to +20.0 points).",
        ),
        (
            Estimate(-0.1, Interval(-0.2, 0), 9, 4),
            "; whether that is more than the word nearest to b is open (-20.0 to +0.0 points).",
        ),
    ],
)
def test_the_headline_says_whether_it_is_more_than_the_nearest_word(gain: Estimate | None, said: str) -> None:
    sheet = headline(1200, 1600, 0.25, gain)
    sentence = f"3CosAdd answers 25.0 % (0.0 – 100.0) of 1,200 covered questions (1,600 in all){said}"
    assert in_words(sheet) == sentence
    assert repr(sheet) == f"AnalogyScore('sets/google' on 'run/input': {sentence})"


def test_below_the_floor_it_says_why_there_is_none() -> None:
    few = headline(4, 1600, 0.25, None)
    assert in_words(few) == few.no_headline
    assert few.no_headline.startswith("No headline: 4 of 1,600 questions are covered, 0.2 %, and below 50 %")
