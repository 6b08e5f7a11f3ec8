"""Training a network to execute programs, from a task to a finished run."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from embedkit.errors import RunError, UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import ExecuteModel, ExecuteTraining
from embedkit.tasks.execute.data import Program, draw
from embedkit.tasks.execute.interpreter import ALPHABET
from embedkit.tasks.execute.objective import (
    SOURCE,
    TARGET,
    ProgramObjective,
    as_read,
    by_length,
    encoded,
    execute,
    load_executor,
)
from embedkit.tasks.seq2seq.network import EncoderDecoder
from embedkit.training.checkpoint import STATE_FILE
from embedkit.training.driver import resume, train
from tests.progress import stop_at

SMALL = ExecuteModel(embedding_size=8, hidden_size=24, bottleneck_size=24, attention="none")
TRAINING = ExecuteTraining(
    task="addition", digits=1, curriculum="none", steps=20, batch_size=32, held_out=20, evaluations=4, device="cpu"
)


def objective(**options: Any) -> ProgramObjective:
    config = replace(TRAINING, **options)
    torch.manual_seed(0)
    return ProgramObjective(EncoderDecoder(SMALL.network, SOURCE.counts, TARGET.counts), config)


def test_every_character_of_the_language_is_known() -> None:
    assert {*ALPHABET} == {*SOURCE.tokens} - {"<unk>"}
    assert SOURCE.decode(SOURCE.encode("print(7)\na=1")) == "print(7)\na=1"
    assert TARGET.decode(TARGET.encode("-1234567890")) == "-1234567890"


def test_a_program_is_read_and_an_answer_written_as_asked_for() -> None:
    program = Program("12+34", "46", 2, 1)
    assert [as_read("12+34", reading) for reading in ("forward", "reversed", "doubled")] == [
        "12+34",
        "43+21",
        "12+34\n12+34",
    ]
    pairs = encoded([program], replace(TRAINING, digits=2, reading="reversed", writing="reversed"))
    assert SOURCE.decode(pairs.sources[0]) == "43+21\n"
    assert TARGET.decode(pairs.targets[0]) == "64\n"


def test_a_batch_is_the_same_whenever_it_is_drawn_and_no_two_are() -> None:
    made = objective(task="programs", digits=None, length=3, nesting=2)
    first = made.programs((0, 0), 0.5)
    assert first == made.programs((0, 0), 0.5)
    others = [made.programs(batch, 0.5) for batch in ((0, 1), (1, 0))]
    assert first not in others
    assert others[0] != others[1]
    assert list(made.batches(2, 998)) == [(2, 998), (2, 999)]


def test_the_difficulty_of_a_batch_is_the_curriculums() -> None:
    made = objective(task="programs", digits=None, length=2, nesting=2, curriculum="naive")
    for share, expected in ((0.0, (1, 1)), (0.2, (2, 1)), (0.9, (2, 2))):
        assert {(each.length, each.nesting) for each in made.programs((0, 0), share)} == {expected}


def test_no_batch_holds_a_held_out_program() -> None:
    made = objective(batch_size=2_000)
    trained = {each.text for each in made.programs((0, 0), 0.0)}
    for split in ("valid", "test"):
        held_out = {each.text for each in made.held_out(split, 20)}
        assert held_out
        assert not held_out & trained


def test_a_batch_is_cut_where_that_saves_padding() -> None:
    parts = by_length([3, 30, 4, 28])
    assert [part.tolist() for part in parts] == [[0, 2], [3, 1]]  # 4 + 4 + 30 + 30 of 120
    assert [part.tolist() for part in by_length([7, 6, 7, 7])] == [[1, 0, 2, 3]]
    assert [part.tolist() for part in by_length([7])] == [[0]]


def test_cutting_a_batch_changes_no_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    gradients = []
    for worth in (0.0, 1.0):
        monkeypatch.setattr("embedkit.tasks.execute.objective.WORTH_CUTTING", worth)
        made = objective(task="programs", digits=None)
        step = made.step((0, 0), (), 0.5)
        gradients.append(torch.cat([p.grad.flatten() for p in made.model.parameters() if p.grad is not None]))
    assert step.tokens > 32
    assert torch.allclose(*gradients, atol=1e-6)


def test_one_digit_is_learned_and_was_not_known(tmp_path: Path) -> None:
    """Of the 55 sums of two digits a few are held out, and choose the weights; most of the others are learned."""
    training = replace(TRAINING, steps=400, learning_rate=1e-2, patience=9)
    programs = [draw("addition", Random(i), 1, 1, "train") for i in range(200)]
    texts, answers = [each.text for each in programs], [each.answer for each in programs]
    torch.manual_seed(1)
    blank = EncoderDecoder(SMALL.network, SOURCE.counts, TARGET.counts).eval()
    before = np.mean([a == b for a, b in zip(execute(blank, texts, training), answers, strict=True)])
    run = train(SMALL, training, tmp_path / "sums")
    outputs = execute(load_executor(run), texts, training)
    after = np.mean([a == b for a, b in zip(outputs, answers, strict=True)])
    assert before < 0.1
    assert after > 0.7
    metrics = run.metrics
    assert metrics["test_exact"] <= metrics["test_programs"]
    assert metrics["test_exact_match"] == metrics["test_exact"] / metrics["test_programs"]
    assert run.provenance["corpus"]["name"] == "addition"
    assert run.provenance["corpus"]["citation"].startswith("Zaremba")


def test_a_killed_run_goes_on_and_ends_with_the_same_weights(tmp_path: Path) -> None:
    training = replace(TRAINING, task="programs", digits=None, curriculum="combined", steps=12, batch_size=8)
    whole = train(SMALL, training, tmp_path / "whole")

    with pytest.raises(KeyboardInterrupt):
        train(SMALL, training, tmp_path / "stopped", progress=stop_at(5))
    stopped = Run(tmp_path / "stopped")
    assert (stopped.path / STATE_FILE).exists()
    assert not stopped.finished
    resumed = resume(stopped)
    kept = [(run.path / "weights.safetensors").read_bytes() for run in (whole, resumed)]
    assert kept[0] == kept[1]
    with pytest.raises(RunError, match="has finished"):
        resume(resumed)


def test_a_changed_generator_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, TRAINING, tmp_path / "run", progress=stop_at(1))
    run = Run(tmp_path / "run")
    about = run.provenance
    about["corpus"]["checksum"] = "sha256:0"
    (run.path / "provenance.json").write_text(json.dumps(about))
    with pytest.raises(RunError, match="generator of programs has changed"):
        resume(run)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "programs"}, "--digits does not go with --task programs"),
        ({"digits": None, "length": 3}, "--length does not go with --task addition"),
        ({"digits": 51}, "--digits 51: must be at least 1 and at most 50"),
        ({"digits": 0}, "--digits 0"),
        ({"curriculum": "harder"}, "unknown curriculum"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(TRAINING, **options)
