"""The figures a report leads with are what they say: over tokens, of their split, of all of it, by the best weights.

A held-out text is measured once more here in the plainest way, a token at a time, by the weights that are on the disk.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import load_language_model
from embedkit.tasks.language_model.objective import LanguageModelObjective, evaluate
from embedkit.text.batching import batchify
from embedkit.training.driver import train
from embedkit.training.objective import Evaluation

MODEL = LanguageModel(embedding_size=6, hidden_size=8, dropout=0.0, softmax="full")
COLUMNS = 4
# Of each line the words are known but for "new", and a line's end counts as one token.
HELD_OUT = {"valid": ["the cat saw new"] * 30 + ["a dog a dog a dog"] * 10, "test": ["a new new"] * 40}
UNKNOWN = {"valid": 30 / (30 * 5 + 10 * 7), "test": 80 / (40 * 4)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text")
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice(["the", "cat", "saw", "a", "dog"], size=6)) for _ in range(300)]
    for split, text in {"train": lines, **HELD_OUT}.items():
        (path / f"{split}.txt").write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def training(folder: Path, **options: object) -> LanguageModelTraining:
    settings = {"batch_size": COLUMNS, "bptt": 10, "steps": 12, "evaluations": 4, "patience": 99, **options}
    return LanguageModelTraining(corpus=str(folder), learning_rate=0.05, evaluation_tokens=100, **settings)


def nats_step_by_step(run: Run, lines: list[str]) -> list[float]:
    """Mean nats of the next tokens at each step down a text, in as many columns as training has."""
    model, vocabulary = load_language_model(run)
    ids = [token for line in lines for token in (*vocabulary.encode(line), vocabulary.line_end)]
    columns = batchify(np.array(ids), COLUMNS)
    state, losses = model.initial_state(COLUMNS), []
    with torch.no_grad():
        for here, following in pairwise(columns):
            loss, state = model(torch.from_numpy(here[None]).long(), torch.from_numpy(following[None]).long(), state)
            losses.append(loss.item())
    return losses


def assert_measured(run: Run, split: str) -> None:
    losses = nats_step_by_step(run, HELD_OUT[split])
    nats = float(np.mean(losses))
    assert run.metrics[f"{split}_tokens"] == COLUMNS * len(losses)
    assert run.metrics[f"{split}_nats_per_token"] == pytest.approx(nats, rel=1e-5)
    assert run.metrics[f"{split}_perplexity"] == pytest.approx(math.exp(nats), rel=1e-5)


class Windows(nn.Module):
    """A model whose mean loss is 1 nat in a window of three tokens and 8 nats in one of a single token."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def initial_state(self, batch: int) -> tuple[()]:
        return ()

    def forward(self, inputs: Tensor, targets: Tensor, state: tuple[()]) -> tuple[Tensor, tuple[()]]:
        return torch.tensor(1.0 if len(targets) == 3 else 8.0), state


def test_a_loss_is_averaged_over_tokens_and_not_over_windows() -> None:
    # Seven targets in windows of 3, 3 and 1: (3·1 + 3·1 + 1·8) / 7 nats a token; the mean of the windows is 10 / 3.
    assert evaluate(Windows(), np.zeros((8, 2), dtype=np.int64), 3) == 2  # type: ignore[arg-type]


def test_each_split_is_measured_whole_and_by_itself(folder: Path, tmp_path: Path) -> None:
    run = train(MODEL, training(folder), tmp_path / "run")
    assert run.history[-1]["valid_tokens"] < 100  # on the way only a part of it is
    for split in ("valid", "test"):
        assert_measured(run, split)
        assert run.metrics[f"{split}_unknown_share"] == pytest.approx(UNKNOWN[split])
    assert abs(run.metrics["valid_nats_per_token"] - run.metrics["test_nats_per_token"]) > 0.1


def test_the_loss_in_training_is_that_of_the_steps_since_the_last_evaluation(folder: Path, tmp_path: Path) -> None:
    still = replace(training(folder), learning_rate=1e-12, precision="fp32")
    run = train(MODEL, still, tmp_path / "run")
    losses = nats_step_by_step(run, (folder / "train.txt").read_text(encoding="utf-8").splitlines())
    each = [line["train_nats_per_token"] for line in run.history]
    assert each == pytest.approx([np.mean(losses[at : at + 30]) for at in (0, 30, 60, 90)], rel=1e-5)  # three windows


def test_the_rate_follows_the_schedule_and_each_table_its_own(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates: list[list[float]] = []
    step = torch.optim.AdamW.step

    def stepped(optimiser: torch.optim.AdamW, *args: Any) -> Any:
        rates.append([group["lr"] for group in optimiser.param_groups])
        return step(optimiser, *args)

    monkeypatch.setattr(torch.optim.AdamW, "step", stepped)
    falling = replace(training(folder), steps=8, schedule="cosine", warmup=0.25, embedding_rate_scale=3.0)
    train(MODEL, falling, tmp_path / "run")
    peak = falling.learning_rate
    # A quarter of eight steps to rise, and a half wave over the other six.
    due = [peak / 2, *(peak * (1 + np.cos(np.pi * at / 6)) / 2 for at in range(7))]
    assert [rate for rate, _, _ in rates] == pytest.approx(due)
    assert [tables for _, _, tables in rates] == pytest.approx([3 * rate for rate in due])


def test_the_figures_are_those_of_the_best_weights(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    criteria: Iterator[float] = iter([3.0, 1.0, 2.0, 2.0])
    weights: list[Tensor] = []

    def measured(objective: LanguageModelObjective, share: float) -> Evaluation:
        weights.append(objective.model.get_parameter("embedding.weight").detach().clone())
        return Evaluation(1.0, 1, criterion=next(criteria))

    monkeypatch.setattr(LanguageModelObjective, "evaluate", measured)
    run = train(MODEL, training(folder), tmp_path / "run")
    kept = load_language_model(run)[0].embedding.weight
    assert [torch.equal(kept, each) for each in weights] == [False, True, False, False]
    for split in ("valid", "test"):
        assert_measured(run, split)
