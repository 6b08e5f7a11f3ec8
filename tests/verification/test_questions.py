"""Scores on questions of one's own are asked again from where they lie, and other questions are told apart."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import DIFFERENCES, SCORE_SHEETS
from embedkit.analysis.analogies.scoring import answer, difference, score
from embedkit.corpora import questions_file
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.stored import load_run_space, save_run_space
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification.measurement import _difference
from embedkit.verification.recomputation import _sheet

WORDS = ("king", "queen", "man", "woman", "boy", "girl")
QUESTIONS = ": sexes\nking queen man woman\nking queen boy girl\nman woman boy girl\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """One of two runs of six words, scored on three questions of a file of its own."""
    (tmp_path / "q.txt").write_text(QUESTIONS, encoding="utf-8")
    questions = AnalogySet.read(tmp_path / "q.txt")
    runs = [Run(tmp_path / "runs" / name) for name in ("one", "other")]
    sheets = []
    for seed, run in enumerate(runs):
        vectors = np.random.default_rng(seed).normal(size=(6, 4)).astype(np.float32)
        save_run_space(run, "vectors", EmbeddingSpace(f"{run.name}/vectors", WORDS, vectors))
        run.write_config({"kind": "embeddings", "embeddings": {}})
        sheets.append(answer(load_run_space(run, "vectors"), questions, restrict=None))
        SCORE_SHEETS.save(run, score(load_run_space(run, "vectors"), questions, restrict=None))
    DIFFERENCES.save(runs[0], difference(*sheets))
    return runs[0]


def test_questions_of_ones_own_are_read_from_where_they_lie(run: Run, tmp_path: Path) -> None:
    assert SCORE_SHEETS.load(run, "vectors-q").source == str(tmp_path / "q.txt")
    assert _sheet(run, "vectors-q") == (MATCH, "3 questions asked again: the same")
    assert _difference(run, "vectors-q--other-vectors") == (MATCH, "3 questions asked again: the same")
    (tmp_path / "q.txt").write_text(QUESTIONS.replace("king queen boy girl\n", ""), encoding="utf-8")
    changed = f"the questions are not at hand: {tmp_path}/q.txt is not what it was when they were asked"
    assert _sheet(run, "vectors-q") == _difference(run, "vectors-q--other-vectors") == (UNCHECKED, changed)
    (tmp_path / "q.txt").unlink()
    assert _sheet(run, "vectors-q")[0] == UNCHECKED


def test_another_number_of_questions_is_a_difference(run: Run) -> None:
    stored = SCORE_SHEETS.load(run, "vectors-q")
    SCORE_SHEETS.save(run, replace(stored, micro=replace(stored.micro, total=4)))
    assert _sheet(run, "vectors-q") == (DIFFERS, "q has 3 questions, and it says 4")


def test_a_sheet_that_is_kept_as_that_of_other_questions_is_a_difference(run: Run) -> None:
    stored = SCORE_SHEETS.load(run, "vectors-q")
    SCORE_SHEETS.save(run, replace(stored, questions="unknown"), "vectors-q")
    assert _sheet(run, "vectors-q") == (DIFFERS, "it is of 'vectors-unknown', and kept as 'vectors-q'")


def test_a_sheet_of_before_is_asked_by_the_name_of_its_questions(run: Run) -> None:
    questions = AnalogySet.read(questions_file("google"))
    assert (questions.name, questions.source) == ("google-analogies", "google-analogies")
    path = SCORE_SHEETS.save(run, score(load_run_space(run, "vectors"), questions, restrict=None))
    assert _sheet(run, "vectors-google-analogies")[0] == MATCH
    values = json.loads(path.read_text(encoding="utf-8"))
    del values["source"], values["checksum"]
    path.write_text(json.dumps(values), encoding="utf-8")
    assert _sheet(run, "vectors-google-analogies")[0] == MATCH
