"""Probes are made again of the features that were asked for: one that is gone from the sheet is a difference."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from embedkit.analysis.cells.probes import PROBE_SHEETS
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification.measurement import _probe
from tests.command_line import Call


@pytest.fixture
def run(call: Call, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A small language model whose units were probed for two features, of its held-out text and of another."""
    shutil.copytree(trained / "runs" / "small", tmp_path / "runs" / "small")
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    corpus = Path(Run(tmp_path / "runs" / "small").config["training"]["corpus"])
    shutil.copy(corpus, tmp_path / "mine.txt")
    asked = ("--run", "small", "--feature", "position", "--feature", "line-end", "--tokens", "600")
    for more in ((), ("--text", str(tmp_path / "mine.txt"), "--name", "mine")):
        made = call("probe", *asked, *more)
        assert made.code == 0, made.err
    return Run(tmp_path / "runs" / "small")


def test_what_was_asked_for_is_probed_again(run: Run, tmp_path: Path) -> None:
    stored = PROBE_SHEETS.load(run, "held-out")
    assert (stored.features, stored.following) == (("position", "line-end"), ())
    assert stored.probes
    assert _probe(run, "held-out")[0] == MATCH
    assert _probe(run, "mine")[0] == MATCH
    (tmp_path / "mine.txt").write_text("another text\n" * 300, encoding="utf-8")
    changed = f"its text: {tmp_path}/mine.txt is not what it was when it was probed"
    assert _probe(run, "mine") == (UNCHECKED, changed)


def test_a_probe_that_was_dropped_is_a_difference(run: Run) -> None:
    stored = PROBE_SHEETS.load(run, "held-out")
    PROBE_SHEETS.save(run, replace(stored, probes=stored.probes[:-1], excerpts=stored.excerpts[:-1]))
    result, why = _probe(run, "held-out")
    assert (result, why) == (DIFFERS, "probed again, 2 figures are others, first probes")
    PROBE_SHEETS.save(run, replace(stored, source="another text"))
    assert _probe(run, "held-out") == (DIFFERS, "probed again, 1 figures are others, first source")


def test_a_sheet_of_before_does_not_say_what_was_asked_for(run: Run) -> None:
    path = PROBE_SHEETS.path(run, "held-out")
    values = json.loads(path.read_text(encoding="utf-8"))
    for key in ("features", "following", "text", "checksum"):
        del values[key]
    path.write_text(json.dumps(values), encoding="utf-8")
    assert _probe(run, "held-out")[0] == DIFFERS, "this version made the run, and keeps what was asked for"
    run.write_provenance({**run.provenance, "embedkit": "0.1.0"})
    result, why = _probe(run, "held-out")
    assert (result, why.partition(" did not")[0]) == (UNCHECKED, "an earlier version")
