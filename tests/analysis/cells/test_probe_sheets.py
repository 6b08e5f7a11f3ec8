"""Probes are read back as they were kept, and what is damaged is refused."""

from pathlib import Path

import pytest

from embedkit.analysis.cells.probes import PROBE_SHEETS, Control, Excerpt, Linear, ProbeSheet, UnitProbe, Unscored
from embedkit.analysis.intervals import Interval
from embedkit.errors import RunError, UsageError
from embedkit.runs.folder import Run

FLAG = UnitProbe(
    feature="quotes",
    told="inside quotes",
    measure="balanced accuracy",
    n=3000,
    base_rate=0.25,
    unit=3,
    sign=1,
    threshold=0.5,
    train_score=1.0,
    score=0.98,
    auc=0.99,
    interval=Interval(0.97, 0.99),
    control=Control(0.5, 0.53, 0.01, 99),
    linear=Linear(0.99, 0.51),
    ranked=(3, 1),
)
SIZE = UnitProbe(
    "position", "tokens since the line began", "correlation", 3000, None, 5, -1, None, 0.8, 0.7, None, None,
    Control(0.0, 0.1, 0.01, 99), None, (5,),
)  # fmt: skip
EXCERPT = Excerpt("quotes", 3, ("a", '"', "<b>"), " ", (0.0, 1.0, 0.9), (0.0, 1.0, None))
SHEET = ProbeSheet(
    name="held-out",
    signal="cell",
    layer=0,
    units=8,
    level="word",
    tokens=6000,
    source="held-out text of t",
    seed=0,
    probes=(FLAG, SIZE),
    unscored=(Unscored("brackets", "inside brackets", "no token of the first half has it"),),
    excerpts=(EXCERPT,),
)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert PROBE_SHEETS.save(run, SHEET) == tmp_path / "probes" / "held-out.json"
    assert PROBE_SHEETS.load(run, "held-out") == SHEET
    with pytest.raises(UsageError, match="unknown probe 'held'; did you mean held-out"):
        PROBE_SHEETS.load(run, "held")


def test_what_is_damaged_is_refused(tmp_path: Path) -> None:
    path = PROBE_SHEETS.save(Run(tmp_path), SHEET)
    path.write_text(path.read_text().replace('"unit": 3', '"unit": "three"', 1))
    with pytest.raises(RunError, match=r"held-out\.json: damaged or of another version"):
        PROBE_SHEETS.load(Run(tmp_path), "held-out")
