"""What a training is multiplied in: chosen by the device and the model's size, kept, and gone on in."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from embedkit.config import Optimisation
from embedkit.errors import EmbedkitWarning, UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LANGUAGE_MODEL_PRESETS, LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.objective import LanguageModelTrainer
from embedkit.tasks.seq2seq.config import SEQ2SEQ_PRESETS
from embedkit.tasks.seq2seq.training import Seq2SeqTrainer
from embedkit.training.driver import resume, train
from embedkit.training.precision import choose_precision, gains_from_bfloat16, native_bfloat16
from tests.progress import stop_at

SMALL = LanguageModel(level="char", embedding_size=8, hidden_size=16, dropout=0.1, softmax="full")
CPU = torch.device("cpu")


def multiplies(monkeypatch: pytest.MonkeyPatch, what: str | None) -> None:
    """From now on this machine multiplies bfloat16 natively by `what`, or not at all."""
    monkeypatch.setattr("embedkit.training.precision.native_bfloat16", lambda device: what)


@pytest.fixture
def options(tmp_path: Path) -> LanguageModelTraining:
    text = tmp_path / "letters.txt"
    text.write_text("\n".join("abc def bad cafe "[i % 7 :] for i in range(400)) + "\n", encoding="utf-8")
    return LanguageModelTraining(corpus=str(text), batch_size=8, bptt=10, steps=12, evaluations=3)


def test_it_is_told_by_the_instructions(monkeypatch: pytest.MonkeyPatch) -> None:
    for amx, avx, native in ((True, True, "amx"), (False, True, "avx512_bf16"), (False, False, None)):
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda amx=amx: amx)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda avx=avx: avx)
        assert native_bfloat16(CPU) == native
    assert native_bfloat16(torch.device("mps")) is None


def test_it_gains_from_a_size_on() -> None:
    assert not gains_from_bfloat16("lstm", 64, 31)
    assert gains_from_bfloat16("lstm", 64, 32)  # 65,536
    assert not gains_from_bfloat16("lstm", 8, 512)
    assert not gains_from_bfloat16("gru", 64, 127)
    assert gains_from_bfloat16("gru", 64, 128)  # 1,048,576
    assert gains_from_bfloat16("rnn-tanh", 16, 256)
    assert not gains_from_bfloat16(None, 1_000, 1_000)


def test_the_presets_of_texts_gain_and_a_small_model_does_not(options: LanguageModelTraining) -> None:
    assert all(LanguageModelTrainer(*preset).gains_from_bfloat16() for preset in LANGUAGE_MODEL_PRESETS.values())
    assert all(Seq2SeqTrainer(*preset).gains_from_bfloat16() for preset in SEQ2SEQ_PRESETS.values())
    assert not LanguageModelTrainer(SMALL, options).gains_from_bfloat16()


def test_auto_asks_the_device_then_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    multiplies(monkeypatch, "amx")
    large, small = (choose_precision(Optimisation(), CPU, gains=gains) for gains in (True, False))
    assert (large.precision, large.asked, large.reason) == ("bf16", "auto", "amx multiplies it natively")
    assert small.precision == "fp32"
    assert "gains nothing" in small.reason
    multiplies(monkeypatch, None)
    without = choose_precision(Optimisation(), CPU, gains=True)
    assert without.precision == "fp32"
    assert without.reason == "this processor does not multiply bfloat16 natively"


def test_what_is_asked_for_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    multiplies(monkeypatch, "amx")
    assert choose_precision(Optimisation(precision="fp32"), CPU, gains=True).precision == "fp32"
    assert choose_precision(Optimisation(bf16=False), CPU, gains=True).precision == "fp32"
    assert choose_precision(Optimisation(bf16=True), CPU, gains=False).precision == "bf16"
    multiplies(monkeypatch, None)
    with pytest.warns(EmbedkitWarning, match="bfloat16 was asked for, and this processor does not"):
        assert choose_precision(Optimisation(precision="bf16"), CPU, gains=True).precision == "bf16"


def test_two_answers_are_refused() -> None:
    with pytest.raises(UsageError, match="--bf16 and --precision fp32"):
        Optimisation(bf16=True, precision="fp32")
    with pytest.raises(UsageError, match="half"):
        Optimisation(precision="half")  # type: ignore[arg-type]


def as_auto_chose(monkeypatch: pytest.MonkeyPatch, options: LanguageModelTraining, path: Path, at: int | None) -> Run:
    """A small run that `auto` trained in bfloat16, stopped after a step where one is given."""
    multiplies(monkeypatch, "avx512_bf16")
    monkeypatch.setattr("embedkit.training.driver.gains_from_bfloat16", lambda *_: True)
    if at is None:
        return train(SMALL, options, path)
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, options, path, progress=stop_at(at))
    return Run(path)


def weights(run: Run) -> bytes:
    return (run.path / "weights.safetensors").read_bytes()


def test_it_is_kept_and_gone_on_in_to_the_last_bit(
    monkeypatch: pytest.MonkeyPatch, options: LanguageModelTraining, tmp_path: Path
) -> None:
    whole = as_auto_chose(monkeypatch, options, tmp_path / "whole", None)
    assert whole.config["training"]["precision"] == "bf16"
    assert "bf16" not in whole.config["training"]
    assert whole.provenance["precision"]["reason"] == "avx512_bf16 multiplies it natively"
    assert weights(train(SMALL, replace(options, precision="fp32"), tmp_path / "single")) != weights(whole)
    stopped = as_auto_chose(monkeypatch, options, tmp_path / "stopped", at=5)
    said: list[str] = []
    assert weights(resume(stopped, progress=lambda share, text="": said.append(text))) == weights(whole)
    assert any(" · bf16 · " in text for text in said)


def test_without_native_bfloat16_it_goes_on_in_single_precision_and_says_so(
    monkeypatch: pytest.MonkeyPatch, options: LanguageModelTraining, tmp_path: Path
) -> None:
    run = as_auto_chose(monkeypatch, options, tmp_path / "run", at=5)
    multiplies(monkeypatch, None)
    with pytest.warns(EmbedkitWarning, match="was begun in bfloat16, and this processor does not multiply"):
        assert resume(run).finished
    assert run.config["training"]["precision"] == "fp32"
    assert run.provenance["precision"]["precision"] == "fp32"
    assert "begun in bf16" in run.provenance["precision"]["reason"]


def test_asked_for_it_goes_on_in_bfloat16_where_that_is_slow(
    monkeypatch: pytest.MonkeyPatch, options: LanguageModelTraining, tmp_path: Path
) -> None:
    multiplies(monkeypatch, "amx")
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, replace(options, bf16=True), tmp_path / "run", progress=stop_at(5))
    multiplies(monkeypatch, None)
    with pytest.warns(EmbedkitWarning, match="goes on slowly"):
        assert resume(Run(tmp_path / "run")).config["training"]["precision"] == "bf16"


def test_a_run_from_before_goes_on_in_what_its_config_says(
    monkeypatch: pytest.MonkeyPatch, options: LanguageModelTraining, tmp_path: Path
) -> None:
    run = as_auto_chose(monkeypatch, replace(options, bf16=False), tmp_path / "run", at=5)
    training = {key: value for key, value in run.config["training"].items() if key != "precision"}
    run.write_config({**run.config, "training": {**training, "bf16": False}})
    run.write_provenance({key: value for key, value in run.provenance.items() if key != "precision"})
    whole = train(SMALL, replace(options, precision="fp32"), tmp_path / "whole")
    assert weights(resume(Run(run.path))) == weights(whole)
