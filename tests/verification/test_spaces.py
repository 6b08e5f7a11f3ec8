"""A space is its vectors, its columns and what it says of itself: all of it is made again, and no other is there."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.runs.folder import Run
from embedkit.spaces.open import open_run_space
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space, save_run_space
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.tasks.classify.config import ClassifierModel, ClassifierTraining
from embedkit.tasks.seq2seq.spaces import phrase_space
from embedkit.training.driver import train
from embedkit.verification.recomputation import _space


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A classifier with its space."""
    training = ClassifierTraining(steps=2, evaluations=1, held_out=20, device="cpu")
    trained = train(ClassifierModel(hidden_size=4), training, tmp_path / "runs" / "lab")
    open_run_space(trained, "final")
    return trained


def always_right(space: EmbeddingSpace) -> EmbeddingSpace:
    return replace(space, columns={**space.columns, "told": space.columns["class"]})


def with_another_column(space: EmbeddingSpace) -> EmbeddingSpace:
    return replace(space, columns={**space.columns, "age": np.arange(len(space))})


def without_a_column(space: EmbeddingSpace) -> EmbeddingSpace:
    return replace(space, columns={"class": space.columns["class"]})


def under_another_name(space: EmbeddingSpace) -> EmbeddingSpace:
    return replace(space, name="famous/final")


def of_other_points(space: EmbeddingSpace) -> EmbeddingSpace:
    return replace(space, provenance={**space.provenance, "noun": "person"})


def of_another_machine(space: EmbeddingSpace) -> EmbeddingSpace:
    return replace(space, provenance={**space.provenance, "machine": "a phone"})


@pytest.mark.parametrize(
    "altered",
    [always_right, with_another_column, without_a_column, under_another_name, of_other_points, of_another_machine],
)
def test_what_is_altered_beside_the_vectors_is_found(
    run: Run, altered: Callable[[EmbeddingSpace], EmbeddingSpace]
) -> None:
    assert _space(run, "final") == (MATCH, "extracted again from the weights: the same to the bit")
    save_run_space(run, "final", altered(load_run_space(run, "final")))
    assert _space(run, "final")[0] == DIFFERS


def test_a_run_that_was_renamed_has_its_space_still(run: Run) -> None:
    result, why = _space(Run(run.path.rename(run.path.with_name("renamed"))), "final")
    assert result == UNCHECKED
    assert why.endswith("the same to the bit, but for the name that the run had")


def test_a_space_that_its_kind_of_run_does_not_have_is_a_difference(run: Run) -> None:
    kept = load_run_space(run, "final")
    save_run_space(run, "beginning", replace(kept, name="lab/beginning", vectors=np.eye(len(kept), 4)))
    assert _space(run, "beginning") == (DIFFERS, "a classifier of sequences has no space that is called so")


def test_texts_that_somebody_chose_are_encoded_again(trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "runs" / "phrases", tmp_path / "runs" / "phrases")
    run = Run(tmp_path / "runs" / "phrases")
    space = phrase_space(run, ["king queen", "river", "the city"])
    save_run_space(run, "encoded", space)
    assert _space(run, "encoded")[0] == MATCH
    save_run_space(run, "encoded", replace(space, vectors=space.vectors[::-1]))
    assert _space(run, "encoded")[0] == DIFFERS
    save_run_space(run, "mine", replace(space, name="phrases/mine"))
    assert _space(run, "mine")[0] == DIFFERS
