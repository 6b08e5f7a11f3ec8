"""Texts embedded by what the kit has: means of word vectors by hand, and a network's states as one at a time."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import UsageError
from embedkit.runs.folder import Run, runs_folder
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.text_vectors import text_vectors
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.spaces import hidden_space
from embedkit.training.driver import train

AXES = EmbeddingSpace("axes", ("east", "north"), np.array([[2.0, 0.0], [0.0, 4.0]]))


@pytest.fixture
def axes(tmp_path: Path) -> str:
    path = tmp_path / "axes.vec"
    write_space(AXES, path, format="word2vec")
    return str(path)


def test_a_text_is_the_mean_of_its_words_that_have_vectors(axes: str) -> None:
    embedded = text_vectors(axes, ["North east", "east, east!", "up", "North east"])
    assert embedded.vectors.tolist() == [[1, 2], [2, 0], [0, 0], [1, 2]]
    assert embedded.provenance == {
        "model": "axes/vectors",
        "by": "the mean of word vectors",
        "words": 7,  # of the three distinct texts, "," and "!" among them
        "known": 4,
    }


def test_states_of_texts_of_all_lengths_are_those_of_each_by_itself(tmp_path: Path) -> None:
    corpus = tmp_path / "words.txt"
    corpus.write_text("a b c d e f g h\n" * 60)
    training = LanguageModelTraining(corpus=str(corpus), batch_size=2, bptt=8, steps=2, evaluations=1, device="cpu")
    run = train(LanguageModel(embedding_size=4, hidden_size=6, tied=False), training, runs_folder() / "lm")
    texts = ["a", "b c d", "c", "h g f", "a b"]
    embedded = text_vectors("lm", texts)
    for text, vector in zip(texts, embedded.vectors, strict=True):
        assert vector == pytest.approx(hidden_space(run, [text]).vectors[0], abs=1e-6)
    assert embedded.provenance == {"model": "lm", "by": "the language model"}
    assert text_vectors("lm/input", texts).vectors.shape == (5, 4)
    with pytest.raises(UsageError, match="has no token"):
        text_vectors("lm", [" "])


def test_codes_are_those_of_the_encoder(copy_run: Run) -> None:
    shutil.copytree(copy_run.path, runs_folder() / "copies")
    embedded = text_vectors("copies", ["ab", "c", "ab"])
    assert embedded.vectors.shape == (3, 64)
    assert (embedded.vectors[0] == embedded.vectors[2]).all()
    with pytest.raises(UsageError, match="copies/target has no vectors of words"):
        text_vectors("copies/target", ["ab"])
