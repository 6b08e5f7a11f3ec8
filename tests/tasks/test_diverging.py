"""Trainings that diverge: their figures are kept, one line says so, and what shows them opens."""

import json
from pathlib import Path

import pytest

from embedkit.cli.edge import run
from embedkit.report.figures.curves import learning_curves
from embedkit.report.metrics import held_out
from embedkit.runs.folder import open_run

SMALL = "--embedding-size 8 --hidden-size 8 --evaluations 1 --schedule constant --clip 1000000"
TRAININGS = {
    "lm": "train lm --corpus {corpus} --batch-size 8 --bptt 10 --steps 8 --learning-rate 1000",
    "pairs": "train seq2seq --corpus copy --pairs 200 --longest 3 --steps 8 --bottleneck-size 8 --learning-rate 10000",
    "stream": "train seq2seq --stream self --corpus {corpus} --batch-size 8 --bptt 5 --steps 8 --bottleneck-size 8 "
    "--learning-rate 10000",
    "caption": "train caption --channels 4 --code-size 8 --held-out 30 --batch-size 16 --steps 4 --learning-rate 300",
}


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_that_diverges_keeps_its_figures(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "text.txt"
    corpus.write_text("the cat sat on the mat and the dog sat on the log .\n" * 200)
    command = f"{TRAININGS[name].format(corpus=corpus)} --name far {SMALL}"
    assert run(command.split()) == 0
    out, err = capsys.readouterr()
    metrics = json.loads((tmp_path / "runs" / "far" / "metrics.json").read_text())
    assert metrics["valid_perplexity"] is None
    assert 710 < metrics["valid_nats_per_token"] < float("inf")
    (note,) = [line for line in err.splitlines() if line.startswith("note: ")]
    assert "training diverged (valid nats per token: " in note
    assert "train again with a --learning-rate below " in note
    assert any(row.split() == ["valid", "perplexity", "∞"] for row in out.splitlines())
    assert run(["runs"]) == 0
    assert "valid perplexity ∞" in capsys.readouterr().out
    finished = open_run("far")
    assert held_out(finished)[0].value == "∞"
    assert learning_curves(finished.history).heading
