"""Every file that a run is read from has a checksum in a page of it, whatever the run's kind."""

from pathlib import Path

import pytest

from embedkit.errors import EmbedkitError
from embedkit.report.lineage import Artefact
from embedkit.report.origins import run_lineage
from embedkit.runs.folder import Run
from embedkit.tasks.classify.config import ClassifierModel, ClassifierTraining
from embedkit.tasks.echo.config import EchoModel, EchoTraining
from embedkit.training.driver import train
from tests.command_line import Call
from tests.report import synthetic


def check_every_file(run: Run) -> None:
    """Flip a byte of each file in turn, and put it back: the page's list of files has to notice each."""
    files = [path for path in run.path.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert len(files) >= 4
    before = {each.path: each.sha256 for each in run_lineage(run).artefacts}
    for path in files:
        name = f"{run.name}/{path.relative_to(run.path).as_posix()}"
        assert name in before, f"{name} has no checksum"
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        try:
            after = {each.path: each.sha256 for each in _lineage_or_damage(run)}
            assert {key for key in before if after.get(key, "") != before[key]} >= {name}
        finally:
            path.write_bytes(content)
    assert {each.path: each.sha256 for each in run_lineage(run).artefacts} == before


def _lineage_or_damage(run: Run) -> list[Artefact]:
    """The files as they are now; none where the run cannot be read at all any more, which is a difference as well."""
    try:
        return list(run_lineage(Run(run.path)).artefacts)
    except EmbedkitError:
        return []


@pytest.mark.parametrize("name", ["programs", "captions", "spoken", "attentive", "phrases", "small", "vectors"])
def test_a_run_that_was_trained(call: Call, trained: Path, name: str) -> None:
    check_every_file(Run(trained / "runs" / name))


def test_a_run_with_all_that_a_report_draws(tmp_path: Path) -> None:
    check_every_file(synthetic.language_model_run(tmp_path / "runs" / "model", labels=synthetic.labels_of(60)))


@pytest.mark.parametrize(
    ("model", "training"),
    [
        (EchoModel(hidden_size=4), EchoTraining(steps=2, evaluations=1, device="cpu")),
        (ClassifierModel(hidden_size=4), ClassifierTraining(steps=2, evaluations=1, held_out=20, device="cpu")),
    ],
)
def test_a_run_of_the_lab(tmp_path: Path, model: EchoModel, training: EchoTraining) -> None:
    check_every_file(train(model, training, tmp_path / "runs" / "lab"))
