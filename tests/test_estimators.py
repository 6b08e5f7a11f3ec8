"""scikit-learn's own checks, answers by hand, and the places where estimators go."""

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from embedkit import MeanEmbedder, PhraseEncoder, SpaceProjector
from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace

ROOT = Path(__file__).resolve().parent.parent
WORDS = EmbeddingSpace(
    "words",
    ("cat", "dog", "red", "blue"),
    np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 1.0], [0.0, 3.0]]),
)
ANIMALS = ["a cat", "the dog", "cat dog", "dog, dog", "a CAT!"]
COLOURS = ["a red", "the blue", "red blue", "blue, blue", "RED"]
TEXTS, KINDS = [*ANIMALS, *COLOURS], [0] * 5 + [1] * 5


@pytest.fixture(scope="module")
def encoder_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An encoder-decoder after two steps: what its vectors mean is not asked here."""
    from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
    from embedkit.training.driver import train

    model = Seq2SeqModel(
        source_level="char", target_level="char", embedding_size=8, hidden_size=8, bottleneck_size=6, softmax="full"
    )
    training = Seq2SeqTraining(corpus="copy", pairs=200, longest=3, steps=2, device="cpu")
    return train(model, training, tmp_path_factory.mktemp("runs") / "copy")


@parametrize_with_checks(
    [SpaceProjector(), SpaceProjector(dimensions=3), SpaceProjector("tsne"), MeanEmbedder(WORDS), PhraseEncoder()]
)
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    """Of the two that take texts scikit-learn checks what has nothing to do with arrays of numbers, and says so."""
    check(estimator)


def test_principal_components_take_new_points() -> None:
    # Two axes: the first along (1, 0) with spread 4, the second along (0, 1) with spread 2; the mean is (5, 5).
    square = np.array([[3.0, 5.0], [7.0, 5.0], [5.0, 4.0], [5.0, 6.0]])
    projector = SpaceProjector().fit(square)
    np.testing.assert_allclose(projector.transform([[6.0, 7.0]]), [[1.0, 2.0]], atol=1e-6)
    np.testing.assert_allclose(projector.fit_transform(square), projector.projection_.points, atol=1e-6)
    assert projector.projection_.fidelity is None
    assert SpaceProjector(measured=True).fit(square).projection_.fidelity is not None
    assert list(projector.get_feature_names_out()) == ["spaceprojector0", "spaceprojector1"]


def test_a_layout_has_no_place_for_new_points_and_says_so() -> None:
    points = np.random.default_rng(0).normal(size=(40, 5))
    layout = SpaceProjector("umap", neighbors=5, seed=0)
    assert layout.fit_transform(points).shape == (40, 2)
    assert layout.projection_.parameters["neighbors"] == 5
    assert not hasattr(layout, "transform")
    with pytest.raises(AttributeError, match="transform"):
        layout.transform(points)
    assert hasattr(SpaceProjector("pca"), "transform")


def test_a_wrong_method_or_option_is_named() -> None:
    points = np.eye(4)
    with pytest.raises(UsageError, match="did you mean umap"):
        SpaceProjector("unap").fit(points)
    with pytest.raises(UsageError, match="pca has no option neighbors"):
        SpaceProjector("pca", neighbors=4).fit(points)
    with pytest.raises(UsageError, match="a map has 2 or 3"):
        SpaceProjector(dimensions=4).fit(points)


def test_a_text_is_the_mean_of_the_words_that_have_a_vector() -> None:
    embedder = MeanEmbedder(WORDS).fit(["a cat", "Dog red unicorn"])
    np.testing.assert_array_equal(
        embedder.transform(["Cat dog", "dog, red", "unicorn", ""]), [[2, 0], [1.5, 0.5], [0, 0], [0, 0]]
    )
    assert embedder.coverage_ == pytest.approx(3 / 5)  # a, cat; dog, red, unicorn
    np.testing.assert_allclose(embedder.coverage(["cat dog", "dog, red", "unicorn", ""]), [1, 2 / 3, 0, np.nan])
    assert list(embedder.get_feature_names_out()) == ["meanembedder0", "meanembedder1"]
    capitals = MeanEmbedder(EmbeddingSpace("c", ("Cat", "cat"), np.array([[1.0], [2.0]]))).fit(["Cat"])
    assert capitals.transform(["Cat"])[0] == 1
    assert MeanEmbedder(WORDS, lowercase=False).fit(["CAT"]).coverage_ == 0


@pytest.mark.parametrize("wrong", ["one text", [["a"], ["b"]], [1, 2], ["a", None]])
def test_what_is_no_list_of_texts_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="a sequence of texts is expected"):
        MeanEmbedder(WORDS).fit(wrong)


def test_a_pipeline_of_texts_is_cross_validated_searched_cloned_and_pickled() -> None:
    pipeline = make_pipeline(MeanEmbedder(WORDS), LogisticRegression())
    assert cross_val_score(pipeline, TEXTS, KINDS, cv=2).tolist() == [1, 1]
    blind = EmbeddingSpace("blind", WORDS.labels, np.ones((4, 2)))
    search = GridSearchCV(pipeline, {"meanembedder__space": [blind, WORDS], "meanembedder__lowercase": [True]}, cv=2)
    assert search.fit(TEXTS, KINDS).best_params_["meanembedder__space"] is WORDS
    # Where all vectors are the same the answer is the kind of 3 of the 5 in training, which 2 of the 5 in test have.
    assert search.cv_results_["mean_test_score"].tolist() == [0.4, 1]
    copy = clone(pipeline)
    assert copy[0].space is WORDS
    assert not hasattr(copy[0], "space_")
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert again.predict(["cat", "red"]).tolist() == [0, 1]


def test_a_projector_is_searched_in_a_pipeline() -> None:
    points = np.random.default_rng(0).normal(size=(60, 8))
    kinds = (points[:, 3] > 0).astype(int)
    points[:, 3] *= 20  # so that it is the first component
    search = GridSearchCV(make_pipeline(SpaceProjector(), LogisticRegression()), {"spaceprojector__dimensions": [2, 3]})
    assert search.fit(points, kinds).best_score_ > 0.9


def test_phrases_are_encoded_as_by_the_run_itself(encoder_run: Run) -> None:
    from embedkit.tasks.seq2seq.translator import Translator

    encoder = PhraseEncoder(encoder_run).fit(["ab", "c"])
    expected = Translator(encoder_run).codes(["ab", "c"])
    assert expected.shape == (2, 6)
    assert np.abs(expected[0] - expected[1]).max() > 0
    np.testing.assert_array_equal(encoder.transform(["ab", "c"]), expected)
    assert list(encoder.get_feature_names_out())[-1] == "phraseencoder5"
    by_path = PhraseEncoder(str(encoder_run.path)).fit(["ab"])
    again = pickle.loads(pickle.dumps(by_path))
    np.testing.assert_array_equal(again.transform(["ab", "c"]), expected)
    assert len(pickle.dumps(by_path)) < 5_000
    pipeline = make_pipeline(clone(encoder), LogisticRegression())
    assert pipeline.fit(["a", "ab", "b", "bc"], [0, 0, 1, 1]).predict_proba(["a"]).shape == (1, 2)


def test_only_an_encoder_decoder_encodes_phrases(tmp_path: Path) -> None:
    other = Run(tmp_path / "other")
    other.path.mkdir()
    other.write_config({"kind": "word2vec"})
    with pytest.raises(UsageError, match="is a word2vec run"):
        PhraseEncoder(other).fit(["a"])


def test_estimators_load_torch_only_for_phrases() -> None:
    program = "import sys; from embedkit import MeanEmbedder, PhraseEncoder; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "False\n", done.stderr
