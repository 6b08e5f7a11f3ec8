"""Captioners: one that learns planted vectors, runs that go on as if never stopped, and the model's own shapes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from embedkit.errors import CorpusError, RunError, UsageError
from embedkit.runs.folder import Run
from embedkit.runs.options import corpus_of
from embedkit.tasks.caption.config import CaptionModel, CaptionTraining
from embedkit.tasks.caption.corpus import Captioned
from embedkit.tasks.caption.data import open_corpus
from embedkit.tasks.caption.images import load_picture
from embedkit.tasks.caption.network import Captioner, WhatAndWhere
from embedkit.tasks.caption.objective import measure
from embedkit.tasks.caption.predictions import CaptionWriter
from embedkit.tasks.caption.score import CAPTION_SCORES
from embedkit.tasks.caption.sentences import PLURALS, WORDS
from embedkit.tasks.caption.study import evaluate_captioner
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.driver import resume, train
from tests.progress import stop_at

SMALL = CaptionModel(channels=4, code_size=12, embedding_size=8, hidden_size=16)
TRAINING = CaptionTraining(batch_size=8, held_out=24, steps=9, evaluations=3, scenes=40, device="cpu")


def trained(path: Path, model: dict | None = None, **options: object) -> Run:
    return train(replace(SMALL, **(model or {})), replace(TRAINING, **options), path)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten directions with noise, and what each is called, by two names."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 10, 600)
    vectors = np.eye(10)[kinds] * 3 + rng.normal(scale=0.2, size=(600, 10))
    captions = np.array([(f"a {WORDS[kind]} is here", f"there are {PLURALS[kind]}") for kind in kinds])
    path = tmp_path_factory.mktemp("planted") / "planted.npz"
    np.savez(path, vectors=vectors, captions=captions)
    return path


def test_planted_vectors_are_learned_and_were_not_known_before(planted: Path, tmp_path: Path) -> None:
    model = {"code_size": 32, "hidden_size": 48, "embedding_size": 16, "dropout": 0.0}
    options = {"corpus": str(planted), "batch_size": 32, "learning_rate": 1e-2}
    poor = trained(tmp_path / "poor", model, steps=1, evaluations=1, **options)
    run = trained(tmp_path / "run", model, steps=150, **options)
    assert poor.metrics["valid_exact_match"] < 0.3
    assert run.metrics["valid_exact_match"] > 0.95
    # Either name is right, and which of the two is chance: log 2 nats a caption of five or four tokens.
    assert run.metrics["valid_nats_per_token"] < 0.25 < 1.5 < poor.metrics["valid_nats_per_token"]
    assert run.provenance["corpus"]["vector_size"] == 10
    score = evaluate_captioner(run, "test", beams=2)
    assert score.exact_share > 0.95
    assert CAPTION_SCORES.load_or_none(run, "test") == score
    assert load_picture(run, "test", score.best[0].row) is None
    writer = CaptionWriter(run)
    (one,) = writer.captions(np.eye(10, dtype=np.float32)[3:4] * 3, beams=1)
    assert one[0].text in ("a three is here", "there are threes")
    np.savez(tmp_path / "other.npz", vectors=np.ones((1, 4)))
    with pytest.raises(UsageError, match=r"4 numbers a vector; run takes 10"):
        writer.inputs(tmp_path / "other.npz")


@pytest.mark.parametrize("kind", ["scenes", "vectors"])
def test_a_stopped_run_goes_on_as_if_never_stopped(kind: str, planted: Path, tmp_path: Path) -> None:
    options = {"corpus": str(planted)} if kind == "vectors" else {}
    whole = trained(tmp_path / "whole", **options)
    stopped = Run(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, replace(TRAINING, **options), stopped.path, progress=stop_at(7))
    assert not stopped.finished
    resume(stopped)
    one, other = ((run.path / "weights.safetensors").read_bytes() for run in (stopped, whole))
    assert one == other
    keep = ("step", "tokens_seen", "train_nats_per_token", "valid_nats_per_token", "valid_exact_match")
    assert [[line[k] for k in keep] for line in stopped.history] == [[line[k] for k in keep] for line in whole.history]
    with pytest.raises(RunError, match="has finished"):
        resume(stopped)


def test_a_folder_of_images_is_trained_scored_and_pictured(tmp_path: Path) -> None:
    folder = tmp_path / "shades"
    folder.mkdir()
    rows = ["file,caption,split"]
    for i in range(24):
        Image.new("RGB", (16, 16), (255, 0, 0) if i % 2 else (0, 0, 255)).save(folder / f"{i}.png")
        rows.append(f"{i}.png,{'two red' if i % 2 else 'blue'} walls,{('train', 'valid', 'test')[i % 3]}")
    (folder / "captions.csv").write_text("\n".join(rows), encoding="utf-8")
    run = trained(tmp_path / "run", {"image_size": 16, "colour": True}, corpus=str(folder), steps=4)
    score = evaluate_captioner(run, "valid")
    assert (score.n, score.originals_interval, set(score.errors)) == (8, None, {"wrong count", "other"})
    example = (*score.best, *score.typical)[0]
    picture = load_picture(run, "valid", example.row)
    assert picture is not None
    assert picture.startswith(b"\x89PNG")
    (folder / "captions.csv").write_text("\n".join(rows).replace("two red", "three red"), encoding="utf-8")
    with pytest.raises(CorpusError, match="has changed since"):
        corpus_of(run, open_corpus)
    (folder / "captions.csv").unlink()
    with pytest.raises(CorpusError, match="not at hand"):
        corpus_of(run, open_corpus)


def test_the_loss_is_that_of_the_captions_tokens(tmp_path: Path) -> None:
    """Worked out token by token: log-probabilities of each caption's tokens and its end, after those before."""
    run = trained(tmp_path / "run", steps=2)
    writer = CaptionWriter(run)
    vocabulary = Vocabulary.load(run.path / "tokenizer.json")
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 40, 40), dtype=np.uint8)
    captioned = Captioned(images, (("a small one",), ("a large two above a small one", "two")), ("x", "y"))
    total, tokens = 0.0, 0
    with torch.no_grad():
        for row, caption in captioned.pairs:
            encoded = writer.model.encode(torch.from_numpy(images[row : row + 1]))
            state, before = writer.model.start(encoded.code), vocabulary.line_end
            for token in [*vocabulary.encode(caption), vocabulary.line_end]:
                decoded = writer.model.decode(encoded, torch.tensor([[before]]), state)
                total -= float(writer.model.log_probabilities(decoded.vectors[:, 0])[0, token])
                state, before, tokens = decoded.state, token, tokens + 1
    loss = measure(writer.model, captioned, vocabulary)
    assert loss.tokens == tokens == 14
    assert loss.nats == pytest.approx(total, rel=1e-5)


def test_a_code_depends_on_where_something_is() -> None:
    torch.manual_seed(0)
    model = Captioner(replace(SMALL, dropout=0.0), np.ones(5)).eval()
    images = torch.zeros(2, 1, 40, 40, dtype=torch.uint8)
    images[0, 0, 2:8, 2:8] = images[1, 0, 30:36, 30:36] = 255
    one, other = model.encode(images).code
    assert (one - other).abs().max() > 1e-3


def test_options_that_cannot_go_together(tmp_path: Path) -> None:
    for model, options, message in (
        ({"image_size": 64}, {}, "leave out --image-size"),
        ({"colour": True}, {}, "leave out --image-size and --colour"),
        ({}, {"images": "."}, "leave out --images"),
        ({}, {"device": "cud"}, "did you mean cuda"),
    ):
        with pytest.raises(UsageError, match=message):
            trained(tmp_path / "run", model, **options)
        assert not (tmp_path / "run").exists()
    with pytest.raises(UsageError, match="--image-size 41: 2 blocks halve it"):
        replace(SMALL, image_size=41)
    with pytest.raises(UsageError, match="2147483648 blocks halve it as often; take a multiple of 2 to the power"):
        CaptionModel(image_size=40, blocks=2**31)  # at once: the power has a billion digits
    run = Run(tmp_path / "other")
    run.write_config({"kind": "word2vec"})
    with pytest.raises(RunError, match="is a word2vec run, which is made at once"):
        resume(run)


def test_what_is_where() -> None:
    features = torch.zeros(1, 2, 4, 9)
    features[0, 0, 3, 0] = 60.0
    features[0, 0, 3, 4] = 30.0
    features[0, 1] = 2.0
    maxima, sums, across, down = WhatAndWhere()(features)[0].view(4, 2)
    # Divided by the root of 36 places.
    assert maxima.tolist() == [60.0, 2.0]
    assert sums.tolist() == pytest.approx([90 / 6, 36 * 2 / 6])
    assert across.tolist() == pytest.approx([-60 / 6, 0.0], abs=1e-6)  # the left edge counts −1, the middle nothing
    assert down.tolist() == pytest.approx([90 / 6, 0.0], abs=1e-6)
