"""`embedkit compare`: two spaces, files, one run over its training, and wrong calls."""

import json
import re
from pathlib import Path

import pytest

from embedkit.runs.folder import Run
from tests.command_line import Call

RUNS = ("small", "vectors")


@pytest.fixture(autouse=True)
def _quick_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedkit.studies.comparison.MAP_METHODS", ("pca",))


def test_two_runs(call: Call, trained: Path, tmp_path: Path) -> None:
    done = call("compare", *RUNS, "-k", "5", "--floor", "0", "--words", "river,king")
    assert done.code == 0, done.err
    assert "small/input and vectors/vectors compared" in done.out
    for row in ("neighbourhood overlap", "cosine after alignment, held out", "CKA, debiased", "Words that moved most"):
        assert row in done.out
    asked = done.out[done.out.index("Requested words") :]
    assert "river" in asked
    assert "king" in asked
    assert (tmp_path / "reports/html/compare-small-vectors.html").exists()
    kept = Run(trained / "runs" / "small").artefacts("comparisons", ".json")
    assert "input--vectors-vectors" in kept
    assert "report: reports/html/compare-small-vectors.html" in done.err


def test_json_carries_every_figure_with_its_interval_and_chance(call: Call) -> None:
    done = call("compare", *RUNS, "-k", "5", "--floor", "0", "--words", "river", "--json")
    told = json.loads(done.out)
    assert told["a"]["name"] == "small/input"
    assert told["shared"] <= min(told["a"]["considered"], told["b"]["considered"])
    assert set(told["neighbors"]) == {"value", "interval", "words"}
    assert 0 < told["neighbors_chance"] < 1
    assert set(told["cka"]) == {"plain", "debiased", "interval", "shuffled", "words"}
    (river,) = told["words"]
    assert river["word"] == "river"
    assert [len(each) for each in river["nearest"]] == [5, 5]
    assert len(told["moved"]["most"]) == 10
    shifts = [word["second_order_shift"] for word in told["moved"]["most"]]
    assert shifts == sorted(shifts, reverse=True)


def test_a_file_beside_a_run_keeps_what_is_found(call: Call, tmp_path: Path) -> None:
    assert call("export", "vectors", "--format", "parquet", "--out", "mine.parquet").code == 0
    done = call("compare", "mine.parquet", "vectors", "-k", "5", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["neighbors"]["value"] == 1
    assert told["alignment"]["fitted"] == pytest.approx(1, abs=1e-4)
    # The file is the run that it was first read into, by whatever name.
    assert re.fullmatch(r"reports/html/compare-[\w-]+-vectors\.html", told["report"])


def test_one_run_over_its_training(call: Call, trained: Path, tmp_path: Path) -> None:
    corpus = trained / "small.txt"
    train = ["train", "lm", "--corpus", str(corpus), "--name", "followed", "--snapshots", "3", "--steps", "9"]
    assert (
        call(*train, "--embedding-size", "8", "--hidden-size", "8", "--batch-size", "8", "--patience", "20").code == 0
    )
    done = call("compare", "followed", "--over-training", "-k", "5")
    assert done.code == 0, done.err
    assert "followed/input over its training" in done.out
    assert "churn to next" in done.out
    assert (tmp_path / "reports/html/over-training-followed.html").exists()
    told = json.loads(call("compare", "followed", "--over-training", "-k", "5", "--json").out)
    assert [each["step"] for each in told["snapshots"]] == [3, 6, 9]
    assert told["snapshots"][-1]["to_last"] is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("small", "small"), 2, "small/input is the same space twice; name two"),
        (("small", "small/input"), 2, "small/input is the same space twice; name two"),
        (("attentive/source", "vectors"), 2, "share"),
        (("small", "vectors", "-k", "50"), 2, "to compare the 50 nearest of each there have to be 101 or more"),
        (("small", "vectors", "-k", "5", "--words", "rivr"), 2, "did you mean river"),
        (
            ("small", "vectors", "--restrict", "8", "-k", "1"),
            2,
            "to compare the 1 nearest of each there have to be 15 or more",
        ),
        (("small", "vectors", "-k", "5", "--resamples", "10"), 2, "needs 100 or more"),
        (("small", "vectors", "--floor", "-1"), 2, "--floor -1: must be at least 0"),
        (("small", "vectors", "--over-training"), 2, "compares small with itself; leave vectors out"),
        (("small", "--over-training", "--words", "river"), 2, "--words goes with two spaces or --series"),
        (("small", "--over-training"), 1, "train one with `embedkit train lm --snapshots 8`"),
        (("vectors", "--over-training"), 2, "only language models keep any"),
        (("small", "nothing"), 2, "unknown run 'nothing'"),
    ],
)
def test_wrong_calls_are_one_readable_line(call: Call, words: tuple[str, ...], code: int, said: str) -> None:
    done = call("compare", *words)
    assert (done.code, done.out) == (code, "")
    errors = [line for line in done.err.splitlines() if line.startswith("error:")]
    assert len(errors) == 1
    assert said in errors[0]
