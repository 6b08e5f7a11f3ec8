"""Training a classifier: it learns what chance does not give, and goes on as if it had never been stopped."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.errors import RunError, UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.classify.config import CLASSIFIER_PRESETS, ClassifierModel, ClassifierTraining
from embedkit.tasks.classify.data import CLASSES, LEVELS, Sequences, texts
from embedkit.tasks.classify.objective import (
    ClassifierObjective,
    build_classifier,
    held_out,
    level_at,
    load_classifier,
    measure,
)
from embedkit.training.driver import resume, train
from tests.progress import Recorder, stop_at

SMALL = ClassifierModel(hidden_size=8, initialisation="orthogonal")


def training(**options: object) -> ClassifierTraining:
    few = ClassifierTraining(epochs=6, epoch_sequences=320, evaluations=3, learning_rate=2e-2, device="cpu")
    return replace(few, **options)


def same_weights(a: Run, b: Run) -> bool:
    return (a.path / "weights.safetensors").read_bytes() == (b.path / "weights.safetensors").read_bytes()


def test_the_order_is_learned_and_was_not_known_before(tmp_path: Path) -> None:
    torch.manual_seed(0)
    before = measure(build_classifier(SMALL), held_out("easy", "test", 1_000))
    assert before.confusion.accuracy.share < 0.4
    run = train(SMALL, training(), tmp_path / "run")
    metrics = run.metrics
    assert metrics["test_accuracy"] == metrics["test_right"] / metrics["test_sequences"] > 0.95
    assert metrics["test_sequences"] == 282  # all that the easy level holds out
    assert (metrics["sequences_seen"], metrics["epochs"]) == (6 * 320, 6)
    assert [line["valid_right"] / line["valid_tokens"] for line in run.history] == [
        line["valid_accuracy"] for line in run.history
    ]
    measurement = measure(load_classifier(run), held_out("easy", "test", 1_000))
    assert [list(row) for row in measurement.confusion.counts] == metrics["test_confusion"]
    assert measurement.confusion.right == metrics["test_right"] == np.trace(np.array(metrics["test_confusion"]))


def test_answers_are_counted_by_class_and_by_what_was_told() -> None:
    network = build_classifier(SMALL)
    with torch.no_grad():
        network.head.weight.zero_()
        network.head.bias.copy_(torch.tensor([0.0, 0.0, 1.0, 0.0]))  # tells S, whatever it reads
    sequences = held_out("easy", "valid", 20)
    measurement = measure(network, Sequences(sequences.ids[:4], np.array([0, 2, 2, 3])))
    assert measurement.confusion.counts == ((0, 0, 1, 0), (0, 0, 0, 0), (0, 0, 2, 0), (0, 0, 1, 0))
    assert (measurement.confusion.right, measurement.confusion.n) == (2, 4)
    right, wrong = (np.log(3 + np.e) - value for value in (1, 0))
    assert measurement.nats == pytest.approx((2 * right + 2 * wrong) / 4)


def test_every_epoch_draws_other_sequences_and_the_same_ones_when_asked_again() -> None:
    objective = ClassifierObjective(
        build_classifier(SMALL), training(level="normal", epoch_sequences=100, batch_size=32)
    )
    assert (objective.batches_per_epoch, objective.tokens_per_epoch) == (3, 96)

    def lines(epoch: int, start: int = 0) -> list[str]:
        return [text for batch in objective.batches(epoch, start) for text in texts(batch.ids)]

    assert lines(0) == lines(0) != lines(1)
    assert lines(1, 2) == lines(1)[64:]
    assert not set(lines(0)) & set(texts(held_out("normal", "valid", 1_000).ids))


def test_a_curriculum_goes_through_its_levels_for_an_equal_share_of_the_epochs_each() -> None:
    config = training(level="hard", curriculum=("easy", "normal"), epochs=9, epoch_sequences=32)
    assert [level_at(config, epoch) for epoch in range(9)] == ["easy"] * 3 + ["normal"] * 3 + ["hard"] * 3
    assert level_at(training(level="hard"), 0) == "hard"
    objective = ClassifierObjective(build_classifier(SMALL), config)
    widths = [next(objective.batches(epoch, 0)).ids.shape[1] for epoch in (2, 3, 6)]
    assert widths == [LEVELS[level].width for level in ("easy", "normal", "hard")]


def test_stopped_at_any_step_it_resumes_to_the_same_weights(tmp_path: Path) -> None:
    whole = train(SMALL, training(), tmp_path / "whole")
    stopped = Run(tmp_path / "stopped")

    with pytest.raises(KeyboardInterrupt):
        train(SMALL, training(), stopped.path, progress=stop_at(37))
    assert not stopped.finished
    resume(stopped)
    assert same_weights(stopped, whole)
    assert not same_weights(whole, train(SMALL, training(seed=2), tmp_path / "other"))


@pytest.mark.parametrize("optimiser", ["rmsprop", "sgd"])
def test_the_other_optimisers_train_and_resume(tmp_path: Path, optimiser: str) -> None:
    config = training(optimiser=optimiser, epochs=1, learning_rate=1e-3)
    whole = train(SMALL, config, tmp_path / "whole")
    stopped = Run(tmp_path / "stopped")

    with pytest.raises(KeyboardInterrupt):
        train(SMALL, config, stopped.path, progress=stop_at(3))
    assert same_weights(resume(stopped), whole)


def test_its_progress_counts_sequences(tmp_path: Path) -> None:
    recorder = Recorder()
    train(
        SMALL,
        training(epochs=1),
        tmp_path / "run",
        progress=recorder,
    )
    paces = [text for share, text in zip(recorder.shares, recorder.texts, strict=True) if share is not None]
    assert all(re.match(r"[\d,]+ sequences/s · (fp32|bf16) · (loss|valid) \d", text) for text in paces), paces
    assert len(paces) == 10  # batches
    assert recorder.shares[9] == 1
    assert recorder.texts[10:] == ["measuring the held-out sequences"]


def test_a_run_says_what_it_was_made_from(tmp_path: Path) -> None:
    run = train(SMALL, training(epochs=1), tmp_path / "run")
    corpus = run.provenance["corpus"]
    assert (corpus["name"], corpus["source"]) == ("temporal-order-easy", "made here")
    assert corpus["checksum"].startswith("sha256:")
    assert "1997" in corpus["citation"]
    assert run.config["kind"] == "classifier"


def test_clear_refusals(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--epoch-sequences 8: must be at least a batch of 32"):
        train(SMALL, training(epoch_sequences=8), tmp_path / "run")
    with pytest.raises(UsageError, match="unknown level 'normall'; did you mean normal"):
        train(SMALL, training(curriculum=("normall",)), tmp_path / "run")
    with pytest.raises(UsageError, match="say how many with --epochs"):
        train(SMALL, training(curriculum=("normal",), epochs=None, steps=5), tmp_path / "run")
    with pytest.raises(UsageError, match="unknown level 'nightmear'; did you mean nightmare"):
        training(level="nightmear")
    assert not (tmp_path / "run").exists()
    run = train(SMALL, training(epochs=1), tmp_path / "run")
    with pytest.raises(UsageError, match="holds a run already"):
        train(SMALL, training(), run.path)
    with pytest.raises(RunError, match="has finished"):
        resume(run)


def test_a_generator_that_has_changed_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, training(), tmp_path / "run", progress=stop_at(1))
    known = json.loads((tmp_path / "run" / "provenance.json").read_text())
    known["corpus"]["checksum"] = "sha256:another"
    (tmp_path / "run" / "provenance.json").write_text(json.dumps(known))
    with pytest.raises(RunError, match="has changed since"):
        resume(Run(tmp_path / "run"))


def test_every_level_has_a_preset_and_there_are_four_classes() -> None:
    assert list(CLASSIFIER_PRESETS) == list(LEVELS)
    assert all(training.level == level for level, (_, training) in CLASSIFIER_PRESETS.items())
    assert len(CLASSES) == build_classifier(SMALL).head.out_features == 4
