"""Comparisons and snapshots on the disk."""

from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.comparison.churn import over_training
from embedkit.analysis.comparison.stored import OVER_TRAINING, comparison_name, load_comparison, save_comparison
from embedkit.analysis.comparison.two_spaces import Comparison, compare
from embedkit.errors import RunError, UsageError
from embedkit.runs.folder import Run
from embedkit.spaces.snapshots import Snapshot, load_snapshots
from embedkit.spaces.space import EmbeddingSpace


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "runs" / "one")
    run.write_config({"kind": "language-model"})
    return run


def comparison() -> Comparison:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(30, 6))
    labels = tuple(f"w{i}" for i in range(30))
    counted = EmbeddingSpace("one/input", labels, vectors, {"count": np.arange(30, 0, -1)})
    return compare(counted, EmbeddingSpace("two/vectors", labels, vectors + rng.normal(size=(30, 6))), k=3)


def test_what_is_kept_comes_back(run: Run) -> None:
    made = comparison()
    name = comparison_name("input", Run(Path("runs/two")), "vectors")
    assert name == "input--two-vectors"
    save_comparison(run, name, made)
    read = load_comparison(run, name)
    assert read.figures == made.figures
    assert read.words.labels == made.words.labels
    for key in ("ranks", "counts", "jaccard", "shift", "second_order", "near_a", "near_b"):
        assert np.array_equal(getattr(read.words, key), getattr(made.words, key), equal_nan=True)
    assert run.artefacts("comparisons", ".json") == run.artefacts("comparisons", ".npz") == [name]


def test_damage_is_named(run: Run) -> None:
    save_comparison(run, "input--two-vectors", comparison())
    with pytest.raises(UsageError, match="unknown comparison 'input--to-vectors'; did you mean input--two-vectors"):
        load_comparison(run, "input--to-vectors")
    file = run.path / "comparisons" / "input--two-vectors.json"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"shared": 30', '"shared": 29'), encoding="utf-8")
    with pytest.raises(RunError, match=r"not of the 29 words of its \.json; make it again"):
        load_comparison(run, "input--two-vectors")
    file.write_text(text.replace('"alignment"', '"alinement"'), encoding="utf-8")
    with pytest.raises(RunError, match="damaged or of another version"):
        load_comparison(run, "input--two-vectors")


def test_a_course_comes_back(run: Run) -> None:
    assert OVER_TRAINING.load_or_none(run) is None
    rng = np.random.default_rng(0)
    labels = tuple(f"w{i}" for i in range(40))
    taken = [
        Snapshot(step, 10 * step, step / 3, EmbeddingSpace("one/input", labels, rng.normal(size=(40, 5))))
        for step in (1, 2, 3)
    ]
    found = over_training("one/input", taken, k=3, resamples=100)
    OVER_TRAINING.save(run, found)
    assert OVER_TRAINING.load_or_none(run) == found


def test_a_run_without_snapshots_says_how_to_train_with_them(run: Run) -> None:
    with pytest.raises(RunError, match="has no snapshots of its training; train one with `embedkit train lm --snapsh"):
        next(load_snapshots(run))
    other = Run(run.path.parent / "vectors")
    other.write_config({"kind": "word2vec"})
    with pytest.raises(UsageError, match="only language models keep any"):
        next(load_snapshots(other))
