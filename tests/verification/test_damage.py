"""Damage is a difference: weights that do not fit, and a provenance or a configuration that hides the text."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from embedkit.files import write_json
from embedkit.runs.folder import Run
from embedkit.studies.sources import corpus_away, corpus_verdict
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification.checks import Check
from embedkit.verification.measurement import _metrics
from embedkit.verification.pages import Verification
from embedkit.verification.recomputation import recompute


@pytest.fixture
def run(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A small language model."""
    shutil.copytree(trained / "runs" / "small", tmp_path / "runs" / "small")
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    return Run(tmp_path / "runs" / "small")


def truncated(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:-10])


def misfitting(weights: Path) -> None:
    tensors = load_file(weights)
    save_file({**tensors, "embedding.weight": tensors["embedding.weight"][:-1]}, weights)


@pytest.mark.parametrize("damage", [truncated, misfitting])
def test_weights_that_cannot_be_read_are_a_difference(run: Run, damage: Callable[[Path], None]) -> None:
    assert _metrics(run, "metrics")[0] == MATCH
    damage(run.path / "weights.safetensors")
    checks = {title.rpartition("/small/")[2]: check for title, check in recompute(Run(run.path), str(run.path))}
    assert checks["metrics.json"]().verdict == DIFFERS
    assert "weights" in checks["metrics.json"]().why


def altered(run: Run, name: str, value: Any) -> Run:
    """The run with another value of its corpus in the provenance; None takes it out."""
    path = run.path / "provenance.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    about["corpus"] = {key: each for key, each in {**about["corpus"], name: value}.items() if each is not None}
    write_json(path, about)
    return Run(run.path)


def test_a_provenance_without_the_checksum_of_its_text_is_a_difference(run: Run) -> None:
    assert corpus_verdict(run)[0] == MATCH
    why = "its provenance has no checksum of its text, which every run of its kind has"
    assert corpus_verdict(altered(run, "checksum", None)) == (DIFFERS, why)


def test_a_configuration_that_names_another_text_than_the_provenance_is_a_difference(run: Run) -> None:
    source = run.config["training"]["corpus"]
    for corpus in ("/no/such.txt", "-"):
        run.write_config({**run.config, "training": {**run.config["training"], "corpus": corpus}})
        result, why = corpus_verdict(Run(run.path))
        assert result == DIFFERS
        assert source in why
    gone = altered(run, "source", "/no/such.txt")
    gone.write_config({**run.config, "training": {**run.config["training"], "corpus": "/no/such.txt"}})
    result, why = corpus_verdict(Run(run.path))
    assert (result, why) == (UNCHECKED, "not at hand: /no/such.txt: no such file or folder")
    assert corpus_away(Run(run.path)) == why
    assert _metrics(Run(run.path), "metrics") == (UNCHECKED, f"its text: {why}")


def test_a_corpus_that_is_not_at_hand_is_named() -> None:
    checks = (Check("made again", "the corpus of small", UNCHECKED), Check("made again", "the corpus of other", MATCH))
    assert Verification("page.html", checks).away == ("the corpus of small",)
