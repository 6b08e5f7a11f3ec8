"""The defaults that a language model is trained with, and which of them are chosen."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from embedkit.cli.edge import run
from embedkit.runs.folder import open_run
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS, preset
from embedkit.text.vocabulary import Vocabulary
from tests.command_line import write_corpus


def given(**options: str) -> Callable[[str], str | None]:
    return options.get


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "word"),
        ({"level": "char"}, "char"),
        ({"preset": "level", "level": "bpe"}, "bpe"),
        ({"preset": "gpu"}, "gpu"),
        ({"preset": "gpu", "level": "bpe"}, "gpu"),
    ],
)
def test_a_preset_is_that_of_the_level_unless_another_is_asked_for(options: dict[str, str], name: str) -> None:
    assert preset(given(**options)) == (name, LANGUAGE_MODEL_PRESETS[name])


def test_what_there_is_no_preset_for_is_left_to_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert preset(given(level="syllable")) == ("syllable", ())
    assert run(["train", "lm", "--preset", "tpu"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "tpu" in line
    assert "gpu" in line


def test_the_gpus_preset_trains_on_a_processor_too(tmp_path: Path) -> None:
    text = tmp_path / "small.txt"
    write_corpus(text)
    text.write_text("".join(text.read_text(encoding="utf-8").splitlines(keepends=True)[:60]), encoding="utf-8")
    small = "--steps 4 --batch-size 4 --bptt 6 --evaluations 1 --device cpu --precision fp32 --name wide"
    assert run(["train", "lm", "--corpus", str(text), "--preset", "gpu", *small.split()]) == 0
    wide = open_run("wide")
    model, training = wide.config["model"], wide.config["training"]
    assert [model[name] for name in ("layers", "embedding_size", "hidden_size")] == [3, 400, 1150]
    assert (model["weight_drop"], model["locked_dropout"], model["softmax"]) == (0.5, True, "full")
    assert (training["steps"], training["learning_rate"], training["preset"]) == (4, 0.002, "gpu")
    assert "minutes" not in training  # a budget that is asked for goes before the preset's
    guess = math.log(len(Vocabulary.load(wide.path / "tokenizer.json")))
    assert wide.metrics["valid_nats_per_token"] < guess
