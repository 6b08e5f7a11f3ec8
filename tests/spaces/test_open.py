"""What a person types, and the space it opens."""

import os
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import RunError, SpaceError, UsageError, unknown
from embedkit.runs.folder import Run, runs_folder
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.open import default_space, find_run, open_space
from embedkit.spaces.stored import save_run_space
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.training.driver import train

VECTORS = EmbeddingSpace("vectors", ("a", "b"), np.eye(2))


@pytest.fixture
def language_model(tmp_path: Path) -> Run:
    text = tmp_path / "words.txt"
    text.write_text("a b c d e f g h\n" * 60)
    training = LanguageModelTraining(corpus=str(text), batch_size=2, bptt=8, steps=2, evaluations=1, device="cpu")
    model = LanguageModel(embedding_size=4, hidden_size=6, tied=False)
    return train(model, training, runs_folder() / "lm")


@pytest.fixture
def word2vec() -> Run:
    run = Run(runs_folder() / "w2v")
    save_run_space(run, "vectors", VECTORS)
    run.write_metrics({})
    run.write_config({"kind": "word2vec"})
    return run


def test_a_run_means_its_input_embeddings(language_model: Run) -> None:
    assert open_space("lm").name == "lm/input"
    assert open_space(str(language_model.path)).name == "lm/input"
    assert open_space("lm/input").dimensions == 4
    assert open_space("lm/output").dimensions == 6
    assert open_space("lm/output/").dimensions == 6
    assert open_space(f"{language_model.path}/output").name == "lm/output"


def test_a_space_is_extracted_once(language_model: Run) -> None:
    first = open_space("lm/output")
    assert language_model.artefacts("spaces", ".npz") == ["output"]
    (language_model.path / "weights.safetensors").unlink()
    again = open_space("lm/output")
    assert again.labels == first.labels
    assert (again.vectors == first.vectors).all()


def test_of_a_run_in_training_nothing_is_kept_that_it_does_not_end_with(language_model: Run) -> None:
    (language_model.path / "metrics.json").unlink()
    assert open_space("lm/output").dimensions == 6
    assert language_model.artefacts("spaces", ".npz") == []


def test_other_spaces_that_are_stored_open_too(language_model: Run) -> None:
    save_run_space(language_model, "hidden", VECTORS)
    assert open_space("lm/hidden").labels == ("a", "b")
    assert default_space(language_model) == "input"


def test_none_is_the_newest_finished_run(language_model: Run, word2vec: Run) -> None:
    os.utime(language_model.path / "config.toml", (1, 1))
    assert open_space().labels == ("a", "b")
    assert find_run(None) == (word2vec, "vectors")
    (word2vec.path / "metrics.json").unlink()
    assert open_space().name == "lm/input"


def made(name: str, kind: str, *, at: int, space: str = "", config: str = "", noun: str = "") -> Run:
    """A finished run of a kind, started at a time, with a space or none."""
    run = Run(runs_folder() / name)
    if space:
        save_run_space(run, space, VECTORS)
    run.write_metrics({})
    run.write_provenance({"noun": noun} if noun else {})
    run.write_config({"kind": kind} | ({"model": {"level": config}} if config else {}))
    os.utime(run.path / "config.toml", (at, at))
    return run


def test_none_is_the_newest_that_has_words(word2vec: Run) -> None:
    os.utime(word2vec.path / "config.toml", (1, 1))
    made("echo", "echo", at=9)
    made("letters", "language-model", at=8, space="input", config="char")
    made("phrases", "seq2seq", at=7, space="phrases")
    made("papers", "embeddings", at=6, space="vectors", noun="document")
    assert find_run(None) == (word2vec, "vectors")
    glove = made("glove", "embeddings", at=5, space="vectors")
    assert find_run(None) == (glove, "vectors")


def test_without_words_none_is_the_newest_that_has_a_space() -> None:
    made("echo", "echo", at=9)
    with pytest.raises(RunError, match=r"no run in .* has a space; name a file, or make one with `embedkit demo`"):
        find_run(None)
    phrases = made("phrases", "seq2seq", at=7, space="phrases")
    assert find_run(None) == (phrases, "phrases")


def test_nothing_is_advised_that_was_typed(tmp_path: Path, word2vec: Run) -> None:
    assert str(unknown("space", "vectors", ["vectors"])) == "unknown space 'vectors'; there are none yet"
    assert str(unknown("space", "vectors", ["vectors", "vector"])) == "unknown space 'vectors'; did you mean vector?"
    (word2vec.path / "spaces" / "vectors.npz").unlink()
    with pytest.raises(RunError, match=r"vectors\.npz: no such file; restore it, or make the run again"):
        open_space("w2v/vectors")
    link = tmp_path / "glove.txt"
    link.symlink_to(tmp_path / "gone.txt")
    with pytest.raises(UsageError, match=r"glove\.txt: a link to .*gone\.txt, where there is no file"):
        open_space(link)


def test_files_open_by_path(tmp_path: Path) -> None:
    for ending in (".txt", ".bin", ".npz", ".parquet"):
        write_space(VECTORS, tmp_path / f"x{ending}")
        assert open_space(str(tmp_path / f"x{ending}")).labels == ("a", "b")
    (tmp_path / "bad.txt").write_text("a 1 2\na 1 3\n")
    with pytest.raises(SpaceError, match=r"bad\.txt:2: the label 'a' stands on line 1 too"):
        open_space(str(tmp_path / "bad.txt"))


def test_what_there_is_not_is_said(language_model: Run, word2vec: Run) -> None:
    with pytest.raises(UsageError, match="unknown run 'ln'; did you mean lm"):
        open_space("ln")
    with pytest.raises(UsageError, match=r"unknown space 'inputs'; did you mean input .*\(of run lm\)"):
        open_space("lm/inputs")
    with pytest.raises(UsageError, match="unknown space 'output'; there are: vectors"):
        open_space("w2v/output")
    with pytest.raises(UsageError, match=r"no/such\.txt: no such file, and no folder no"):
        open_space("no/such.txt")


def test_without_runs_it_says_how_to_make_one() -> None:
    with pytest.raises(RunError, match="embedkit demo"):
        open_space()


def test_what_stands_in_memory_opens_too() -> None:
    table = {"title": ["a b", "c", "a b"], "embedding": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], "year": [1, 2, 3]}
    space = open_space(table, text="title")
    assert space.labels == ("a b", "c", "a b (2)")
    assert space.columns["year"].tolist() == [1, 2, 3]
    vectors = open_space(np.eye(2), labels=["x", "y"], columns={"warm": [True, False]})
    assert vectors.labels == ("x", "y")
    assert vectors.columns["warm"].tolist() == [True, False]
    with pytest.raises(UsageError, match="vector is about a table or a file; vectors take labels, columns"):
        open_space(np.eye(2), vector="x")
    with pytest.raises(UsageError, match="unknown option of reading 'lable'"):
        open_space(table, lable="title")  # type: ignore[call-arg]
