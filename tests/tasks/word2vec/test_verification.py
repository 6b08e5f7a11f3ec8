"""The words of a run, how often they stand in its text and what metrics.json says of both are counted again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.runs.folder import Run
from embedkit.spaces.stored import load_run_space, save_run_space
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.tasks.word2vec.config import Word2VecTraining
from embedkit.tasks.word2vec.training import train_word2vec
from embedkit.verification.measurement import _metrics
from embedkit.verification.recomputation import _space


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Of six words in two sentences, of which `a` stands three times and `b` twice; each epoch is six words."""
    (tmp_path / "text.txt").write_text("a b a\nb a c\n", encoding="utf-8")
    config = Word2VecTraining(
        corpus=str(tmp_path / "text.txt"), dimensions=2, min_count=2, workers=1, epochs=3, sample=0
    )
    return train_word2vec(config, tmp_path / "runs" / "tiny")


def test_counts_of_the_text_are_counted_again(run: Run) -> None:
    metrics = run.metrics
    assert (metrics["words"], metrics["sentences"], metrics["distinct_words"], metrics["words_seen"]) == (6, 2, 3, 18)
    result, why = _metrics(run, "metrics")
    assert (result, why) == (MATCH, "6 figures counted again; 3 are of the course of training")
    for key, value in (("distinct_words", 3_000), ("vocabulary_share_of_words", 0.99), ("words_seen", 10**9)):
        run.write_metrics({**metrics, key: value})
        assert _metrics(Run(run.path), "metrics") == (DIFFERS, f"counted again, 1 figures are others, first {key}")


def test_words_and_their_counts_are_those_of_the_text(run: Run, tmp_path: Path) -> None:
    space = load_run_space(run, "vectors")
    result, why = _space(run, "vectors")
    assert (result, why.partition(";")[0]) == (UNCHECKED, "2 words and their counts are those of the text")
    save_run_space(run, "vectors", replace(space, labels=("b", "a")))
    assert _space(run, "vectors")[0] == DIFFERS
    save_run_space(run, "vectors", replace(space, columns={"count": np.array([3_000, 2])}))
    assert _space(run, "vectors") == (DIFFERS, "its words do not stand as often in the text as it says")
    for altered in (
        replace(space, columns={**space.columns, "age": np.array([1, 2])}),
        replace(space, provenance={**space.provenance, "noun": "person"}),
        replace(space, provenance={**space.provenance, "machine": "a phone"}),
        replace(space, name="tiny/other"),
    ):
        save_run_space(run, "vectors", altered)
        assert _space(run, "vectors")[0] == DIFFERS
    save_run_space(run, "vectors", space)
    (tmp_path / "text.txt").unlink()
    assert _space(run, "vectors")[0] == UNCHECKED
    assert _metrics(run, "metrics")[0] == UNCHECKED
