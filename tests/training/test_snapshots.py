"""Embeddings that are kept while a language model trains."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import load_language_model
from embedkit.training.driver import resume, train
from tests.progress import stop_at

SMALL = LanguageModel(level="char", embedding_size=8, hidden_size=16, dropout=0.1, softmax="full")


@pytest.fixture
def options(tmp_path: Path) -> LanguageModelTraining:
    rng = np.random.default_rng(0)
    text = tmp_path / "letters.txt"
    text.write_text("\n".join("".join(rng.choice(list("abcdef "), 12)) for _ in range(400)) + "\n", encoding="utf-8")
    return LanguageModelTraining(corpus=str(text), batch_size=8, bptt=10, steps=40, evaluations=4, snapshots=4)


def weights(run: Run) -> bytes:
    return (run.path / "weights.safetensors").read_bytes()


def snapshots(run: Run) -> dict[int, np.ndarray]:
    found = {}
    for path in (run.path / "snapshots").glob("*"):
        with np.load(path, allow_pickle=False) as file:
            assert path.name == f"{int(file['step'])}.npz"
            found[int(file["step"])] = file["vectors"]
    return dict(sorted(found.items()))


def same(a: dict[int, np.ndarray], b: dict[int, np.ndarray]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[step], b[step]) for step in a)


def test_they_are_kept_at_equal_shares_and_change_nothing(options: LanguageModelTraining, tmp_path: Path) -> None:
    run = train(SMALL, options, tmp_path / "with")
    plain = train(SMALL, replace(options, snapshots=0), tmp_path / "without")
    assert weights(run) == weights(plain)
    assert not (plain.path / "snapshots").exists()
    kept = snapshots(run)
    assert list(kept) == [10, 20, 30, 40]
    assert all(not np.array_equal(kept[step], kept[step + 10]) for step in (10, 20, 30))
    model, vocabulary = load_language_model(run)
    assert kept[40].shape == (len(vocabulary), 8)
    assert kept[40].dtype == np.float32
    # Validation is measured at the same steps, so one of them is of the best weights.
    best = min(run.history, key=lambda line: line["valid_nats_per_token"])["step"]
    assert np.array_equal(kept[best], model.embedding.weight.detach().numpy())


@pytest.mark.parametrize("at", [5, 13, 20, 27, 38])
def test_a_stopped_run_ends_with_the_same_ones(options: LanguageModelTraining, tmp_path: Path, at: int) -> None:
    whole = train(SMALL, options, tmp_path / "whole")
    run = Run(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, options, run.path, progress=stop_at(at))
    # As after a kill: one that was kept after the last saved state.
    (run.path / "snapshots").mkdir(exist_ok=True)
    (run.path / "snapshots" / "39.npz").write_bytes(b"left behind")
    resume(run)
    assert weights(run) == weights(whole)
    assert same(snapshots(run), snapshots(whole))


def test_more_than_there_are_steps_keep_one_a_step(options: LanguageModelTraining, tmp_path: Path) -> None:
    run = train(SMALL, replace(options, steps=3, snapshots=50), tmp_path / "run")
    assert list(snapshots(run)) == [1, 2, 3]


def test_a_run_that_stalls_keeps_its_end(options: LanguageModelTraining, tmp_path: Path) -> None:
    stalling = replace(options, evaluations=40, patience=2, learning_rate=1e-12, schedule="constant")
    run = train(replace(SMALL, dropout=0.0), stalling, tmp_path / "run")
    assert run.metrics["steps"] < 40
    assert max(snapshots(run)) == run.metrics["steps"]


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(UsageError, match="--snapshots -1: must be at least 0"):
        LanguageModelTraining(snapshots=-1)
